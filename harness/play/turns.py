"""Who may play now: scenarios side by side, hazards alone and last, among all workers of a run.

A turn is a lock on a file, so that a worker that dies gives its turn back.
"""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

IDLE = 10.0  # seconds in which nobody plays, after which a hazard waits no longer for scenarios that do not come
_LOOK_EVERY = 0.1
_PLAN, _LOCK, _DONE = "turns.json", "turns.lock", ".done"


class Turns:
    """The order of play, kept in the run's folder of small files."""

    def __init__(
        self,
        folder: Path,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder = folder
        self._now, self._sleep = now, sleep
        folder.mkdir(parents=True, exist_ok=True)

    def plan(self, scenarios: Iterable[str]) -> None:
        """Tell which scenarios come before any hazard; once, before anything is played."""
        (self._folder / _PLAN).write_text(json.dumps(sorted(scenarios)), encoding="utf-8")

    @contextmanager
    def take(self, scenario: str, *, hazard: bool) -> Iterator[None]:
        """Hold a turn while a scenario is played: waits until no hazard is played or, for a hazard, until all others
        are done, or will not be played any more because their worker died or the run is about to stop."""
        with (self._folder / _LOCK).open("w") as lock:
            if hazard:
                self._wait_alone(lock.fileno())
            else:
                fcntl.flock(lock, fcntl.LOCK_SH)
            try:
                yield
            finally:
                (self._folder / f"{scenario}{_DONE}").touch()

    def waiting_for(self) -> list[str]:
        """The planned scenarios that are not done."""
        try:
            planned = json.loads((self._folder / _PLAN).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        return [name for name in planned if not (self._folder / f"{name}{_DONE}").exists()]

    def _wait_alone(self, lock: int) -> None:
        idle_since: float | None = None
        while True:
            if _try(lock):
                idle_since = self._now() if idle_since is None else idle_since
                if not self.waiting_for() or self._now() - idle_since >= IDLE:
                    return
                fcntl.flock(lock, fcntl.LOCK_UN)  # others may come
            else:
                idle_since = None
            self._sleep(_LOOK_EVERY)


def _try(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
