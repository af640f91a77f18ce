"""Facts about scenarios that many ask for, worked out once each: scenarios never change."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from harness.scenario.model import Scenario

T = TypeVar("T")

_AT_MOST = 2000  # scenarios; a catalogue has some hundred


def remembered(function: Callable[[Scenario], T]) -> Callable[[Scenario], T]:
    """The function, with an answer for each scenario kept for as long as the scenario itself is."""
    known: dict[int, tuple[Scenario, T]] = {}

    @wraps(function)
    def asked(scenario: Scenario) -> T:
        found = known.get(id(scenario))
        if found is None or found[0] is not scenario:
            if len(known) >= _AT_MOST:
                known.clear()
            found = known[id(scenario)] = scenario, function(scenario)
        return found[1]

    return asked
