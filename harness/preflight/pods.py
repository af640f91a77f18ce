"""Whether the stage's pods run, with their images pulled; and why not, in the cluster's own words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.cluster import Obj
from harness.evidence.model import PreflightLine

_NO_IMAGE = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable")
_MOST = 3


def lines(pods: Iterable[Obj]) -> list[PreflightLine]:
    """About images and readiness of the stage's pods."""
    present = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    return [_images(present), _ready(present)]


def _images(pods: list[Obj]) -> PreflightLine:
    bad = [(pod, text) for pod in pods for text in _unpulled(pod)]
    wanted = sorted({str(one.get("image", "")) for pod in pods for one in pod["spec"].get("containers") or ()})
    if bad:
        texts = list(dict.fromkeys(f"{_name(pod)}: {text}" for pod, text in bad))
        return PreflightLine(
            check="image pull",
            grade="fail",
            text="; ".join(texts[:_MOST]) + (f" and {len(texts) - _MOST} more" if len(texts) > _MOST else ""),
            hint="name an image that the nodes can pull (a mirror of python:3.12-slim will do): --image; for a private "
            "registry also --image-pull-secret, with that Secret in each of the namespaces (docs/running.md)",
        )
    return PreflightLine(check="image pull", grade="pass", text=", ".join(wanted) or "nothing to pull")


def _unpulled(pod: Obj) -> Iterator[str]:
    for status in _statuses(pod):
        waiting = (status.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in _NO_IMAGE:
            yield f"{status.get('image', status['name'])}: {waiting['reason']} {waiting.get('message', '')}".strip()


def _ready(pods: list[Obj]) -> PreflightLine:
    late = [_name(pod) for pod in pods if not _is_ready(pod)]
    if late:
        return PreflightLine(
            check="pods",
            grade="fail",
            text=f"{len(late)} of {len(pods)} are not Ready: {', '.join(late[:_MOST])}",
            hint=f"kubectl describe pod {late[0].partition('/')[2]} -n {late[0].partition('/')[0]}",
        )
    restarts = sum(int(status.get("restartCount", 0)) for pod in pods for status in _statuses(pod))
    if restarts:
        text = f"all {len(pods)} Ready, after {restarts} restarts of containers"
        return PreflightLine(check="pods", grade="warn", text=text, hint="kubectl logs --previous tells why")
    return PreflightLine(check="pods", grade="pass", text=f"all {len(pods)} Ready")


def _is_ready(pod: Obj) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _statuses(pod: Obj) -> Iterator[Mapping[str, Any]]:
    status = pod.get("status") or {}
    yield from status.get("initContainerStatuses") or ()
    yield from status.get("containerStatuses") or ()


def _name(pod: Obj) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
