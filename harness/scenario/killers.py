"""Lint between the catalogue and the defects of the specification: each names the other. Pure but for finding lines.

Defects are data here; which of them a mesh can be told to have is the lab's business.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path

from harness.errors import Problem
from harness.scenario.basics import Mark
from harness.scenario.model import Scenario
from harness.scenario.suggest import suggest
from spec.defects import Defect, Variation

#: Whether a check that no defect names is a mistake.
EVERY_CHECK_IS_NAMED = True
RULE = "defects"
_ROOM = Path(__file__).resolve().parents[2] / "spec"

Place = Callable[[str, str], Mark]
"""Where the entry of this id names this check; the entry itself for a check that is not in it."""


def problems(
    catalogue: Mapping[str, Scenario],
    defects: Mapping[str, Defect],
    variations: Mapping[str, Variation],
    place: Place,
    *,
    every: bool = EVERY_CHECK_IS_NAMED,
) -> list[Problem]:
    """Checks that defects and variations name and that do not exist; with ``every`` also checks that none names."""
    checks = {f"{scenario.id}/{check.id}": check.mark for scenario in catalogue.values() for check in scenario.checks}
    found = [*_unknown(checks, defects.values(), place), *_dead(checks, defects, variations, place)]
    if every:
        named = {check for defect in defects.values() for check in defect.kills}
        found += [
            Problem(
                mark, f"no defect names {check}", "add a defect that it catches, or name it at one (spec/defects)", RULE
            )
            for check, mark in checks.items()
            if check not in named
        ]
    return found


def _unknown(checks: Collection[str], defects: Iterable[Defect], place: Place) -> Iterator[Problem]:
    for defect in defects:
        for check in defect.kills:
            if check not in checks:
                yield Problem(
                    place(defect.id, check), f"{defect.id} names {check}: unknown", suggest(check, checks), RULE
                )


def _dead(
    checks: Collection[str], defects: Mapping[str, Defect], variations: Mapping[str, Variation], place: Place
) -> Iterator[Problem]:
    """Globs that match nothing."""
    globs = [(defect.id, glob) for defect in defects.values() for glob in defect.also]
    globs += [(variation.id, glob) for variation in variations.values() for glob in variation.excused]
    for entry, glob in globs:
        if not fnmatch.filter(checks, glob):
            yield Problem(place(entry, glob), f"{entry}: no check matches {glob}", "correct it, or leave it out", RULE)


def in_files(files: Iterable[Path] | None = None) -> Place:
    """Finds places in the files of defects and variations, by default the suite's own."""
    known = files or [_ROOM / "defects.yaml", *sorted((_ROOM / "defects").glob("*.yaml")), _ROOM / "variations.yaml"]
    texts = {path: path.read_text(encoding="utf-8").splitlines() for path in known if path.is_file()}

    def place(entry: str, check: str) -> Mark:
        for path, lines in texts.items():
            for number, line in enumerate(lines):
                if line.strip() == f"- id: {entry}":
                    return Mark(str(path), _below(lines, number, check))
        return Mark(str(_ROOM), 1)

    return place


def _below(lines: list[str], start: int, text: str) -> int:
    """The line, from 1, of the entry that begins at ``start`` in which the text stands; else its first one."""
    for number in range(start + 1, len(lines)):
        if lines[number].startswith("- id: "):
            break
        if text in lines[number]:
            return number + 1
    return start + 1
