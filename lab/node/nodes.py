"""The objects by which the lab's nodes and its mesh show themselves in the API. Pure."""

from __future__ import annotations

import os
import platform
from typing import Any

from lab.node.addresses import NodePlan
from lab.node.controllers.objects import now

SYSTEM_NAMESPACE = "gamma-lab-system"
_MOST_PODS = 200


def node_object(plan: NodePlan) -> dict[str, Any]:
    """A Node that is ready: its network stands before it is made."""
    moment = now()
    resources = {"cpu": str(os.cpu_count() or 1), "memory": "4Gi", "pods": str(_MOST_PODS)}
    machine = platform.uname()
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": plan.name,
            "labels": {"kubernetes.io/hostname": plan.name, "kubernetes.io/os": "linux"},
        },
        "spec": {"podCIDR": str(plan.pods), "podCIDRs": [str(plan.pods)]},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": str(plan.address)},
                {"type": "Hostname", "address": plan.name},
            ],
            "capacity": resources,
            "allocatable": resources,
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "reason": "KubeletReady",
                    "message": "the lab's network stands",
                    "lastHeartbeatTime": moment,
                    "lastTransitionTime": moment,
                }
            ],
            "nodeInfo": {
                "kernelVersion": machine.release,
                "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(machine.machine, machine.machine),
                "operatingSystem": "linux",
                "osImage": "gamma lab",
                "containerRuntimeVersion": "lab://1",
                "kubeletVersion": "v1.33.0",
                "kubeProxyVersion": "",
                "machineID": "",
                "systemUUID": "",
                "bootID": "",
            },
        },
    }


def mesh_map(defect: str) -> dict[str, Any]:
    """The ConfigMap that the mesh reads its defect from, empty for none."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "mesh", "namespace": SYSTEM_NAMESPACE},
        "data": {"defect": defect},
    }
