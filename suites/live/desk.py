"""Where each process of a run says what it is doing: one small file in the run's folder, replaced as things go on.

A file needs nothing of xdist's inside, and tells of a worker that hangs, or is gone, as well. Times are those of the
machine's monotonic clock, which its processes share.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

_FOLDER = "doing"
_OFTEN = 0.25  # seconds between two texts of the same kind: an await says something new 60 times a second
_STEP = re.compile(r"step (\d+) of (\d+)").fullmatch
_MOST = 500  # characters: more than any terminal shows


@dataclass(frozen=True, slots=True)
class Doing:
    """What one process does now."""

    worker: str
    scenario: str
    step: str  # "6/8"; empty before the first one
    text: str  # "waiting 1.4s  quick: 3/5 by-consumer"
    began: float  # when the scenario began
    since: float  # when it began to do this


class Desk:
    """The desk of one process. Whatever goes wrong here must not disturb a run: it is only for looking at."""

    def __init__(self, state_dir: Path, worker: str, now: Callable[[], float] = time.monotonic) -> None:
        self._path = state_dir / _FOLDER / f"{worker}.json"
        self._worker = worker
        self._now = now
        self._doing: Doing | None = None
        self._written = 0.0

    @contextmanager
    def plays(self, scenario: str) -> Iterator[None]:
        """Marks a scenario as the one that is played here, until the end of the block."""
        now = self._now()
        self._write(Doing(self._worker, scenario, "", "waiting for its turn", now, now))
        try:
            yield
        finally:
            self._doing = None
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    def say(self, text: str) -> None:
        """What is done or waited for; ``step N of M`` tells how far the scenario is."""
        before, now = self._doing, self._now()
        if before is None:
            return
        step = _STEP(text)
        if step:
            self._write(Doing(self._worker, before.scenario, "/".join(step.groups()), "", before.began, now))
            return
        same = before.text.partition(" ")[0] == text.partition(" ")[0]
        if same and now - self._written < _OFTEN:
            return
        since = before.since if same else now
        self._write(Doing(self._worker, before.scenario, before.step, text[:_MOST], before.began, since))

    def _write(self, doing: Doing) -> None:
        self._doing, self._written = doing, self._now()
        draft = self._path.with_suffix(".draft")
        with contextlib.suppress(OSError):
            draft.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(asdict(doing)), encoding="utf-8")
            draft.replace(self._path)


def read(state_dir: Path) -> tuple[Doing, ...]:
    """What all processes of a run do now, by the number of the worker; what cannot be read is left out."""
    found = []
    for path in (state_dir / _FOLDER).glob("*.json"):
        with contextlib.suppress(OSError, ValueError, TypeError):
            found.append(Doing(**json.loads(path.read_text(encoding="utf-8"))))
    return tuple(sorted(found, key=lambda one: (len(one.worker), one.worker)))
