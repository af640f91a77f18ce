"""What a run is going to do, from catalogue and profile alone: objects, requests and time. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from harness.play import estimate, statistics
from harness.play.holding import MIX_RATE, wanted
from harness.play.settle import CONSECUTIVE
from harness.scenario.derived import applied_objects, fence_services, identity, list_of, static_services
from harness.scenario.model import Accepted, Apply, Await, Hold, Join, Mix, Probe, Refused, Scenario, Stream
from harness.settings import Settings

_PROPAGATION = 0.5  # seconds until a change is in force, on a mesh that is quick
_OVERHEAD = 0.15  # seconds that a step takes besides
_CONTROLS = 2  # around a hazard
_POLLING = 30.0  # requests a second while an await settles


@dataclass
class Forecast:
    """Numbers of one or of many scenarios; requests and seconds are about what a conformant, quick mesh takes."""

    shared: Counter[str] = field(default_factory=Counter)  # kind -> objects that live as long as the run
    played: Counter[str] = field(default_factory=Counter)  # kind -> objects that come and go with their scenario
    asked: Counter[str] = field(default_factory=Counter)  # kind -> objects that admission is only asked about
    requests: int = 0
    seconds: float = 0.0  # by one worker
    alone: float = 0.0  # of these, while nobody else may play

    def __add__(self, other: Forecast) -> Forecast:
        return Forecast(
            self.shared + other.shared,
            self.played + other.played,
            self.asked + other.asked,
            self.requests + other.requests,
            self.seconds + other.seconds,
            self.alone + other.alone,
        )

    def with_workers(self, workers: int) -> float:
        """Seconds when so many play side by side: hazards wait until all others are done."""
        return (self.seconds - self.alone) / max(1, workers) + self.alone


def of_all(scenarios: Iterable[Scenario], settings: Settings) -> Forecast:
    """Of a selection, each scenario as often as it is going to be played."""
    total = Forecast()
    for scenario in scenarios:
        one = of(scenario, settings)
        times = settings.repeat
        total += Forecast(
            one.shared, one.played, one.asked, one.requests * times, one.seconds * times, one.alone * times
        )
    return total


def of(scenario: Scenario, settings: Settings) -> Forecast:
    """Of one scenario, played once."""
    static = {identity(obj) for obj in static_services(scenario)}
    objects = {identity(obj) for obj in applied_objects(scenario)} - static
    fences = [step for step in scenario.steps if isinstance(step, Apply) and step.fence is not None]
    played = Counter(kind for kind, _, _ in objects)
    played += Counter({"HTTPRoute": len(fences) * len(fence_services(scenario)) + _CONTROLS * scenario.hazard})
    played += Counter({"Deployment": len(scenario.workloads)})
    asked: Counter[str] = Counter()
    for step in scenario.steps:
        if isinstance(step, Refused | Accepted):
            asked.update(obj["kind"] for obj in scenario.manifests.get(list_of(step) or "", ()))
    seconds = _seconds(scenario, settings)
    return Forecast(
        shared=Counter({"Service": len(static) + len(fence_services(scenario))}),
        played=+played,
        asked=asked,
        requests=_requests(scenario, settings),
        seconds=seconds,
        alone=seconds if scenario.hazard else 0.0,
    )


def _seconds(scenario: Scenario, settings: Settings) -> float:
    awaits = sum(isinstance(step, Await) for step in scenario.steps)
    settling = max(settings.mesh.settledFor, CONSECUTIVE / _POLLING) + _PROPAGATION
    return estimate.seconds(scenario) + awaits * settling + _OVERHEAD * len(scenario.steps)


def _requests(scenario: Scenario, settings: Settings) -> int:
    total = 0.0
    witnesses: list[Probe] = []
    streamed: list[Probe] = []
    settling = max(settings.mesh.settledFor, CONSECUTIVE / _POLLING) + _PROPAGATION
    for step in scenario.steps:
        match step:
            case Apply():
                witnesses = []
            case Await():
                witnesses += [scenario.probes[name] for name in step.await_]
                total += _clients([scenario.probes[name] for name in step.await_]) * settling * _POLLING
            case Hold():
                names = {check.probe for check in step.checks}
                total += _sent([*(scenario.probes[name] for name in names), *witnesses], step.hold)
            case Stream():
                streamed = [scenario.probes[name] for name in step.stream]
            case Join():
                total += _sent([*streamed, *witnesses], step.join)
            case Mix():
                probe = scenario.probes[step.mix.probe]
                shares = [check.expect for check in step.checks if isinstance(check.expect, dict)]
                clients = len(probe.clients)
                total += sum(statistics.plan(share, step.mix.detects, clients).size * clients for share in shares)
            case _:
                pass
    return math.ceil(total)


def _sent(probes: Sequence[Probe], seconds: float) -> float:
    return sum(len(probe.clients) * max(wanted(probe), probe.rate * seconds) for probe in probes)


def _clients(probes: Sequence[Probe]) -> int:
    return sum(len(probe.clients) for probe in probes)


PEAK = MIX_RATE
"""Requests a second that one client sends at most while a sample is drawn, unless a probe says otherwise."""
