"""What playing needs from outside, as Protocols: a clock and the sending end of the probes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar

from harness.observation import JournalView, Observation
from harness.prober import Batch, JournalMark
from harness.scenario.model import Client

T = TypeVar("T")
Progress = Callable[[str], None]
"""Told what is being waited for."""


class Clock(Protocol):
    """The harness's own clock; nothing that a probe measures rests on it."""

    def now(self) -> float:
        """Seconds, monotonic."""

    def sleep(self, seconds: float) -> None:
        """Wait."""

    def take(self, source: SimpleQueue[T], seconds: float) -> T | None:
        """The next item; None where none came in time."""


class RealClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """Seconds, monotonic."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds))

    def take(self, source: SimpleQueue[T], seconds: float) -> T | None:
        """The next item; None where none came in time."""
        try:
            return source.get(timeout=max(0.0, seconds))
        except Empty:
            return None


class Running(Protocol):
    """A batch under way."""

    def stop(self) -> None:
        """Send no more; what is under way is finished. Raises ProbeError."""

    def peek(self) -> list[Observation]:
        """What has come so far. Raises ProbeError."""

    def result(self, timeout: float) -> list[Observation]:
        """All observations of the batch, waiting for the last one. Raises ProbeError."""


class Sender(Protocol):
    """``harness.prober.Prober``; every method may raise ProbeError, which is never the mesh's fault."""

    def resolve(self, client: Client, host: str) -> str:
        """The address of a name, by the client pod's own resolver."""

    def start(self, batch: Batch) -> Running:
        """Begin to send; does not wait."""

    def mark_journals(self, scenario: str = "") -> JournalMark:
        """Where the journal of every backend of the stage, and of this scenario, stands now."""

    def journal(self, since: JournalMark, ids: Collection[str]) -> JournalView:
        """What backends have seen of these requests since the mark."""
