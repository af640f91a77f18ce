"""How late our own event loop is: a request that was timed by a late loop cannot be judged by its time."""

from __future__ import annotations

import asyncio
from collections import deque

_TICK = 0.01  # seconds
_WORTH_KEEPING = 0.005  # seconds


class LagWatch:
    """Ticks while anybody watches, and remembers when ticks came late."""

    def __init__(self) -> None:
        self._late: deque[tuple[float, float]] = deque(maxlen=10_000)
        self._due = 0.0
        self._watchers = 0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Somebody begins to time requests."""
        self._watchers += 1
        if self._timer is None:
            self._plan()

    def end(self) -> None:
        """Somebody is done."""
        self._watchers -= 1
        if self._watchers == 0 and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def worst_since(self, moment: float) -> float:
        """The longest the loop was late, in seconds, since ``moment`` of its clock."""
        now = asyncio.get_running_loop().time()
        worst = max(0.0, now - self._due) if self._timer is not None else 0.0
        for at, lag in reversed(self._late):
            if at < moment:
                break
            worst = max(worst, lag)
        return worst

    def _plan(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + _TICK
        self._timer = loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._due > _WORTH_KEEPING:
            self._late.append((now, now - self._due))
        self._plan()
