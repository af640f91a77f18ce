"""The findings of a matrix, one a line, each written as soon as it is there: what was killed goes on from there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from harness.evidence.model import Verdict
from mutants.findings import Finding, joined, only
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
    """What still holds of the findings, by key: of scenarios that are to be played, on the same code and catalogue."""
    wanted = {task.key: task for task in tasks}
    found: dict[str, Finding] = {}
    for one in findings:
        task = wanted.get(one.key)
        if task is None or task.digest != one.digest or one.failed:
            continue
        if (part := only(one, task.scenarios)).verdicts:
            add(found, part)
    return found


def add(found: dict[str, Finding], one: Finding) -> None:
    """Put a finding to what is known of its task already."""
    found[one.key] = joined(found[one.key], one) if one.key in found else one


def left(tasks: Iterable[Task], found: Mapping[str, Finding]) -> list[Task]:
    """What is still to be played: of each task the scenarios that nothing is known of."""
    return [part for task in tasks if (part := _unplayed(task, found.get(task.key))) is not None]


def unobserved(tasks: Iterable[Task], found: Mapping[str, Finding]) -> list[Task]:
    """Of each task the scenarios with a check that ended in an error: the machine may have been too busy for them."""
    again = []
    for task in tasks:
        verdicts = found[task.key].verdicts if task.key in found else {}
        errors = {check.partition("/")[0] for check, verdict in verdicts.items() if verdict == Verdict.ERROR}
        if names := tuple(name for name in task.scenarios if name in errors):
            again.append(_part(task, names))
    return again


def _part(task: Task, names: tuple[str, ...]) -> Task:
    return replace(task, scenarios=names, seconds=task.seconds * len(names) / len(task.scenarios))


def _unplayed(task: Task, found: Finding | None) -> Task | None:
    names = tuple(name for name in task.scenarios if found is None or name not in found.scenarios)
    return _part(task, names) if names else None
