"""How long workloads took to answer at a time: where that is seconds, a late answer says nothing of the mesh.

A node that has no processor time left delays everything that passes through it, the mesh's proxies included, while our
clients, which mostly wait, need not notice. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from statistics import median

from harness.observation import Observation
from harness.play.classify import backend_delay
from harness.scenario.model import Probe

_AROUND = 1  # whole seconds before and after that count too: slowness comes and goes
_ANSWERS_AT_LEAST = 5  # fewer say nothing
_ONE_ANSWER = ("http1", "h2c", "grpc")  # protocols whose exchange ends as soon as the workload has answered


class Pace:
    """Seconds that the answers of workloads took beyond what they were asked to wait; `add` all, then ask."""

    def __init__(self) -> None:
        self._taken: dict[int, list[float]] = defaultdict(list)
        self._known: dict[int, float] = {}

    def add(self, begun: float, probe: Probe, observations: Iterable[Observation]) -> None:
        """What one batch got that began at this moment; answers of the mesh itself, and failures, do not count."""
        if probe.protocol not in _ONE_ANSWER or probe.messages > 1:
            return
        asked = backend_delay(probe) or 0.0
        for seen in observations:
            # What came before the asked time was not asked to wait: another attempt, or another workload.
            if seen.answer.failure is None and seen.answer.echo is not None and seen.elapsed >= asked:
                self._taken[int(begun + seen.started)].append(seen.elapsed - asked)

    def at(self, moment: float) -> float:
        """The median of what was sent about this moment; 0 where too little came back to tell."""
        second = int(moment)
        if second not in self._known:
            near = [taken for at in range(second - _AROUND, second + _AROUND + 1) for taken in self._taken.get(at, ())]
            self._known[second] = median(near) if len(near) >= _ANSWERS_AT_LEAST else 0.0
        return self._known[second]
