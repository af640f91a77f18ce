"""What is known at each step of a scenario, were every await to arrive: objects, witnesses, fences, past outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.scenario.basics import Client
from harness.scenario.derived import Identity, Obj, identity, manifests_at, static_services
from harness.scenario.model import Apply, Await, Delete, Hold, Join, Mix, Scale, Scenario, Step, Stream

Sender = tuple[str, Client]
"""A probe and one of its clients."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The state of things when a step begins."""

    number: int  # of the step, from 1
    step: Step
    objects: tuple[Obj, ...]  # in force
    changes: int  # how many steps have changed anything so far
    awaited: Mapping[Sender, str]  # outcomes awaited since the last change: the witnesses
    fenced: frozenset[Client]  # clients that a fence of the last change has shown to be alive
    before: Mapping[Sender, str]  # the latest outcomes at the time of the last change
    seen: Mapping[Sender, frozenset[str]]  # all outcomes observed so far

    @property
    def index(self) -> int:
        """The step's place in the file, from 0."""
        return self.number - 1

    def witnessed(self, client: Client) -> bool:
        """Whether anything has shown since the last change that this client's configuration is alive."""
        return client in self.fenced or any(sender[1] == client for sender in self.awaited)


@dataclass
class _Record:
    changes: int = 0
    awaited: dict[Sender, str] = field(default_factory=dict)
    fenced: frozenset[Client] = frozenset()
    before: dict[Sender, str] = field(default_factory=dict)
    latest: dict[Sender, str] = field(default_factory=dict)
    seen: dict[Sender, frozenset[str]] = field(default_factory=dict)

    def changed(self) -> None:
        self.changes += 1
        self.before = dict(self.latest)
        self.awaited, self.fenced = {}, frozenset()

    def observe(self, scenario: Scenario, probe: str, outcome: str) -> None:
        for sender in senders(scenario, probe):
            self.latest[sender] = outcome
            self.seen[sender] = self.seen.get(sender, frozenset()) | {outcome}


def senders(scenario: Scenario, probe: str) -> list[Sender]:
    """The probe with each of its clients; none where there is no such probe."""
    found = scenario.probes.get(probe)
    return [(probe, client) for client in found.clients] if found else []


def moments(scenario: Scenario) -> list[Moment]:
    """One for each step, in order."""
    unchanged = {identity(obj) for obj in static_services(scenario)}
    record, found = _Record(), []
    for number, step in enumerate(scenario.steps, start=1):
        found.append(
            Moment(
                number,
                step,
                tuple(manifests_at(scenario, number - 1)),
                record.changes,
                dict(record.awaited),
                record.fenced,
                dict(record.before),
                dict(record.seen),
            )
        )
        _after(record, scenario, step, unchanged)
    return found


def _after(record: _Record, scenario: Scenario, step: Step, unchanged: set[Identity]) -> None:
    match step:
        case Apply():
            if any(identity(obj) not in unchanged for obj in scenario.manifests.get(step.apply, ())):
                record.changed()
            record.fenced |= {Client.parse(text) for text in step.fence or ()}
        case Delete():
            record.changed()
        case Await():
            for probe, outcome in step.await_.items():
                record.observe(scenario, probe, outcome)
                record.awaited.update(dict.fromkeys(senders(scenario, probe), outcome))
        case Scale():
            record.changed()
        case Hold() | Join():
            for check in step.checks:
                record.observe(scenario, check.probe, str(check.expect))
        case Mix() | Stream():  # several outcomes, none of which is the probe's
            pass
        case _:  # reads the API only
            pass
