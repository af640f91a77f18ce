"""Brings a file of expectations up to date with a run: a handful of edits, so that all else stays as it was written.

Comments, order, quotes and reasons are the author's. An entry loses the checks that do not fail as it says any more,
and gives way to a comment where none is left. New failures come last. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from harness.errors import UsageError
from harness.evidence.model import CheckRecord, Verdict
from harness.expectations import versions
from harness.expectations.apply import fits
from harness.expectations.load import parse
from harness.expectations.model import Entry
from harness.expectations.propose import Proposal, proposals, rendered
from harness.expectations.resolve import matched
from harness.expectations.surgery import Edit, Place, edited, places

_RIGHT = (Verdict.PASS, Verdict.XPASS)
_WRONG = (Verdict.FAIL, Verdict.DEVIATION, Verdict.XFAIL)


#: A check, how it is expected to fail, and in which versions.
Claim = tuple[str, tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run says to the entries."""

    run: str
    version: str  # of the mesh
    records: Mapping[str, CheckRecord]
    new: Sequence[CheckRecord]  # failures that want an entry, unless one of the file's foresees them
    ids: Collection[str]  # every check that exists, played or not


@dataclass
class Updated:
    """The new text, and what has changed."""

    text: str
    passed: list[str] = field(default_factory=list)
    otherwise: list[str] = field(default_factory=list)
    added: list[Proposal] = field(default_factory=list)


def update(text: str, file: str, seen: Seen) -> Updated:
    """The file's text as the run asks for it. Raises UsageError where the file is not one that can be edited."""
    entries, problems = parse(text, file)
    if problems:
        raise UsageError("\n".join(map(str, problems)), "correct the file first")
    version = versions.parse(seen.version)
    if version is None and any(entry.versions for entry in entries):
        raise UsageError(
            f"{file} has entries about versions, and the mesh's version in the report is {seen.version!r}",
            "write the version into the mesh's profile (identity.version), and play again",
        )
    done, where, edits = Updated(text), places(text, file), list[Edit]()
    left: set[Claim] = set()
    removed = 0
    mine: set[str] = set()  # checks that entries about this version foresee
    for entry, place in zip(entries, where.entries, strict=True):
        about = version is None or versions.applies(entry.versions, version)
        gone = _gone(entry, seen, done) if about else frozenset[str]()
        names = [name for name in matched(entry, seen.ids) if name not in gone]
        left |= {(name, entry.outcome, entry.versions or "") for name in names}
        mine |= set(names) if about else set()
        if gone and not names:
            removed += 1
            edits.append(place.removal(_farewell(entry, gone, seen.run)))
        else:
            edits += _shrunk(entry, place, gone, seen)
    # Where another entry is about other versions of the mesh, the new one must not be about those, too.
    others = {name for name, _, _ in left} - mine
    new = [record for record in seen.new if record.id not in mine]
    done.added = proposals([record for record in new if record.id not in others], seen.run)
    done.added += proposals([record for record in new if record.id in others], seen.run, f"=={version}")
    left |= {(name, entry.outcome, entry.versions) for entry in done.added for name in entry.checks}
    edits += where.appended(rendered(done.added, where.indent), emptied=removed == len(entries))
    done.text = edited(text, edits)
    _verify(done.text, file, left, seen.ids)
    return done


def _gone(entry: Entry, seen: Seen, done: Updated) -> frozenset[str]:
    """The checks of an entry that do not fail as it says any more."""
    gone: set[str] = set()
    for name in matched(entry, seen.ids):
        record = seen.records.get(name)
        if record is None:
            continue
        if record.verdict in _RIGHT:
            done.passed.append(name)
            gone.add(name)
        elif record.verdict in _WRONG and not fits(record.kind, record.wrong, entry.outcome):
            done.otherwise.append(name)
            gone.add(name)
    return frozenset(gone)


def _shrunk(entry: Entry, place: Place, gone: Collection[str], seen: Seen) -> Iterator[Edit]:
    """Each pattern that named such a check is left out, or replaced by what else it names."""
    remaining: list[tuple[str, ...] | None] = []
    for pattern in entry.checks:
        names = [name for name in seen.ids if fnmatchcase(name, pattern)]
        rest = tuple(name for name in names if name not in gone)
        remaining.append(None if len(rest) == len(names) else rest)
    if any(rest is not None for rest in remaining):
        yield from place.patterns(remaining)


def _farewell(entry: Entry, gone: Collection[str], run: str) -> str:
    names = ", ".join(entry.checks)
    more = "" if set(gone) == set(entry.checks) else f" ({len(gone)} checks)"
    return f"not so any more in {run}: {names}{more}: {entry.reason}"


def _verify(text: str, file: str, wanted: Collection[Claim], ids: Collection[str]) -> None:
    """The edits did what they were meant to do; a file of an unforeseen form is better left alone."""
    entries, problems = parse(text, file)
    found = {(name, entry.outcome, entry.versions or "") for entry in entries for name in matched(entry, ids)}
    if problems or found != wanted:
        raise UsageError(f"{file} cannot be edited safely", "write its entries and their checks as lists with dashes")
