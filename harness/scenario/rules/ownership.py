"""Ownership: every object name belongs to one scenario, so that scenarios run side by side in the same namespaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.errors import Problem
from harness.scenario.derived import Identity, identity
from harness.scenario.model import Scenario

#: Beginnings of names that the suite itself gives: fences and control routes.
RESERVED = ("fence-", "control-")


def ownership(catalogue: Mapping[str, Scenario]) -> Iterator[Problem]:
    """No two scenarios have an object of the same kind, namespace and name."""
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
