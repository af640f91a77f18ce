"""Which checks the entries are about, for one catalogue and one version of the mesh. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from harness.errors import Problem
from harness.evidence.model import Expectation, ExpectedChecks, Kind
from harness.expectations import versions
from harness.expectations.model import Entry
from harness.scenario.model import Scenario
from harness.scenario.suggest import suggest

Catalogue = Mapping[str, Scenario]

KINDS = tuple(kind.value for kind in Kind)
#: Outcomes that need not be declared and that can be blamed on a mesh.
ALWAYS = ("other", "broken", "silent")


def check_ids(catalogue: Catalogue) -> list[str]:
    """``SCENARIO/CHECK`` of everything in the catalogue."""
    return [f"{scenario.id}/{check.id}" for scenario in catalogue.values() for check in scenario.checks]


def matched(entry: Entry, ids: Iterable[str]) -> tuple[str, ...]:
    """The ids that an entry names."""
    return tuple(name for name in ids if any(fnmatchcase(name, pattern) for pattern in entry.checks))


def resolve(
    entries: Sequence[Entry], catalogue: Catalogue, version: str
) -> tuple[tuple[ExpectedChecks, ...], list[Problem]]:
    """The entries that are about this version with all checks that they name, and what is wrong with any entry.

    Wrong is: an entry or pattern that matches nothing (dead), an outcome that the checks cannot have, a check that two
    entries name, and a range where the version of the mesh is not known.
    """
    ids = check_ids(catalogue)
    known = versions.parse(version)
    problems = [problem for entry in entries for problem in mistakes(entry, catalogue, ids)]
    problems += [_unknown_version(entry, version) for entry in entries if entry.versions and known is None]
    found: list[ExpectedChecks] = []
    owners: dict[str, Entry] = {}
    for entry in entries:
        if entry.versions and (known is None or not versions.applies(entry.versions, known)):
            continue
        names = matched(entry, ids)
        problems += [twice(entry, owners[name], name) for name in names if name in owners]
        owners.update((name, entry) for name in names if name not in owners)
        found.append(ExpectedChecks(expectation=written(entry), checks=names))
    return tuple(found), problems


def written(entry: Entry) -> Expectation:
    """The entry as it goes into a report."""
    return Expectation(
        place=str(entry.mark),
        outcome=entry.outcome,
        reason=entry.reason,
        issue=entry.issue or "",
        versions=entry.versions or "",
    )


def mistakes(entry: Entry, catalogue: Catalogue, ids: Sequence[str]) -> Iterator[Problem]:
    """Patterns of an entry that match nothing, and outcomes that none of its checks can have."""
    for pattern in entry.checks:
        if not any(fnmatchcase(name, pattern) for name in ids):
            hint = f"write {pattern}/* for all its checks" if pattern in catalogue else suggest(pattern, ids)
            text = f"dead entry: {pattern!r} matches no check of the catalogue"
            yield Problem(entry.mark, text, f"{hint}, or remove it", "expectations")
    scenarios = {name.partition("/")[0] for name in matched(entry, ids)}
    if not scenarios:
        return
    words = {*KINDS, *ALWAYS, *(name for each in scenarios for name in catalogue[each].outcomes)}
    for outcome in entry.outcome:
        if outcome not in words:
            text = f"{outcome!r} is neither an outcome of {', '.join(sorted(scenarios)[:3])} nor a kind of failure"
            yield Problem(entry.mark, text, suggest(outcome, sorted(words)), "expectations")


def twice(entry: Entry, other: Entry, name: str) -> Problem:
    """One check in two entries: which of them counts?"""
    text = f"{name} is expected to fail by two entries: {other.mark} names it, too"
    return Problem(entry.mark, text, "name it once, or give the entries ranges of versions that do not meet")


def _unknown_version(entry: Entry, version: str) -> Problem:
    text = f"the entry is about versions {entry.versions}, and the profile's identity.version is {version!r}"
    return Problem(entry.mark, text, "write the mesh's version into its profile")
