"""Which pods of the cluster count as ours."""

from __future__ import annotations

from typing import Any

from harness.prober.roster import pods_of
from harness.prober.types import Pod


def pod(name: str, namespace: str = "x-producer", *, restarts: tuple[int, ...] = (), **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": namespace, "uid": f"uid-{name}", **metadata},
        "status": {
            "containerStatuses": [{"restartCount": count} for count in restarts],
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def test_the_pods_of_our_namespaces_that_are_not_about_to_end() -> None:
    objects = [
        pod("echo-b", labels={"app": "echo-v1", "echo": "any"}, restarts=(1, 2)),
        pod("client-a", labels={"app": "client"}),
        pod("echo-c", labels={"app": "echo-v1", "echo": "any"}, deletionTimestamp="2026-01-01T00:00:00Z"),
        pod("other", namespace="gamma-producer", labels={"app": "client"}),
        {"metadata": {"name": "bare", "namespace": "x-producer", "uid": "u"}},
    ]
    found = pods_of(objects, {"x-producer"})
    assert found == (
        Pod("x-producer", "bare", "u", "", echo=False),
        Pod("x-producer", "client-a", "uid-client-a", "client", echo=False),
        Pod("x-producer", "echo-b", "uid-echo-b", "echo-v1", echo=True),
    )
    assert [(one.restarts, one.ready) for one in found] == [(0, False), (0, True), (3, True)]
