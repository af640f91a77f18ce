"""Names: what is referred to exists, what exists is used, and nothing is named twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.errors import Problem
from harness.scenario.basics import UNDECLARED, Mark
from harness.scenario.derived import list_of
from harness.scenario.model import (
    Accepted,
    Apply,
    Await,
    Check,
    Delete,
    Mix,
    Refused,
    Scale,
    Scenario,
    Stream,
    Traffic,
)
from harness.scenario.suggest import suggest

#: Undeclared outcomes that blame the mesh, and may therefore be expected or explained.
BLAMED = ("other", "broken", "silent")


def references(scenario: Scenario) -> Iterator[Problem]:
    """Every list, probe and outcome that a step names exists."""
    for index, step in enumerate(scenario.steps):
        place = ("steps", index)
        match step:
            case Apply() | Refused() | Accepted():
                verb = type(step).__name__.lower()
                yield from _known(
                    scenario.at(*place, verb), "list of manifests", list_of(step) or "", scenario.manifests
                )
            case Delete():
                yield from _known(scenario.at(*place, "delete"), "list of manifests", step.delete, scenario.manifests)
            case Await():
                for probe, outcome in step.await_.items():
                    mark = scenario.at(*place, "await", probe)
                    yield from _known(mark, "probe", probe, scenario.probes)
                    yield from _outcome(scenario, mark, outcome)
            case Scale():
                yield from _known(scenario.at(*place, "scale"), "workload", step.scale, scenario.workloads)
            case Stream():
                for number, probe in enumerate(step.stream):
                    yield from _known(scenario.at(*place, "stream", number), "probe", probe, scenario.probes)
            case _ if isinstance(step, Traffic):
                yield from _traffic(scenario, place, step)
            case _:
                pass  # objects that are read: see the rules about readings


def _traffic(scenario: Scenario, place: tuple[str | int, ...], step: Traffic) -> Iterator[Problem]:
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
    lists, probes, outcomes, workloads = set[str](), set[str](), set[str](), set[str]()
    for step in scenario.steps:
        match step:
            case Apply() | Refused() | Accepted():
                lists.add(list_of(step) or "")
            case Scale():
                workloads.add(step.scale)
            case Stream():
                probes |= set(step.stream)
            case Await():
                probes |= set(step.await_)
                outcomes |= set(step.await_.values())
            case _ if isinstance(step, Traffic):
                for check in step.checks:
                    probes.add(check.probe)
                    outcomes |= {*expected(check), *check.ifInstead}
            case _:
                pass
    for obj in scenario.manifests.values():
        workloads |= {str(one["spec"]["selector"].get("app")) for one in obj if _selects(one)}
    yield from _unused(scenario, "workloads", "workload", "select or scale", workloads)
    yield from _unused(scenario, "manifests", "list of manifests", "apply", lists)
    yield from _unused(scenario, "probes", "probe", "send", probes)
    yield from _unused(scenario, "outcomes", "outcome", "await, expect or explain", outcomes)


def _selects(obj: Mapping[str, Any]) -> bool:
    """Whether the object is a Service with a selector."""
    return obj.get("kind") == "Service" and isinstance((obj.get("spec") or {}).get("selector"), Mapping)


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
