"""Streams are joined, and a join judges what is streamed."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import Problem
from harness.scenario.model import Join, Scenario, Stream


def joined(scenario: Scenario) -> Iterator[Problem]:
    """Every stream ends in a later join, and every check of a join is about a probe that is being streamed."""
    running: dict[str, int] = {}  # probe -> index of the step
    for index, step in enumerate(scenario.steps):
        if isinstance(step, Stream):
            for number, probe in enumerate(step.stream):
                if probe in running:
                    mark = scenario.at("steps", index, "stream", number)
                    yield Problem(mark, f"{probe} is streamed already", "join it first")
                running[probe] = index
        elif isinstance(step, Join):
            for number, check in enumerate(step.checks):
                if check.probe not in running:
                    mark = scenario.at("steps", index, "checks", number, "probe")
                    streamed = ", ".join(running) or "nothing"
                    yield Problem(mark, f"{check.probe} is not streamed", f"streamed: {streamed}")
            running.clear()
    for probe, index in running.items():
        mark = scenario.at("steps", index, "stream")
        yield Problem(mark, f"the stream of {probe} is never joined", "end it by a later `join`")
