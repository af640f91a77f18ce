"""What is wrong with files of expectations, beyond what keeps a run from using them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.errors import Problem
from harness.expectations import versions
from harness.expectations.load import SUFFIX, read
from harness.expectations.model import Entry
from harness.expectations.resolve import Catalogue, check_ids, matched, mistakes, twice

#: What `gamma expectations --update` writes instead of a reason, which only a person can give.
UNWRITTEN = re.compile(r"^new in \S+: describe why$")


def lint(path: Path, catalogue: Catalogue) -> list[Problem]:
    """Everything that is wrong with one file. Raises UsageError where it cannot be read."""
    entries, problems = read(path)
    ids = check_ids(catalogue)
    for entry in entries:
        problems += [*mistakes(entry, catalogue, ids), *_prose(entry)]
    return [*problems, *_doubles(entries, ids)]


def files(directory: Path) -> list[Path]:
    """The files of expectations that lie beside mesh profiles."""
    return sorted(directory.glob(f"*{SUFFIX}"))


def _prose(entry: Entry) -> Iterator[Problem]:
    if UNWRITTEN.match(entry.reason.strip()):
        yield Problem(entry.mark, f"nobody has given a reason yet: {entry.reason!r}", "say why the mesh does that")
    if entry.issue is None:
        yield Problem(entry.mark, "the entry has no issue", "add the address where this is tracked or documented")


def _doubles(entries: Sequence[Entry], ids: Sequence[str]) -> Iterator[Problem]:
    owners: dict[str, list[Entry]] = {}
    for entry in entries:
        for name in matched(entry, ids):
            for other in owners.get(name, ()):
                if versions.overlap(entry.versions, other.versions):
                    yield twice(entry, other, name)
            owners.setdefault(name, []).append(entry)
