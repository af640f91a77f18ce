"""Applies one plain route and looks whether traffic follows, and who writes its status."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from harness.cluster import Cluster, Obj, Ref
from harness.play.control import ARRIVED, Control
from harness.play.notebook import Notebook
from harness.play.ports import Progress, RealClock
from harness.play.sending import Sending
from harness.play.settle import LIMIT, QUIET, Patience, Settlement, Settler
from harness.play.targets import Targets
from harness.preflight.enrolment import Witnessed, controllers_of
from harness.prober import Prober
from harness.scenario.model import Client, Outcome
from harness.settings import Settings
from harness.stage.dataplane import missing_in_service
from harness.stage.manifests import CONTROL_FRONTEND

_NAME = "preflight"
_ROUNDS = 3  # between two, the status is looked at
_STATUS_LATE = 5.0  # seconds, times the patience, that a status may come after the traffic
_LOOK_EVERY = 0.1
_BEFORE = {"before": Outcome(backend="echo-v1")}


@dataclass(frozen=True, slots=True)
class Baseline:
    """Traffic before any route: whether it flows, and how long a request takes."""

    flows: bool
    text: str
    unobserved: bool
    latency: float  # seconds, the median; 0 where nothing came back


class Bench:
    """What sends for the preflight. Methods raise ClusterError and ProbeError."""

    def __init__(self, settings: Settings, cluster: Cluster, prober: Prober, progress: Progress) -> None:
        clock = RealClock()
        self._settings, self._cluster = settings, cluster
        self._clients = [Client(role) for role in ("producer", "consumer", "consumer-b", "bystander")]
        token = f"preflight.{settings.run_id[-4:]}"
        self._sending = Sending(prober, Targets(cluster, prober, settings, {}), Notebook(clock, ""), clock, token)
        limit = LIMIT * settings.patience / _ROUNDS
        patience = Patience(settings.mesh.settledFor, limit, min(QUIET, limit / 3))
        self._control = Control(settings, cluster, Settler(self._sending, patience, progress))

    @property
    def clients(self) -> Sequence[Client]:
        """One of each namespace that is in the mesh."""
        return tuple(self._clients)

    def baseline(self) -> Baseline:
        """Send to the spare Service while it has no route."""
        pairs = [replace(pair, outcome="before") for pair in self._control.pairs(self._clients, _NAME)]
        ended = self._control.settler.settle(0, pairs, _BEFORE)
        times = [
            answer.observation.elapsed
            for answers in ended.answers.values()
            for answer in answers
            if answer.outcome == "before"
        ]
        return Baseline(ended.arrived, ended.text, ended.only_unsent, statistics.median(times) if times else 0.0)

    def witness(self) -> Witnessed:
        """Apply the route, look, and delete it."""
        route = self._control.route(_NAME)
        ref, begun = Ref.of(route), time.monotonic()
        try:
            self._cluster.apply(route)
            ended = self._settled()
            seconds = time.monotonic() - begun
            written = self._status(ref)
            lacking = self._conditions()
        finally:
            self._cluster.delete(ref)
        return Witnessed(ended.arrived, ended.text, controllers_of(written), seconds, ended.only_unsent, lacking)

    def _settled(self) -> Settlement:
        pairs = self._control.pairs(self._clients, _NAME)
        for _round in range(_ROUNDS):
            ended = self._control.settler.settle(0, pairs, ARRIVED)
            if ended.arrived:
                break
        return ended

    def _status(self, ref: Ref) -> Obj | None:
        """The route once somebody has written its status, or as it is after a while."""
        return self._once(ref, lambda route: bool(controllers_of(route)))

    def _conditions(self) -> tuple[str, ...]:
        """What the routed Service lacks, after a while, of the conditions that the profile names."""
        plane = self._settings.mesh.dataPlane
        service = Ref("v1", "Service", self._settings.namespace("producer"), CONTROL_FRONTEND)
        return missing_in_service(self._once(service, lambda obj: not missing_in_service(obj, plane)), plane)

    def _once(self, ref: Ref, good: Callable[[Obj | None], bool]) -> Obj | None:
        """The object once it is good, or as it is after a while."""
        end = time.monotonic() + _STATUS_LATE * self._settings.patience
        found = self._cluster.get(ref)
        while not good(found) and time.monotonic() < end:
            time.sleep(_LOOK_EVERY)
            found = self._cluster.get(ref)
        return found
