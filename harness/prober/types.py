"""What the prober takes and gives. Pure types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.scenario.model import Client, Probe


class ProbeError(Exception):
    """Agent, exec session, resolver or journal failed: we could not observe, and the mesh is not to blame."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The same request again and again from one client; ends after ``count`` sends, or after ``duration`` seconds.

    On fresh connections a slow answer does not delay the next send, nor on a kept one of HTTP/2. Other kept connections
    carry one request at a time: there the next one is sent when it is due and a connection is free, and what was missed
    is not caught up with.
    """

    client: Client
    probe: Probe  # protocol, method, headers, body, messages, over, deadline
    url: str  # as sent: its host and port are the Host header
    address: tuple[str, int] | None  # what is dialled; None: the pod resolves the name for each request
    id_prefix: str  # request ids are f"{id_prefix}-{n}"
    interval: float  # seconds between scheduled sends
    count: int | None = None
    duration: float | None = None
    min_count: int = 0  # with a duration: send at least so many
    pool: str = ""  # batches of one client and address with the same pool share their kept connections
    keep: frozenset[str] = frozenset()  # headers that set answers apart although they usually vary, such as date
    carried: tuple[tuple[str, str], ...] | None = (
        None  # what an earlier batch of the session found; None: a new session
    )


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod of the stage; ``namespace`` with the prefix of the run."""

    namespace: str
    name: str
    uid: str
    workload: str
    echo: bool  # whether it answers requests, and journals them
    restarts: int = field(default=0, compare=False)
    ready: bool = field(default=True, compare=False)
    scenario: str = field(default="", compare=False)  # whose workload it is; empty: the stage's

    @property
    def full_name(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Position:
    """Where one journal stood."""

    epoch: str  # another one after every start of the pod's main process
    next: int


@dataclass(frozen=True, slots=True)
class JournalMark:
    """Where every backend's journal stood at one moment, by pod."""

    positions: Mapping[Pod, Position]
    scenario: str = ""  # whose own backends are among them
