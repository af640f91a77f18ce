"""Timing: bounds that a loaded machine cannot flip.

A request meant to succeed is held only against timeouts that leave it two seconds; one meant to time out is answered by
its backend at least a second after the time-out. Under a shorter timeout a fast request may be a witness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.errors import Problem
from harness.scenario.basics import Client
from harness.scenario.duration import parse_duration
from harness.scenario.history import Moment, moments
from harness.scenario.model import Await, Check, Outcome, Probe, Scenario, Traffic
from harness.scenario.rules.governing import governing_rule
from harness.scenario.rules.names import expected

DELAY_HEADER = "x-gamma-echo-delay"
FAIL_DELAY_HEADER = "x-gamma-echo-fail-delay"
BODY_DELAY_HEADER = "x-gamma-echo-body-delay"
LEEWAY = 2.0  # seconds between a wanted answer and the timeout that governs it
LATENESS = 1.0  # seconds between a time-out and the answer that it forestalls


def delays(scenario: Scenario) -> Iterator[Problem]:
    """The delay that a probe asks for is one duration, shorter than the probe's deadline."""
    for name, probe in scenario.probes.items():
        try:
            delay = delay_of(probe)
        except ValueError as error:
            mark = scenario.at("probes", name, "headers")
            yield Problem(mark, f"{DELAY_HEADER}: {error}", "write one duration, as 500ms")
            continue
        if delay >= probe.deadline:
            text = f"the backend of {name} waits {delay:g} s, the client {probe.deadline:g} s"
            yield Problem(scenario.at("probes", name), text, "give the probe a longer `deadline:`")


def delay_of(probe: Probe) -> float:
    """Seconds that the backend waits before it answers. Raises ValueError for what is no duration."""
    for name, values in probe.headers.items():
        if name.lower() == DELAY_HEADER:
            if len(values) != 1:
                raise ValueError(f"{len(values)} values")
            return parse_duration(values[0])
    return 0.0


def bounds(scenario: Scenario) -> Iterator[Problem]:
    """No verdict depends on how fast the machine is."""
    for moment in moments(scenario):
        if isinstance(moment.step, Await):
            for name, wanted in moment.step.await_.items():
                yield from _late_enough(scenario, ("steps", moment.index, "await", name), name, wanted)
        elif isinstance(moment.step, Traffic):
            for number, check in enumerate(moment.step.checks):
                place = ("steps", moment.index, "checks", number)
                for wanted in expected(check):
                    yield from _late_enough(scenario, (*place, "expect"), check.probe, wanted)
                yield from _soon_enough(scenario, moment, check, (*place, "expect"))


def _late_enough(scenario: Scenario, place: tuple[str | int, ...], name: str, wanted: str) -> Iterator[Problem]:
    """A probe that is to time out is slow by its own wish."""
    outcome, probe = scenario.outcomes.get(wanted), scenario.probes.get(name)
    if outcome is None or outcome.timedOut is None or probe is None:
        return
    delay, after = _first_delay(probe), outcome.timedOut.after
    if delay is not None and delay < after + LATENESS:
        text = f"{wanted} comes after {after:g} s, and the backend of {name} answers after {delay:g} s"
        yield Problem(scenario.at(*place), text, f"let it wait: headers: {{{DELAY_HEADER}: {after + LATENESS:g}s}}")


def _soon_enough(scenario: Scenario, moment: Moment, check: Check, place: tuple[str | int, ...]) -> Iterator[Problem]:
    """A probe that is to succeed is not governed by a short timeout."""
    probe = scenario.probes.get(check.probe)
    succeeds = any(_succeeds(scenario.outcomes.get(name)) for name in expected(check))
    delay = _delay(probe) if probe else None
    if probe is None or delay is None or not succeeds:
        return
    for client in probe.clients:
        timeout = _timeout(moment, probe, client)
        if timeout is not None and timeout - delay < LEEWAY:
            text = f"{check.probe} of {client} is to succeed under a timeout of {timeout:g} s; a slow machine fails"
            fix = f"hold it against {delay + LEEWAY:g}s or more, or only await it as a witness"
            yield Problem(scenario.at(*place), text, fix)
            return


def _succeeds(outcome: Outcome | None) -> bool:
    """Whether the outcome wants an answer in time; one that wants an error of the server's does not."""
    if outcome is None or outcome.negative:
        return False
    codes = outcome.clientSees.status if outcome.clientSees else None
    return not codes or any(code < 500 for code in codes)


def _first_delay(probe: Probe) -> float | None:
    """When a request is answered in full that arrives first."""
    asked = {name.lower(): values[0] for name, values in probe.headers.items() if values}
    try:
        if FAIL_DELAY_HEADER in asked:
            return parse_duration(asked[FAIL_DELAY_HEADER].partition(":")[2].strip())
        return delay_of(probe) + parse_duration(asked.get(BODY_DELAY_HEADER, "0s"))
    except ValueError:
        return None  # the echo refuses it


def _delay(probe: Probe) -> float | None:
    try:
        return delay_of(probe)
    except ValueError:
        return None  # told by the rule about delays


def _timeout(moment: Moment, probe: Probe, client: Client) -> float | None:
    """The shortest timeout of the rule that governs the request, in seconds; None where there is none."""
    try:
        rule = governing_rule(moment.objects, probe, client)
    except (ValueError, TypeError, AttributeError, KeyError, re.error):
        return None  # a URL or an object that other rules tell about
    timeouts: Mapping[str, Any] = (rule or {}).get("timeouts") or {}
    found = []
    for text in timeouts.values():
        try:
            found.append(parse_duration(text))
        except (ValueError, TypeError):
            continue  # told by the object's validation
    return min((seconds for seconds in found if seconds > 0), default=None)
