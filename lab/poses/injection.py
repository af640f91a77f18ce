"""What an injector adds to a pod that is about to be stored. Pure.

The containers are as those of the mesh in name, place and what they ask for; what runs in them only waits.
"""

from __future__ import annotations

import copy
from typing import Any

from lab.poses.model import Json, Pose, Sidecar

Object = dict[str, Any]

_IMAGE = "lab/posing:1"
# Ends when asked to: as process 1 of a container it is not ended by a signal that it does not handle.
_WAITS = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); signal.pause()"
_PROXY_USER = 1337


def injected(pose: Pose, namespace: Json, pod: Object) -> Object:
    """The pod with what the mesh adds to it; the same object where it adds nothing."""
    sidecar = pose.sidecar
    if sidecar is None or not pose.enrols(namespace) or pose.has(pod):
        return pod
    pod = copy.deepcopy(pod)
    spec, metadata = pod["spec"], pod["metadata"]
    at_start = [_setup(sidecar)] if sidecar.setup else []
    if sidecar.native:
        at_start.append({**_proxy(sidecar), "restartPolicy": "Always"})
    else:
        spec["containers"] = [*spec["containers"], _proxy(sidecar)]
    if at_start:
        spec["initContainers"] = [*at_start, *(spec.get("initContainers") or ())]
    if sidecar.annotations:
        metadata["annotations"] = {**(metadata.get("annotations") or {}), **sidecar.annotations}
    return pod


def _proxy(sidecar: Sidecar) -> Object:
    return {
        "name": sidecar.proxy,
        "image": _IMAGE,
        "command": ["python3", "-c", _WAITS],
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _PROXY_USER,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def _setup(sidecar: Sidecar) -> Object:
    """It would lead the pod's traffic to the proxy, for which it needs what strict namespaces forbid."""
    return {
        "name": sidecar.setup,
        "image": _IMAGE,
        "command": ["python3", "-c", "pass"],
        "securityContext": {
            "runAsUser": 0,
            "runAsNonRoot": False,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"], "add": list(sidecar.capabilities)},
        },
    }
