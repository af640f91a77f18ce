"""Samples: enough answers for what a check claims to prove."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from harness.errors import Problem
from harness.scenario.history import Moment, moments
from harness.scenario.model import Check, Hold, Join, Mix, Scenario, Stream

ANSWERS_AT_LEAST = 60
#: Answers that a mix may draw from each client: some 50 s at 400 a second.
ANSWERS_AT_MOST = 20_000
# Both quantiles of the test of a share: one false alarm in 10**6 runs, one miss in 10**4.
_QUANTILES = 4.89 + 3.72


def sizes(scenario: Scenario) -> Iterator[Problem]:
    """Every probe of a hold gives at least 60 answers, and every mix can be told from a shifted one."""
    for moment in moments(scenario):
        if isinstance(moment.step, Hold):
            yield from _hold(scenario, moment, moment.step.checks, moment.step.hold, "hold")
        elif isinstance(moment.step, Join):
            yield from _hold(scenario, moment, moment.step.checks, moment.step.join, "join")
        elif isinstance(moment.step, Stream):
            yield from _stream(scenario, moment, moment.step)
        elif isinstance(moment.step, Mix):
            for number, check in enumerate(moment.step.checks):
                yield from _mix(scenario, moment, moment.step, number, check)


def _stream(scenario: Scenario, moment: Moment, step: Stream) -> Iterator[Problem]:
    for number, name in enumerate(step.stream):
        probe = scenario.probes.get(name)
        if probe is not None and probe.count is not None:
            mark = scenario.at("steps", moment.index, "stream", number)
            yield Problem(mark, f"{name} has a `count:`, and a stream no end", "leave the count out: a join ends it")


def _hold(scenario: Scenario, moment: Moment, checks: Sequence[Check], seconds: float, verb: str) -> Iterator[Problem]:
    for number, check in enumerate(checks):
        if not isinstance(check.expect, str):
            mark = scenario.at("steps", moment.index, "checks", number, "expect")
            yield Problem(
                mark, f"a {verb} expects one outcome, not shares", "expect one, or judge shares in a `mix` step"
            )
    short: dict[str, float] = {}
    for name in dict.fromkeys([check.probe for check in checks] + [probe for probe, _ in moment.awaited]):
        probe = scenario.probes.get(name)
        if probe is None:
            continue
        if probe.count is not None and probe.count < ANSWERS_AT_LEAST:
            text = f"too small a sample: {name} asks for {probe.count} answers"
            yield Problem(scenario.at("probes", name, "count"), text, f"ask for {ANSWERS_AT_LEAST} or more")
        elif probe.count is None and probe.rate * seconds < ANSWERS_AT_LEAST:
            short[name] = probe.rate
    if short:
        names, slowest = ", ".join(short), min(short.values())
        text = f"too small a sample: {seconds:g} s bring {slowest * seconds:.0f} answers to {names}"
        fix = f"{verb} for {math.ceil(ANSWERS_AT_LEAST / slowest * 10) / 10:g}s, or give the probe a higher `rate:`"
        yield Problem(scenario.at("steps", moment.index, verb), text, f"{ANSWERS_AT_LEAST} are needed: {fix}")


def _mix(scenario: Scenario, moment: Moment, step: Mix, number: int, check: Check) -> Iterator[Problem]:
    place = ("steps", moment.index, "checks", number)
    if check.probe != step.mix.probe:
        text = f"the mix draws {step.mix.probe}, the check judges {check.probe}"
        yield Problem(scenario.at(*place, "probe"), text, f"write `probe: {step.mix.probe}`")
    mark = scenario.at(*place, "expect")
    if isinstance(check.expect, str) or len(check.expect) < 2:
        yield Problem(mark, "a mix expects the shares of at least two outcomes", "write {OUTCOME: 70, OTHER: 30}")
        return
    total, smallest = sum(check.expect.values()), min(check.expect.values())
    if smallest <= 0:
        yield Problem(mark, f"a share of {smallest:g}", "leave the outcome out: what is outside the mix fails it")
    elif abs(total - 100) > 1e-6:
        yield Problem(mark, f"the shares sum to {total:g}", "they are percentages: let them sum to 100")
    else:
        yield from _detects(scenario, moment, step, check.expect)


def _detects(scenario: Scenario, moment: Moment, step: Mix, shares: dict[str, float]) -> Iterator[Problem]:
    mark, detects, smallest = (
        scenario.at("steps", moment.index, "mix", "detects"),
        step.mix.detects,
        min(shares.values()),
    )
    if detects > smallest:
        text = f"detects: {detects:g} would not notice that the outcome with {smallest:g} % never comes"
        yield Problem(mark, text, f"detect a shift of {smallest:g} points or less")
    variance = max(share * (100 - share) for share in shares.values())
    answers = _QUANTILES**2 * variance / detects**2
    if answers > ANSWERS_AT_MOST:
        text = f"detects: {detects:g} needs about {answers:,.0f} answers of each client"
        yield Problem(mark, text, f"detect a larger shift: at most {ANSWERS_AT_MOST:,} answers are drawn")
