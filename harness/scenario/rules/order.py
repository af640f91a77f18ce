"""Order: nothing is used before it is there."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import Problem
from harness.scenario.derived import identity
from harness.scenario.destination import destination
from harness.scenario.history import Moment, moments
from harness.scenario.model import Await, Delete, Scenario, Stream, Traffic
from harness.scenario.rules.traffic import Service, services_of


def in_time(scenario: Scenario) -> Iterator[Problem]:
    """No probe is sent to a Service before it is applied, and no list is deleted that is not in force."""
    for moment in moments(scenario):
        present = {identity(obj)[1:] for obj in moment.objects if obj.get("kind") == "Service"}
        match moment.step:
            case Await():
                named = {probe: scenario.at("steps", moment.index, "await", probe) for probe in moment.step.await_}
            case Stream():
                named = {
                    probe: scenario.at("steps", moment.index, "stream", number)
                    for number, probe in enumerate(moment.step.stream)
                }
            case step if isinstance(step, Traffic):
                named = {
                    check.probe: scenario.at("steps", moment.index, "checks", number, "probe")
                    for number, check in enumerate(step.checks)
                }
            case _:
                yield from _deleted(scenario, moment)
                continue
        for name, mark in named.items():
            for shown in _absent(scenario, name, present):
                text = f"{name} is sent to {shown} before that Service is applied"
                yield Problem(mark, text, "apply the Service in an earlier step")


def _absent(scenario: Scenario, name: str, present: set[Service]) -> list[str]:
    probe, absent = scenario.probes.get(name), dict[str, None]()
    services = services_of(scenario)
    for client in probe.clients if probe else ():
        try:
            found = destination(probe.url, client) if probe else None
        except ValueError:
            continue  # told by another rule
        if found and not found.is_pod and (found.namespace, found.name) in services.keys() - present:
            absent[f"{found.name}.{found.namespace}"] = None
    return list(absent)


def _deleted(scenario: Scenario, moment: Moment) -> Iterator[Problem]:
    if not isinstance(moment.step, Delete):
        return
    present = {identity(obj) for obj in moment.objects}
    for obj in scenario.manifests.get(moment.step.delete, ()):
        if identity(obj) not in present:
            text = f"{'/'.join(identity(obj))} is not there to be deleted"
            yield Problem(scenario.at("steps", moment.index, "delete"), text, "apply it in an earlier step")
