"""Threads that work beside a block of code, and end with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from harness.cluster import Stop

_END_WITHIN = 2.0  # seconds; the threads are daemons, so that a connection that hangs keeps nobody


class Background:
    """A context manager: each piece of work gets a thread of its own, and has to end soon once ``stop`` is set."""

    def __init__(self, works: Iterable[Callable[[], None]], name: str) -> None:
        self.stop = Stop()
        self._threads = [threading.Thread(target=work, daemon=True, name=name) for work in works]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(_END_WITHIN)
