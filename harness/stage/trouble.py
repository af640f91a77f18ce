"""Why the stage's pods are not ready, in the cluster's own words."""

from __future__ import annotations

from collections.abc import Iterable

from harness.cluster import Cluster, ClusterError, Obj, Selection

_MOST = 6
# What a cluster's policies say of a pod that they will not have whenever one asks.
_POLICIES = ("violates PodSecurity", "security context constraint", "pod security policy")
FORBIDDEN_HINT = (
    "the namespaces allow less than these pods have; where it is the mesh's container, use the mesh's CNI plugin, or "
    "let an administrator label the namespaces pod-security.kubernetes.io/enforce=privileged"
)


def forbidden_pods(deployments: Iterable[Obj]) -> str:
    """Why a policy of the cluster will never let the pods of these Deployments be made; empty where none is known."""
    found = []
    for deployment in deployments:
        metadata = deployment["metadata"]
        for condition in (deployment.get("status") or {}).get("conditions") or ():
            text = str(condition.get("message", ""))
            failing = condition.get("type") == "ReplicaFailure" and condition.get("status") == "True"
            if failing and any(policy in text for policy in _POLICIES):
                found.append(f"{metadata['namespace']}/{metadata['name']}: {text}")
    return f"the cluster forbids the stage's pods: {found[0]}" if found else ""


def explain(cluster: Cluster, namespaces: Iterable[str]) -> str:
    """Pods that are not ready with their reasons, and the warnings about them; one finding a line."""
    lines: list[str] = []
    for namespace in namespaces:
        try:
            pods = cluster.select(Selection("v1", "Pod", namespace))
            events = cluster.select(Selection("v1", "Event", namespace))
        except ClusterError as error:
            lines.append(f"{namespace}: {error.message}")
            continue
        lines += [f"{namespace}: {reason}" for reason in _pods(pods)]
        lines += [f"{namespace}: {text}" for text in _warnings(events)]
    shown = list(dict.fromkeys(lines))
    more = [f"... and {len(shown) - _MOST} more"] if len(shown) > _MOST else []
    return "\n  ".join([*shown[:_MOST], *more])


def _pods(pods: Iterable[Obj]) -> Iterable[str]:
    for pod in pods:
        status = pod.get("status", {})
        conditions = {c["type"]: c for c in status.get("conditions") or ()}
        if conditions.get("Ready", {}).get("status") == "True":
            continue
        unscheduled = conditions.get("PodScheduled", {})
        reasons = [unscheduled.get("message", "")] if unscheduled.get("status") == "False" else []
        for container in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
            state = container.get("state", {})
            about = state.get("waiting") or state.get("terminated") or {}
            reasons.append(f"{container['name']}: {about['reason']} {about.get('message', '')}" if about else "")
        why = "; ".join(filter(None, reasons)) or status.get("phase", "unknown")
        yield f"pod {pod['metadata']['name']} is not ready: {why}"


def _warnings(events: Iterable[Obj]) -> Iterable[str]:
    for event in events:
        if event.get("type") == "Warning":
            about = event.get("involvedObject") or event.get("regarding") or {}
            text = event.get("message") or event.get("note") or ""
            yield f"{about.get('kind', '')} {about.get('name', '')}: {event.get('reason', '')}: {text}"
