"""Kubernetes objects for the tests of the lab's nodes, with what matters to a test as arguments."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]

LABELS = {"app": "echo"}


def pod(
    name: str,
    *,
    namespace: str = "ns",
    ip: str = "10.244.1.10",
    node: str = "node-1",
    ready: bool = True,
    ending: bool = False,
    phase: str = "Running",
    labels: Object | None = None,
    owner: str = "",
    born: str = "2026-01-01T00:00:00Z",
    ports: list[Object] | None = None,
) -> Object:
    meta: Object = {
        "name": name,
        "namespace": namespace,
        "uid": f"uid-{name}",
        "labels": LABELS if labels is None else labels,
        "creationTimestamp": born,
    }
    if ending:
        meta["deletionTimestamp"] = born
    if owner:
        meta["ownerReferences"] = [{"kind": "ReplicaSet", "name": owner, "uid": owner, "controller": True}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta,
        "spec": {"containers": [{"name": "app", "ports": ports or []}], **({"nodeName": node} if node else {})},
        "status": {
            "phase": phase,
            **({"podIP": ip} if ip else {}),
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        },
    }


def service(name: str = "echo", *, ports: list[Object] | None = None, namespace: str = "ns", **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace, "uid": f"uid-{name}", "labels": {"team": "a"}},
        "spec": {
            "clusterIP": "10.96.0.50",
            "selector": LABELS,
            "ports": ports or [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}],
            **spec,
        },
    }


def deployment(replicas: int = 1, *, image: str = "a", status: Object | None = None, **spec: Any) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "echo", "namespace": "ns", "uid": "uid-deployment", "generation": 3},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "app", "image": image}]}},
            **spec,
        },
        "status": status or {},
    }


def running(replica_set: Object, *, available: int | None = None, name: str = "") -> Object:
    """A ReplicaSet as the server stores it, with all its pods, of which some are available."""
    size = replica_set["spec"]["replicas"]
    ready = size if available is None else available
    meta = {"uid": name or replica_set["metadata"]["name"], "creationTimestamp": "2026-01-01T00:00:00Z"}
    status = {"replicas": size, "readyReplicas": ready, "availableReplicas": ready}
    return {**replica_set, "metadata": {**replica_set["metadata"], **meta}, "status": status}


def scaled(replica_set: Object, replicas: int, *, available: int | None = None) -> Object:
    """The same ReplicaSet after it was scaled and its pods followed."""
    return running({**replica_set, "spec": {**replica_set["spec"], "replicas": replicas}}, available=available)
