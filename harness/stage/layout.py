"""Which workloads stand where, and on which ports they listen. Data only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.settings import SCENARIO_LABEL

APP_LABEL = "app"
ECHO_LABEL = {"echo": "any"}
OWN_ECHO_LABEL = {"echo": "own"}  # of a scenario: Services that select any echo do not select it
CONTAINER = "app"
ENGINE_SOCKET = "/run/gamma/agent.sock"
PROGRAM = "/gamma/probe.pyz"

KEY_PAIR_FOLDER = "/gamma-tls"

LISTENERS: dict[int, str] = {
    7070: "grpc",
    8080: "http",
    8081: "http",
    8082: "h2c",
    8083: "http",  # and WebSocket, as everywhere with http
    8084: "http",
    8085: "http",
    8443: "tls",
    9090: "tcp",
}
"""Container port -> what listens there. One port for each ``appProtocol`` (docs/architecture.md)."""


@dataclass(frozen=True, slots=True)
class Workload:
    """A Deployment: an echo (it answers) or a client (it sends), of the stage or of one scenario."""

    role: str
    name: str
    replicas: int = 1
    scenario: str = ""  # whose it is; empty: the stage's

    @property
    def echo(self) -> bool:
        """Whether it answers requests."""
        return self.name.startswith("echo-") or bool(self.scenario)

    @property
    def labels(self) -> dict[str, str]:
        """The pod labels that Services may select."""
        if self.scenario:
            return {APP_LABEL: self.name, **OWN_ECHO_LABEL, SCENARIO_LABEL: self.scenario}
        return {APP_LABEL: self.name, **(ECHO_LABEL if self.echo else {})}


WORKLOADS: tuple[Workload, ...] = (
    Workload("producer", "echo-v1"),
    Workload("producer", "echo-v2"),
    Workload("producer", "echo-v3", replicas=4),
    Workload("producer", "client"),
    Workload("consumer", "echo-v1"),
    Workload("consumer", "client"),
    Workload("consumer", "client-b"),
    Workload("consumer-b", "client"),
    Workload("bystander", "echo-v1"),
    Workload("bystander", "client"),
    Workload("outside", "client"),
)


CLIENTS = tuple(dict.fromkeys(workload.name for workload in WORKLOADS if not workload.echo))
"""The names of the workloads that send."""


def endpoints_expected(role: str, selector: dict[str, str], own: Sequence[Workload] = ()) -> int:
    """How many pods of the stage, and of a scenario's own workloads, a Service of this role's namespace selects.

    A Service without selector selects none.
    """
    if not selector:
        return 0
    chosen = (w for w in (*WORKLOADS, *own) if w.role == role and selector.items() <= w.labels.items())
    return sum(workload.replicas for workload in chosen)
