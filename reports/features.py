"""Which features the mesh claims, disclaims or leaves open, and what the open ones turned out to be."""

from __future__ import annotations

from collections.abc import Iterable

from harness.evidence.model import CheckRecord, Kind, Verdict
from harness.evidence.report import Report

#: How a feature of which the mesh says nothing behaved, from the best to the least known.
WORKS, IN_PART, IGNORED, MISSING, UNTRIED = (
    "works",
    "works in part",
    "accepted and silently ignored",
    "does not work",
    "not tried",
)
STATES = ("claimed", "disclaimed", "undeclared")
#: A promise that was not kept, be it the profile's or the cluster's.
BROKEN = "claimed, with failures"
_GOOD = (Verdict.PASS, Verdict.OBSERVED)


def lists(report: Report) -> list[tuple[str, tuple[str, ...]]]:
    """Heading and features: claimed, disclaimed, then the undeclared ones by how they turned out; none is empty.

    Reports of older runs know no states: nothing.
    """
    named = {state: [claim for claim in report.header.features if claim.state == state] for state in STATES}
    found = [("claimed", tuple(_name(claim.name, claim.by) for claim in named["claimed"]))]
    found.append((BROKEN, tuple(claim.name for claim in named["claimed"] if claim.name in failing(report))))
    found.append(("disclaimed", tuple(claim.name for claim in named["disclaimed"])))
    turned = {claim.name: turned_out(claim.name, report.checks) for claim in named["undeclared"]}
    found.extend(
        (f"undeclared, {how}", tuple(name for name, what in turned.items() if what == how))
        for how in (WORKS, IN_PART, IGNORED, MISSING, UNTRIED)
    )
    return [(heading, names) for heading, names in found if names]


def failing(report: Report) -> set[str]:
    """Features beyond core that a scenario with a failed check needs."""
    broken = {check.scenario for check in report.with_verdict(Verdict.FAIL)}
    needed = {name for scenario in report.header.scenarios if scenario.id in broken for name in scenario.features}
    return needed - {claim.name for claim in report.header.features if claim.support == "core"}


def _name(name: str, by: str) -> str:
    return f"{name} (published by the cluster)" if by == "cluster" else name


def turned_out(feature: str, checks: Iterable[CheckRecord]) -> str:
    """What the checks say of a feature that was not declared: those that need no other such feature, if there are."""
    about = [check for check in checks if feature in check.undeclared]
    about = [check for check in about if check.undeclared == (feature,)] or about
    good = sum(check.verdict in _GOOD for check in about)
    if any(check.kind is Kind.IGNORED for check in about):
        return IGNORED
    if not about:
        return UNTRIED
    return WORKS if good == len(about) else IN_PART if good else MISSING
