"""Requirements and features that a scenario names are those of the specification."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import Problem
from harness.scenario.model import Scenario, checks_of
from harness.scenario.suggest import suggest
from spec import features, requirements


def proven(scenario: Scenario) -> Iterator[Problem]:
    """Every requirement that a check proves is in the catalogue, and named once."""
    known = requirements.load()
    for index, step in enumerate(scenario.steps):
        for number, check in enumerate(checks_of(step)):
            for place, name in enumerate(check.proves):
                mark = scenario.at("steps", index, "checks", number, "proves", place)
                if name not in known:
                    yield Problem(mark, f"unknown requirement {name!r}", suggest(name, known))
                elif name in check.proves[:place]:
                    yield Problem(mark, f"{check.id} names {name!r} twice", "keep one")


def unless(scenario: Scenario) -> Iterator[Problem]:
    """Every feature under ``unless`` exists."""
    known = features.load()
    for place, name in enumerate(scenario.unless):
        if name not in known:
            yield Problem(scenario.at("unless", place), f"unknown feature {name!r}", suggest(name, known))
