"""Names: what is referred to exists, what exists is used, and nothing is named twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.errors import Problem
from harness.scenario.basics import UNDECLARED, Mark
from harness.scenario.model import Apply, Await, Check, Delete, Hold, Mix, Scenario
from harness.scenario.suggest import suggest

#: Undeclared outcomes that blame the mesh, and may therefore be expected or explained.
BLAMED = ("other", "broken", "silent")


def references(scenario: Scenario) -> Iterator[Problem]:
    """Every list, probe and outcome that a step names exists."""
    for index, step in enumerate(scenario.steps):
        place = ("steps", index)
        match step:
            case Apply():
                yield from _known(scenario.at(*place, "apply"), "list of manifests", step.apply, scenario.manifests)
            case Delete():
                yield from _known(scenario.at(*place, "delete"), "list of manifests", step.delete, scenario.manifests)
            case Await():
                for probe, outcome in step.await_.items():
                    mark = scenario.at(*place, "await", probe)
                    yield from _known(mark, "probe", probe, scenario.probes)
                    yield from _outcome(scenario, mark, outcome)
            case Hold() | Mix():
                if isinstance(step, Mix):
                    yield from _known(scenario.at(*place, "mix", "probe"), "probe", step.mix.probe, scenario.probes)
                for number, check in enumerate(step.checks):
                    yield from _check(scenario, (*place, "checks", number), check)


def _check(scenario: Scenario, place: tuple[str | int, ...], check: Check) -> Iterator[Problem]:
    yield from _known(scenario.at(*place, "probe"), "probe", check.probe, scenario.probes)
    for outcome in expected(check):
        yield from _outcome(scenario, scenario.at(*place, "expect"), outcome)
    for outcome, text in check.ifInstead.items():
        mark = scenario.at(*place, "ifInstead", outcome)
        yield from _outcome(scenario, mark, outcome)
        if outcome == check.expect:
            yield Problem(mark, f"ifInstead explains {outcome!r}, which is expected", "explain wrong outcomes only")
        if not text.strip():
            yield Problem(mark, f"ifInstead says nothing about {outcome!r}", "name the likely mistake, or leave it out")


def expected(check: Check) -> tuple[str, ...]:
    """The outcomes that a check allows."""
    return (check.expect,) if isinstance(check.expect, str) else tuple(check.expect)


def _known(mark: Mark, what: str, name: str, known: Iterable[str]) -> Iterator[Problem]:
    if name not in known:
        yield Problem(mark, f"there is no {what} {name!r}", suggest(name, known))


def _outcome(scenario: Scenario, mark: Mark, name: str) -> Iterator[Problem]:
    if name in UNDECLARED and name not in BLAMED:
        yield Problem(mark, f"{name!r} says nothing about a mesh", "an answer that we could not observe has no verdict")
    else:
        yield from _known(mark, "outcome", name, [*scenario.outcomes, *BLAMED])


def usage(scenario: Scenario) -> Iterator[Problem]:
    """Every list is applied, every probe sent, every outcome awaited, expected or explained."""
    lists, probes, outcomes = set[str](), set[str](), set[str]()
    for step in scenario.steps:
        match step:
            case Apply():
                lists.add(step.apply)
            case Await():
                probes |= set(step.await_)
                outcomes |= set(step.await_.values())
            case Hold() | Mix():
                for check in step.checks:
                    probes.add(check.probe)
                    outcomes |= {*expected(check), *check.ifInstead}
            case Delete():
                pass
    yield from _unused(scenario, "manifests", "list of manifests", "apply", lists)
    yield from _unused(scenario, "probes", "probe", "send", probes)
    yield from _unused(scenario, "outcomes", "outcome", "await, expect or explain", outcomes)


def _unused(scenario: Scenario, section: str, what: str, verb: str, used: set[str]) -> Iterator[Problem]:
    for name in getattr(scenario, section):
        if name not in used:
            yield Problem(scenario.at(section, name), f"the {what} {name!r} is never used", f"{verb} it, or remove it")


def collisions(scenario: Scenario) -> Iterator[Problem]:
    """Check names are unique in the scenario, and outcomes are not named like the undeclared ones."""
    if not scenario.checks:
        yield Problem(scenario.at("steps"), "the scenario has no check", "end it with a hold that carries checks")
    first: dict[str, Mark] = {}
    for check in scenario.checks:
        if check.id in first:
            text = f"duplicate check name {check.id!r}: line {first[check.id].line} has it already"
            yield Problem(check.mark, text, "give each check a name of its own")
        first.setdefault(check.id, check.mark)
    for name in scenario.outcomes:
        if name in UNDECLARED:
            text = f"the outcome {name!r} exists undeclared"
            yield Problem(scenario.at("outcomes", name), text, f"choose another name than {', '.join(UNDECLARED)}")
