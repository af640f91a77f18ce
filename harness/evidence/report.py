"""A whole report, as its readers see it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.evidence.model import CheckRecord, Footer, Header, PlannedScenario, Requirement, ScenarioRecord, Verdict


@dataclass(frozen=True)
class Report:
    """The records of one run. Scenarios and checks stand in the order of the plan, whoever finished first."""

    path: Path
    header: Header
    scenarios: tuple[ScenarioRecord, ...]
    checks: tuple[CheckRecord, ...]
    footer: Footer

    @cached_property
    def counts(self) -> dict[Verdict, int]:
        """Number of checks by verdict, in the order in which verdicts are told; absent verdicts are left out."""
        return count(self.checks)

    @cached_property
    def planned(self) -> dict[str, PlannedScenario]:
        """The plan, by scenario id."""
        return {scenario.id: scenario for scenario in self.header.scenarios}

    @cached_property
    def by_scenario(self) -> dict[str, tuple[CheckRecord, ...]]:
        """Checks by scenario id; a planned scenario without records (interrupted run) has none."""
        found: dict[str, list[CheckRecord]] = {scenario: [] for scenario in self.planned}
        for check in self.checks:
            found[check.scenario].append(check)
        return {scenario: tuple(checks) for scenario, checks in found.items()}

    @cached_property
    def by_area(self) -> dict[str, tuple[CheckRecord, ...]]:
        """Checks by area, areas in the order of the plan."""
        found: dict[str, list[CheckRecord]] = {}
        for scenario, checks in self.by_scenario.items():
            found.setdefault(self.planned[scenario].area, []).extend(checks)
        return {area: tuple(checks) for area, checks in found.items()}

    @cached_property
    def by_requirement(self) -> dict[str, tuple[CheckRecord, ...]]:
        """The checks that prove each requirement, by requirement id, sorted."""
        found: dict[str, list[CheckRecord]] = defaultdict(list)
        for check in self.checks:
            for requirement in check.proves:
                found[requirement.id].append(check)
        return {name: tuple(found[name]) for name in sorted(found)}

    @cached_property
    def requirements(self) -> dict[str, Requirement]:
        """Every requirement that the plan proves, by id."""
        return {
            requirement.id: requirement
            for scenario in self.header.scenarios
            for check in scenario.checks
            for requirement in check.proves
        }

    def with_verdict(self, *verdicts: Verdict) -> tuple[CheckRecord, ...]:
        """The checks that ended in one of these verdicts."""
        return tuple(check for check in self.checks if check.verdict in verdicts)


def count(checks: Iterable[CheckRecord]) -> dict[Verdict, int]:
    """Number of checks by verdict, in the order of `Verdict`; absent verdicts are left out."""
    found = Counter(check.verdict for check in checks)
    return {verdict: found[verdict] for verdict in Verdict if found[verdict]}
