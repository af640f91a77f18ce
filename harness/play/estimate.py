"""How long a scenario will take, roughly: the longest ones are best started first. Pure."""

from __future__ import annotations

from harness.play import statistics
from harness.play.classify import backend_delay
from harness.play.holding import MIX_RATE, wanted
from harness.play.sending import JOURNAL_DELAY
from harness.play.settle import CONSECUTIVE
from harness.scenario.model import Await, Hold, Join, Mix, Scenario, Status, Unchanged


def requests(scenario: Scenario) -> int:
    """About how many requests a scenario sends on a mesh that is conformant and quick."""
    total = 0
    for step in scenario.steps:
        if isinstance(step, Await):
            total += (CONSECUTIVE + 1) * sum(len(scenario.probes[name].clients) for name in step.await_)
        elif isinstance(step, Hold):
            probes = [scenario.probes[check.probe] for check in step.checks]
            total += sum(len(probe.clients) * max(wanted(probe), int(step.hold * probe.rate)) for probe in probes)
        elif isinstance(step, Mix):
            clients = len(scenario.probes[step.mix.probe].clients)
            shares = [check.expect for check in step.checks if isinstance(check.expect, dict)]
            total += clients * sum(statistics.plan(share, step.mix.detects, clients).size for share in shares)
    return total


def seconds(scenario: Scenario) -> float:
    """The time that holds, samples and slow backends need at least on a mesh that is conformant and quick."""
    total = 0.0
    for step in scenario.steps:
        if isinstance(step, Await):
            total += max(backend_delay(scenario.probes[name]) or 0.0 for name in step.await_)
        elif isinstance(step, Hold):
            probes = [scenario.probes[check.probe] for check in step.checks]
            sending = max(step.hold, *(wanted(probe) / probe.rate for probe in probes))
            total += sending + max(backend_delay(probe) or 0.0 for probe in probes) + JOURNAL_DELAY
        elif isinstance(step, Join):
            total += step.join + JOURNAL_DELAY
        elif isinstance(step, Status):
            total += step.status
        elif isinstance(step, Unchanged):
            total += step.unchanged
        elif isinstance(step, Mix):
            shares = [check.expect for check in step.checks if isinstance(check.expect, dict)]
            total += sum(statistics.plan(share, step.mix.detects).size for share in shares) / MIX_RATE
    return total
