"""What is remembered of a lab that keeps running, so that a later command finds it."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

_FILE = "state.json"
_END_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class State:
    """A lab's process (and when it began, in clock ticks since boot: process ids are used again) and its address."""

    pid: int
    began: int
    port: int
    crds: str
    channel: str
    pose: str = "lab"

    @property
    def running(self) -> bool:
        """Whether it is that process still."""
        return began(self.pid) == self.began


def began(pid: int) -> int:
    """When a process began, in clock ticks since boot; 0 if there is none, or only its remains."""
    try:
        # The name, in parentheses, may contain anything: what follows the last one is fixed.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] == "Z" else int(fields[19])


def write(state: State, lab_dir: Path) -> None:
    """Remember a lab."""
    (lab_dir / _FILE).write_text(json.dumps(asdict(state), indent=2) + "\n")


def read(lab_dir: Path) -> State | None:
    """The lab that is remembered here."""
    try:
        return State(**json.loads((lab_dir / _FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def forget(lab_dir: Path) -> None:
    """There is no lab here."""
    (lab_dir / _FILE).unlink(missing_ok=True)


def end(state: State) -> bool:
    """End a running lab; whether it has ended within a few seconds."""
    if not state.running:
        return True
    os.kill(state.pid, signal.SIGTERM)
    limit = time.monotonic() + _END_PATIENCE
    while state.running:
        if time.monotonic() > limit:
            return False
        time.sleep(0.01)
    return True
