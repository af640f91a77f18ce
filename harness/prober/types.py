"""What the sending side of the harness is asked for, and what it says when it fails. Pure types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.scenario.model import Client, Probe


class ProbeError(Exception):
    """Agent, exec session, resolver or journal failed: never the mesh's fault, so never a verdict on it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Requests of one probe from one client, sent on a schedule.

    The schedule is open-loop: a slow answer does not delay the next send. Over one kept connection HTTP/1.1 has to wait
    for the answer before it can send again; there the interval is the least distance between two requests.
    """

    client: Client
    probe: Probe
    url: str  # as sent, prefix applied; its authority is the Host header
    address: tuple[str, int] | None  # what is dialled; None: the agent resolves the name anew for each request
    id_prefix: str  # request ids are f"{id_prefix}-{n}", sent as x-gamma-id
    interval: float  # seconds between two scheduled sends
    count: int | None = None  # end after so many sends ...
    duration: float | None = None  # ... or: send for at least this long, and until at least min_count were sent
    min_count: int = 0
    keep: frozenset[str] = frozenset()  # lower-case headers that set answers apart although they usually vary (date)


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod of the stage."""

    name: str
    namespace: str  # as in the cluster, with this run's prefix
    uid: str
    role: str
    workload: str
    restarts: int = 0
    ready: bool = True
    echo: bool = False  # whether it answers requests and journals them

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Roster:
    """The pods of the stage at one moment; those being deleted are left out."""

    pods: tuple[Pod, ...] = ()

    def __iter__(self) -> Iterator[Pod]:
        return iter(self.pods)

    @property
    def echoes(self) -> tuple[Pod, ...]:
        """The pods that keep a journal."""
        return tuple(pod for pod in self.pods if pod.echo)

    def of(self, client: Client) -> Pod | None:
        """The pod that sends for a client: a ready one where there is a choice."""
        found = [pod for pod in self.pods if (pod.role, pod.workload) == (client.role, client.workload)]
        return min(found, key=lambda pod: (not pod.ready, pod.name), default=None)


@dataclass(frozen=True, slots=True)
class JournalPosition:
    """Where one backend's journal stood: entries from ``next`` on are new, as long as the epoch stays."""

    pod: Pod
    epoch: str
    next: int


@dataclass(frozen=True, slots=True)
class JournalMark:
    """Where all journals stood at one moment, by pod UID."""

    positions: Mapping[str, JournalPosition] = field(default_factory=dict)
    problems: tuple[str, ...] = ()  # pods that could not be asked: nothing can be said to be absent since this mark
