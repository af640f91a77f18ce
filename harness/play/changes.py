"""Applying and deleting what a step names; a new Service is left alone until it can be dialled (settling rule 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from harness.cluster import Cluster, ClusterError, Obj, Ref
from harness.play.locating import located
from harness.play.notebook import Notebook
from harness.play.ports import Clock, Progress
from harness.play.quality import Change
from harness.play.targets import Targets, destination
from harness.prober import ProbeError
from harness.scenario.model import Client, Scenario
from harness.scenario.shape import ROUTES
from harness.settings import Settings
from harness.stage import dress, static_services_of, wait_for_endpoints
from harness.stage.layout import Workload

_ENDPOINTS_WITHIN = 60.0
_RESOLVES_WITHIN = 60.0  # name servers cache "no such name" for up to 30 s
_LOOK_EVERY = 0.25
_TRIES_TOGETHER = 10
_GONE_WITHIN = 30.0
_CREATION_TIMES = 1.0  # seconds: the API tells them in whole ones


@dataclass
class Changes:
    """The objects of one scenario in the cluster."""

    scenario: Scenario
    settings: Settings
    cluster: Cluster
    targets: Targets
    notebook: Notebook
    clock: Clock
    progress: Progress
    own: Callable[[], Sequence[Workload]] = tuple  # the scenario's workloads, as they are scaled
    _present: dict[Ref, Obj] = field(default_factory=dict)
    _routes_at: float | None = None  # when the last list with routes had been applied

    def __post_init__(self) -> None:
        self._static = {Ref.of(service): service for service in static_services_of(self.scenario, self.settings)}

    def check_static(self) -> None:
        """The Services that the stage made for this scenario must be there. Raises ClusterError."""
        for ref in self._static:
            if self.cluster.get(ref) is None:
                raise ClusterError(f"the stage lacks the {ref}", "it was removed during the run, or the stage is stale")

    def apply(self, name: str, *, together: bool = False) -> Change | None:
        """Apply a list of manifests; what kind of change that was, None where the stage had made everything already.

        With ``together`` the objects are of one age. Raises ClusterError.
        """
        self.targets.forget()
        objects = [
            located(dress(obj, self.scenario.id, self.settings), self.targets.pod_ip)
            for obj in self.scenario.manifests[name]
        ]
        fresh = [obj for obj in objects if Ref.of(obj) not in self._static]
        self.notebook.note(f"apply {name}")
        for obj in objects:
            self.notebook.applied(f"apply {name}", obj)
        known = any(Ref.of(obj) in self._present for obj in fresh)
        routes = any(obj["kind"] in ROUTES for obj in fresh)
        if routes:
            self._let_age()
        if together:
            self._put_together(fresh)
        else:
            self.put(fresh)
        if routes:
            self._routes_at = self.clock.now()
        return ("update" if known else "create") if fresh else None

    def _let_age(self) -> None:
        """In a hurried run, where holds are too short for it, let routes applied before be older than those to come."""
        if self._routes_at is not None and self.settings.pace < 1.0:
            self.clock.sleep(self._routes_at + _CREATION_TIMES - self.clock.now())

    def put(self, objects: Iterable[Obj]) -> None:
        """Apply these; returns once new Services may be dialled. Raises ClusterError."""
        services = []
        for obj in objects:
            ref = Ref.of(obj)
            if ref.kind == "Service" and self.cluster.get(ref) is None:
                services.append(obj)
            self._present[ref] = obj
            self.cluster.apply(obj)
        if services:
            self._leave_alone(services)

    def _put_together(self, objects: Sequence[Obj]) -> None:
        """Apply these so that all have the same creation time, which the API tells in whole seconds."""
        refs = [Ref.of(obj) for obj in objects]
        for _ in range(_TRIES_TOGETHER):
            self.put(objects)
            if len({self._created(ref) for ref in refs}) <= 1:
                return
            self.notebook.note("the API's clock showed another second meanwhile: once more")
            for ref in refs[::-1]:
                self.remove(ref)
            limit = self.clock.now() + _GONE_WITHIN * self.settings.patience
            while any(self.cluster.get(ref) is not None for ref in refs) and self.clock.now() < limit:
                self.clock.sleep(_LOOK_EVERY)
        names = ", ".join(ref.name for ref in refs)
        raise ClusterError(f"{names}: not created within one second in {_TRIES_TOGETHER} tries", "the API is too slow")

    def _created(self, ref: Ref) -> str:
        return str(((self.cluster.get(ref) or {}).get("metadata") or {}).get("creationTimestamp"))

    def delete(self, name: str) -> None:
        """Delete a list of manifests."""
        self.targets.forget()
        self.notebook.note(f"delete {name}")
        for obj in reversed(self.scenario.manifests[name]):
            self.remove(Ref.of(obj))

    def remove(self, ref: Ref) -> None:
        """Delete one object. Raises ClusterError."""
        self.cluster.delete(ref)
        self._present.pop(ref, None)

    def clean_up(self) -> None:
        """Delete what this scenario applied, whatever happened before; problems are noted."""
        for ref in [*self._present][::-1]:
            try:
                self.remove(ref)
            except ClusterError as error:
                self.notebook.trouble(f"could not delete {ref}: {error.message}")

    def services(self) -> list[Obj]:
        """The Services of this scenario that are in the cluster."""
        return [obj for obj in (*self._static.values(), *self._present.values()) if obj["kind"] == "Service"]

    def objects(self) -> set[Ref]:
        """Everything of this scenario that is, or was put, in the cluster."""
        return {*self._present, *self._static}

    def _leave_alone(self, services: list[Obj]) -> None:
        names = ", ".join(service["metadata"]["name"] for service in services)
        self.progress(f"waiting for the endpoints of {names}")
        limit = _ENDPOINTS_WITHIN * self.settings.patience
        wait_for_endpoints(self.cluster, services, self.settings, limit, self.own())
        for service in services:
            metadata = service["metadata"]
            self._wait_for_name(metadata["name"], metadata["namespace"])
        quiet = self.settings.mesh.newServiceQuiet
        if quiet > 0:
            self.progress(f"leaving {names} alone for {quiet:g} s")
            self.clock.sleep(quiet)
        self.notebook.note(f"new Services can be dialled: {names}")

    def _wait_for_name(self, name: str, namespace: str) -> None:
        """Until the name resolves to the ClusterIP for every client that is going to dial it. Raises ProbeError."""
        wanted = self.targets.cluster_ip(name, namespace)
        host = f"{name}.{namespace}"
        limit = self.clock.now() + _RESOLVES_WITHIN * self.settings.patience
        for client in self._clients_of(name, namespace):
            while True:
                try:
                    found = self.targets.resolve(client, host)
                except ProbeError as error:
                    found = str(error)
                if found == wanted:
                    break
                if self.clock.now() >= limit:
                    raise ProbeError(f"{host} does not resolve to {wanted} in the pod of {client}: {found}")
                self.targets.forget()
                self.progress(f"waiting until {host} resolves for {client}")
                self.clock.sleep(_LOOK_EVERY)

    def _clients_of(self, name: str, namespace: str) -> list[Client]:
        found = {
            client
            for probe in self.scenario.probes.values()
            for client in probe.clients
            if (to := destination(probe.url, client, self.settings)).name == name and to.namespace == namespace
        }
        return sorted(found)
