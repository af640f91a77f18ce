"""The audit log: one JSON line for each answered request, so that tests can see what clients really asked."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import IO

from lab.api.auth import Attributes


class Audit:
    """Writes the log; without a path it is silent."""

    def __init__(self, path: Path | None) -> None:
        self._file: IO[str] | None = path.open("a", buffering=1) if path is not None else None

    def record(self, asked: Attributes, code: int, agent: str, also: tuple[str, ...] = ()) -> None:
        """Log one request with its answer's code; a watch or an exec is logged when it starts.

        ``also`` are further verbs that it had to be allowed.
        """
        if self._file is None:
            return
        line = {
            "time": round(time.time(), 3),
            "user": asked.user.name,
            "agent": agent,
            "verb": asked.verb,
            "also": list(also),
            "group": asked.group,
            "resource": asked.resource,
            "subresource": asked.subresource,
            "namespace": asked.namespace,
            "name": asked.name,
            "code": code,
        }
        self._file.write(json.dumps({key: value for key, value in line.items() if value not in ("", [])}) + "\n")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
