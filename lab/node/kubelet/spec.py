"""What a pod's spec asks for, in the runtime's terms. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.node.container import Command, Mount

Object = Mapping[str, Any]

_REFERENCE = re.compile(r"\$(\$|\([A-Za-z_.-][\w.-]*\))")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a running pod knows of itself."""

    name: str
    namespace: str
    uid: str
    address: str
    node: str
    node_address: str


@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """An exec probe; times in seconds."""

    command: tuple[str, ...]
    delay: float
    period: float
    timeout: float
    failures: int
    successes: int


class UnsupportedError(Exception):
    """The lab cannot do what a spec asks for; the text says what."""


def check(spec: Object) -> None:
    """Raises UnsupportedError if the lab would have to ignore something that changes what the pod does."""
    for volume in spec.get("volumes") or ():
        if not ({"configMap", "emptyDir"} & volume.keys()):
            raise UnsupportedError(f"the lab has configMap and emptyDir volumes only: {volume['name']}")
    for container in (*(spec.get("initContainers") or ()), *spec["containers"]):
        if not container.get("command"):
            raise UnsupportedError("the lab has no images, so each container needs a command")
        if container.get("envFrom"):
            raise UnsupportedError("the lab has no envFrom")
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            if container.get(kind) and not container[kind].get("exec"):
                raise UnsupportedError(f"the lab has exec probes only: {kind}")


def environment(container: Object, who: Identity) -> dict[str, str]:
    """The variables of a container's processes. Raises UnsupportedError."""
    found = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOSTNAME": who.name,
        "HOME": "/",
        "KUBERNETES_SERVICE_HOST": "10.96.0.1",
        "KUBERNETES_SERVICE_PORT": "443",
    }
    for entry in container.get("env") or ():
        source = entry.get("valueFrom")
        found[entry["name"]] = _field(source, who) if source else expand(entry.get("value", ""), found)
    return found


def _field(source: Object, who: Identity) -> str:
    path = (source.get("fieldRef") or {}).get("fieldPath", "")
    values = {
        "metadata.name": who.name,
        "metadata.namespace": who.namespace,
        "metadata.uid": who.uid,
        "status.podIP": who.address,
        "status.podIPs": who.address,
        "status.hostIP": who.node_address,
        "spec.nodeName": who.node,
    }
    if path not in values:
        raise UnsupportedError(f"the lab has no such source of a variable: {path or ', '.join(source)}")
    return values[path]


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace ``$(NAME)``; ``$$`` is a dollar sign, an unknown name stays as it is written."""

    def replacement(match: re.Match[str]) -> str:
        inner = match[1]
        return "$" if inner == "$" else variables.get(inner[1:-1], match[0])

    return _REFERENCE.sub(replacement, text)


def command(container: Object, variables: Mapping[str, str]) -> Command:
    """What the container runs."""
    words = [*container["command"], *(container.get("args") or ())]
    return Command(
        tuple(expand(word, variables) for word in words), dict(variables), container.get("workingDir") or "/"
    )


def mounts(container: Object, volumes: Mapping[str, bool]) -> tuple[Mount, ...]:
    """Where the container shows the pod's volumes; ``volumes`` says of each name whether it is read-only by nature."""
    return tuple(
        Mount(
            source="/".join(filter(None, ("volumes", mount["name"], mount.get("subPath")))),
            target=mount["mountPath"],
            read_only=bool(mount.get("readOnly")) or volumes[mount["name"]],
        )
        for mount in container.get("volumeMounts") or ()
    )


def probe(container: Object, kind: str) -> ProbeSpec | None:
    """The container's probe of this kind, with the defaults of the API."""
    found = container.get(kind)
    if not found:
        return None
    return ProbeSpec(
        command=tuple(found["exec"]["command"]),
        delay=found.get("initialDelaySeconds") or 0,
        period=found.get("periodSeconds") or 10,
        timeout=found.get("timeoutSeconds") or 1,
        failures=found.get("failureThreshold") or 3,
        successes=found.get("successThreshold") or 1,
    )


def restarts(policy: str, code: int) -> bool:
    """Whether a container that ended with this code is started again."""
    return policy == "Always" or (policy == "OnFailure" and code != 0)


def stays(container: Object) -> bool:
    """Whether an init container runs beside the others instead of before them."""
    return bool(container.get("restartPolicy") == "Always")


def policy_at_start(container: Object, policy: str) -> str:
    """The restart policy of an init container in a pod that has this one."""
    if stays(container):
        return "Always"
    return "Never" if policy == "Never" else "OnFailure"


def restart_delay(number: int) -> float:
    """Seconds before the ``number``-th restart in a row, the first being 1: at once, then 1, 2, 4 ... 30.

    A cluster begins with ten seconds; a test bench has not so long.
    """
    return 0.0 if number <= 1 else min(2.0 ** (number - 2), 30.0)
