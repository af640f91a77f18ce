"""Ownership: every object name belongs to one scenario, so that scenarios run side by side in the same namespaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.errors import Problem
from harness.scenario.derived import Identity, identity
from harness.scenario.model import Scenario
from harness.scenario.places import CLIENTS, ECHOES

#: Beginnings of names that the suite itself gives: fences and control routes.
RESERVED = ("fence-", "control-")


def ownership(catalogue: Mapping[str, Scenario]) -> Iterator[Problem]:
    """No two scenarios have an object of the same kind, namespace and name."""
    yield from _workloads(catalogue)
    owners: dict[Identity, Scenario] = {}
    for scenario in catalogue.values():
        told: set[Identity] = set()
        for name, objects in scenario.manifests.items():
            for index, obj in enumerate(objects):
                key = identity(obj)
                owner = owners.setdefault(key, scenario)
                if owner is not scenario and key not in told:
                    told.add(key)
                    mark = scenario.at("manifests", name, index, "metadata", "name")
                    text = f"{'/'.join(key)} belongs to the scenario {owner.id} ({owner.mark.file})"
                    yield Problem(mark, text, f"name it after this scenario, as {scenario.id}")


def _workloads(catalogue: Mapping[str, Scenario]) -> Iterator[Problem]:
    """The names of workloads: not two scenarios', and not one of the stage's."""
    stage = {name for names in (*ECHOES.values(), *CLIENTS.values()) for name in names}
    owners: dict[str, Scenario] = {}
    for scenario in catalogue.values():
        for name in scenario.workloads:
            mark = scenario.at("workloads", name)
            owner = owners.setdefault(name, scenario)
            if name in stage:
                yield Problem(
                    mark, f"{name!r} is a workload of the stage", f"name it after this scenario: {scenario.id}"
                )
            elif owner is not scenario:
                text = f"the workload {name} belongs to the scenario {owner.id} ({owner.mark.file})"
                yield Problem(mark, text, f"name it after this scenario, as {scenario.id}")


def within(scenario: Scenario) -> Iterator[Problem]:
    """A list defines an object once; no name begins like those of the suite's own objects."""
    for name, objects in scenario.manifests.items():
        seen: set[Identity] = set()
        for index, obj in enumerate(objects):
            key, mark = identity(obj), scenario.at("manifests", name, index, "metadata", "name")
            if key in seen:
                yield Problem(mark, f"the list {name!r} defines {'/'.join(key)} twice", "keep one")
            seen.add(key)
            if key[2].startswith(RESERVED):
                text = f"{key[2]!r} begins like a name of the suite's own objects"
                yield Problem(mark, text, f"begin it with something else than {' or '.join(RESERVED)}")
