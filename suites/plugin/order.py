"""In which order workers get scenarios: the longest first, so that none is left when the others are done. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from harness.scenario.model import Hold, Join, Mix, Scenario, Status, Unchanged

T = TypeVar("T")
_MIX = 10.0  # seconds: thousands of requests on fresh connections
_STEP = 0.5  # seconds: what a step takes besides, on a fast mesh


def length(scenario: Scenario) -> float:
    """About how many seconds a scenario takes; only the order of scenarios rests on it."""
    holds = sum(step.hold for step in scenario.steps if isinstance(step, Hold))
    mixes = sum(_MIX for step in scenario.steps if isinstance(step, Mix))
    holds += sum(step.join for step in scenario.steps if isinstance(step, Join))
    holds += sum(step.status for step in scenario.steps if isinstance(step, Status))
    holds += sum(step.unchanged for step in scenario.steps if isinstance(step, Unchanged))
    return holds + mixes + _STEP * len(scenario.steps)


def parse_shard(text: str) -> tuple[int, int] | None:
    """``2/3`` as (2, 3); None for what means no part."""
    found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text)
    index, count = map(int, found.groups()) if found else (0, 0)
    return (index, count) if 1 <= index <= count else None


def shard(lengths: Mapping[str, float], index: int, count: int) -> list[str]:
    """The ``index``-th (from 1) of ``count`` parts that take about as long as each other, in the order of `lengths`.

    Everything is in exactly one part, and the same lengths give the same parts everywhere.
    """
    loads = [0.0] * count
    parts: dict[str, int] = {}
    for name in sorted(lengths, key=lambda each: (-lengths[each], each)):
        emptiest = loads.index(min(loads))
        loads[emptiest] += lengths[name]
        parts[name] = emptiest
    return [name for name in lengths if parts[name] == index - 1]


def spread(longest_first: Sequence[T], workers: int) -> list[T]:
    """The order for xdist, which begins by giving every worker two neighbours: one of them is long, the other short."""
    if len(longest_first) < 2 * workers:  # then it deals them out one by one
        return list(longest_first)
    first = longest_first[: 2 * workers]
    pairs = zip(first[:workers], reversed(first[workers:]), strict=True)
    return [item for pair in pairs for item in pair] + list(longest_first[2 * workers :])
