"""Which statement is proven by which checks, and which by none. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.scenario.model import Scenario
from spec.requirements import Requirement

Coverage = Literal["proven", "observed", "excused", "missing"]
COVERAGES: tuple[Coverage, ...] = ("proven", "observed", "excused", "missing")
#: What a mesh is held to: these have to be proven, all but a few.
_HELD_TO = ("MUST", "SHOULD")
_SUPPORTED = ("core", "extended")


@dataclass(frozen=True, slots=True)
class Covered:
    """One statement with the checks that prove it (``scenario/check``), or the reason why none does."""

    requirement: Requirement
    checks: tuple[str, ...]
    excuse: str

    @property
    def how(self) -> Coverage:
        """``observed``: checked, but whatever comes out is right; ``missing``: neither checked nor excused."""
        if self.checks:
            return "observed" if self.requirement.judged_as == "observed" else "proven"
        return "excused" if self.excuse else "missing"

    @property
    def group(self) -> str:
        """What is demanded of the catalogue: see `group`."""
        return group(self.requirement)

    def as_dict(self) -> dict[str, Any]:
        """For ``gamma coverage --json``."""
        requirement = self.requirement
        return {
            "id": requirement.id,
            "strength": requirement.strength,
            "support": requirement.support,
            "contested": requirement.contested,
            "feature": requirement.feature,
            "coverage": self.how,
            "checks": list(self.checks),
            "excuse": self.excuse,
            "upstream": {"test": requirement.upstream_mesh_test, "coverage": requirement.upstream_coverage},
        }


def group(requirement: Requirement) -> str:
    """``core``, ``extended`` or ``experimental``, MUST and SHOULD of each; ``other``: a mesh may do as it likes."""
    if requirement.strength not in _HELD_TO or requirement.support == "implementation-specific":
        return "other"
    return requirement.support


def cover(
    requirements: Mapping[str, Requirement], scenarios: Iterable[Scenario], excuses: Mapping[str, str]
) -> list[Covered]:
    """Every statement, in the order of the catalogue, with its checks in the order of the scenarios."""
    checks: dict[str, list[str]] = {name: [] for name in requirements}
    for scenario in scenarios:
        for check in scenario.checks:
            for name in dict.fromkeys(check.proves):
                checks[name].append(f"{scenario.id}/{check.id}")
    return [
        Covered(requirement, tuple(checks[name]), excuses.get(name, "")) for name, requirement in requirements.items()
    ]


def counts(covered: Iterable[Covered]) -> dict[str, dict[Coverage, int]]:
    """Number of statements by group and coverage; groups in their order, every coverage present."""
    found = {name: dict.fromkeys(COVERAGES, 0) for name in (*_SUPPORTED, "experimental", "other")}
    for one in covered:
        found[one.group][one.how] += 1
    return found
