"""Which scenarios are meant. Pure; a value that can match nothing is told apart from one that matches nothing here."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from fnmatch import fnmatchcase

from harness.errors import UsageError
from harness.evidence import Report
from harness.evidence.model import Verdict
from harness.scenario.model import Scenario

_FAILED = (Verdict.FAIL, Verdict.XPASS, Verdict.ERROR, Verdict.NOT_RUN)


def choose(
    catalogue: Mapping[str, Scenario],
    *,
    scenarios: Collection[str],
    requirements: Collection[str],
    features: Collection[str],
    known_requirements: Collection[str],
    features_of: Callable[[Scenario], Collection[str]],
    known_features: Collection[str],
) -> list[str]:
    """The ids that fit: every option given must be met, by any of its values.

    Raises UsageError for a scenario, requirement or feature that does not exist, naming the nearest ones.
    """
    _must_exist("--scenario", scenarios, catalogue)
    _must_exist("--requirement", requirements, known_requirements)
    _must_exist("--feature", features, known_features)

    def wanted(scenario: Scenario) -> bool:
        return (
            _any(scenarios, [scenario.id])
            and _any(requirements, [name for check in scenario.checks for name in check.proves])
            and _any(features, features_of(scenario))
        )

    return [name for name, scenario in catalogue.items() if wanted(scenario)]


def failed_in(report: Report, catalogue: Mapping[str, Scenario]) -> list[str]:
    """The scenarios with a check that failed, could not be observed or has no verdict in an earlier run.

    Raises UsageError for one that is there no more.
    """
    chosen = []
    for name, checks in report.by_scenario.items():
        complete = {check.id for check in checks} == {check.id for check in report.planned[name].checks}
        if not complete or any(check.verdict in _FAILED for check in checks):
            chosen.append(name)
    gone = [name for name in chosen if name not in catalogue]
    if gone:
        raise UsageError(
            f"--failed-in {report.path}: the catalogue has no {', '.join(gone)}", "name that run's --scenarios DIR, too"
        )
    return chosen


def _any(patterns: Collection[str], names: Iterable[str]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _must_exist(option: str, patterns: Iterable[str], known: Collection[str]) -> None:
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in known):
            raise UsageError(f"{option} {pattern}: there is no such thing", suggest(pattern, known))


def suggest(name: str, known: Iterable[str]) -> str:
    """``did you mean a, b?`` with the nearest known names, or how to list them."""
    spelled = {each.lower(): each for each in known}
    near = [spelled[each] for each in difflib.get_close_matches(name.lower(), spelled, n=3)]
    return f"did you mean {', '.join(near)}?" if near else "`gamma list` shows what there is"
