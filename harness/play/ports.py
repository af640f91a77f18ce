"""What playing needs from outside, as Protocols: a clock and the sending end of the probes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Protocol

from harness.observation import JournalView, Observation
from harness.prober import Batch, JournalMark
from harness.scenario.model import Client

Progress = Callable[[str], None]
"""Told what is being waited for."""


class Clock(Protocol):
    """The harness's own clock; nothing that a probe measures rests on it."""

    def now(self) -> float:
        """Seconds, monotonic."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class RealClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """Seconds, monotonic."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds))


class Running(Protocol):
    """A batch under way."""

    def result(self, timeout: float) -> list[Observation]:
        """All observations of the batch, waiting for the last one. Raises ProbeError."""


class Sender(Protocol):
    """``harness.prober.Prober``; every method may raise ProbeError, which is never the mesh's fault."""

    def resolve(self, client: Client, host: str) -> str:
        """The address of a name, by the client pod's own resolver."""

    def start(self, batch: Batch) -> Running:
        """Begin to send; does not wait."""

    def mark_journals(self) -> JournalMark:
        """Where every backend's journal stands now."""

    def journal(self, since: JournalMark, ids: Collection[str]) -> JournalView:
        """What backends have seen of these requests since the mark."""
