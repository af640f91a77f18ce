"""What the prober takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.scenario.model import Client, Probe


class ProbeError(Exception):
    """Agent, exec session or resolver failed: we could not observe, and the mesh is not to blame."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The same request again and again from one client; ends after ``count`` sends, or after ``duration`` seconds."""

    client: Client
    probe: Probe  # method, headers, body, over, deadline
    url: str  # as sent: its host and port are the Host header
    address: tuple[str, int] | None  # what is dialled; None: the pod resolves the name for each request
    id_prefix: str  # request ids are f"{id_prefix}-{n}"
    interval: float  # seconds between scheduled sends; a slow answer does not delay the next one
    count: int | None = None
    duration: float | None = None
    min_count: int = 0  # with a duration: send at least so many


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod of the stage; ``namespace`` with the prefix of the run."""

    namespace: str
    name: str
    uid: str
    workload: str
    echo: bool

    @property
    def full_name(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Position:
    """Where one journal stood."""

    uid: str
    epoch: str
    next: int


@dataclass(frozen=True, slots=True)
class JournalMark:
    """Where every backend's journal stood at one moment, by pod."""

    positions: Mapping[Pod, Position]
