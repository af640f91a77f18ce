"""The findings of a matrix, one a line, each written as soon as it is there: what was killed goes on from there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from mutants.findings import Finding
from mutants.tasks import Task

FILE = "journal.jsonl"


class Journal:
    """Findings of one output directory; only one process writes to it."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        directory.mkdir(parents=True, exist_ok=True)

    def add(self, finding: Finding) -> None:
        """Append a finding."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(finding)) + "\n")

    def read(self) -> list[Finding]:
        """All findings; a last line that was cut off counts as never written."""
        if not self._path.exists():
            return []
        *whole, cut_off = self._path.read_bytes().split(b"\n")
        if cut_off:
            self._path.write_bytes(b"".join(line + b"\n" for line in whole))
        return [Finding(**json.loads(line)) for line in whole]

    def clear(self) -> None:
        """Begin anew."""
        self._path.unlink(missing_ok=True)


def known(tasks: Iterable[Task], findings: Iterable[Finding]) -> dict[str, Finding]:
    """The findings that still hold, by key: made of the same task, on the same code and catalogue."""
    wanted = {task.key: task.digest for task in tasks}
    return {one.key: one for one in findings if wanted.get(one.key) == one.digest and not one.failed}
