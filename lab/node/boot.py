"""What the starter tells the supervisor, and what the lab tells the starter."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Boot:
    """The start of a lab: directories, inherited descriptors, settings.

    ``listener`` is the listening socket of the API, ``status`` the pipe for events; ``starter`` is the process to die
    with, ``watch_stdin`` says that the end of stdin ends the lab. A lab that is to stay has neither.
    """

    run_dir: str
    listener: int
    status: int
    defect: str
    crds: str
    channel: str
    pose: str = "lab"
    starter: int = 0
    watch_stdin: bool = False

    @property
    def log_dir(self) -> Path:
        """Where every process of the lab logs."""
        return Path(self.run_dir) / "lab"

    def to_json(self) -> str:
        """For the command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Boot:
        """What ``to_json`` wrote."""
        return cls(**json.loads(text))


def tell(status: int, event: str, **facts: Any) -> None:
    """Send an event to the starter; one that has left does not listen."""
    line = json.dumps({"event": event, **facts}) + "\n"
    with contextlib.suppress(BrokenPipeError):
        os.write(status, line.encode())
