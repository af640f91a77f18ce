"""Builds the stage, says for what it waits, and takes it down again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from harness.cluster import (
    NOT_SERVED,
    Cluster,
    ClusterError,
    ClusterFacts,
    KubeCluster,
    Obj,
    Ref,
    Selection,
    WaitTimeoutError,
    load_configuration,
    read_facts,
    wait_for,
    wait_until,
)
from harness.cluster.wait import Items
from harness.errors import TargetError
from harness.scenario import kinds_written
from harness.scenario.model import ROLES, Scenario
from harness.scenario.shape import KINDS
from harness.settings import OWNER, OWNER_LABEL, RUN_LABEL, SCENARIO_LABEL, Settings
from harness.stage import dataplane, extras, key_pair, manifests, trouble
from harness.stage.layout import WORKLOADS
from harness.stage.services import static_services_of, wait_for_endpoints

_PATIENCE = 120.0  # seconds for pods, EndpointSlices and the end of a namespace, times the run's time scale
_AT_ONCE = 8  # requests under way
_LAST = ("Service", "EndpointSlice")  # routes go first: without them their Services are harmless

Progress = Callable[[str], None]


class Stage:
    """The shared namespaces and workloads. ``up`` may be called again at any time; ``down`` removes all of ours.

    Pods that the mesh has not taken in are an error of ``up``, unless ``demand_data_plane`` is false.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        cluster: Cluster | None = None,
        program: bytes | None = None,
        progress: Progress | None = None,
        demand_data_plane: bool = True,
    ) -> None:
        self._demand_data_plane = demand_data_plane
        self._settings = settings
        self._cluster = cluster
        self._program = program
        self._progress = progress or _silent

    @property
    def cluster(self) -> Cluster:
        """The target; connected when first used, so that a bad kubeconfig is an error of ``up``."""
        if self._cluster is None:
            self._cluster = KubeCluster.connect(load_configuration(self._settings.kubeconfig, self._settings.context))
        return self._cluster

    def up(self, scenarios: Iterable[Scenario]) -> ClusterFacts:
        """Make everything that the scenarios share, and wait until it can be used.

        Raises TargetError: the cluster cannot be used, a namespace is not ours, or pods do not get ready.
        """
        self._progress("asking the cluster what it is")
        scenarios = list(scenarios)
        kinds = set().union(*map(kinds_written, scenarios))
        facts = read_facts(self.cluster, self._settings.mesh.controllerName, kinds)
        self._claim_namespaces()
        extras.put(self.cluster, self._settings, self._patience, self._progress)
        self._remove_leftovers()
        program = self._zipapp()
        services = manifests.control_services(self._settings)
        for scenario in scenarios:
            services += static_services_of(scenario, self._settings)
        self._progress(f"applying {len(WORKLOADS)} workloads and {len(services)} Services")
        self._apply_all(manifests.config_maps(self._settings, program))
        self._apply_missing_keys()
        self._apply_all([*manifests.deployments(self._settings, program), *services])
        self._wait_for_deployments()
        self._wait_for_data_plane()
        self._wait_for_services(services)
        return facts

    def down(self) -> None:
        """Delete our namespaces and wait until they are gone; others are not touched. Raises ClusterError."""
        ours = [name for name in self._namespaces() if self._is_ours(self.cluster.get(_namespace(name)))]
        for name in ours:
            self.cluster.delete(_namespace(name))
        for name in ours:
            self._progress(f"waiting for namespace {name} to end")
            wait_for(self.cluster, _namespace(name), lambda it: it is None, self._patience, f"the end of {name}")

    @property
    def _patience(self) -> float:
        return _PATIENCE * self._settings.patience

    def _namespaces(self) -> list[str]:
        return [self._settings.namespace(role) for role in ROLES]

    @staticmethod
    def _is_ours(obj: Obj | None) -> bool:
        return obj is not None and (obj["metadata"].get("labels") or {}).get(OWNER_LABEL) == OWNER

    def _claim_namespaces(self) -> None:
        for name in self._namespaces():
            present = self.cluster.get(_namespace(name))
            if present is None:
                continue
            if not self._is_ours(present):
                raise TargetError(
                    f"the namespace {name} exists and is not ours (it lacks the label {OWNER_LABEL}={OWNER})",
                    "choose another prefix: --namespace-prefix my-gamma-",
                )
            if present["metadata"].get("deletionTimestamp"):
                self._progress(f"waiting for an earlier namespace {name} to end")
                wait_for(self.cluster, _namespace(name), lambda it: it is None, self._patience, f"the end of {name}")
        self._apply_all(manifests.namespaces(self._settings))

    def _remove_leftovers(self) -> None:
        """Objects of scenarios of an earlier run that was killed; its routes would govern ours."""
        earlier = f"{OWNER_LABEL}={OWNER},{SCENARIO_LABEL},{RUN_LABEL}!={self._settings.run_id}"
        ours = set(self._namespaces())
        for kind in sorted(KINDS, key=_LAST.__contains__):
            for obj in self._served(Selection(KINDS[kind], kind, labels=earlier)):
                if obj["metadata"].get("namespace") in ours:
                    self.cluster.delete(Ref.of(obj))
        for obj in self.cluster.select(Selection("apps/v1", "Deployment", labels=earlier)):
            if obj["metadata"].get("namespace") in ours:
                self.cluster.delete(Ref.of(obj))

    def _served(self, selection: Selection) -> list[Obj]:
        """The objects of the selection; none of a kind that this cluster does not know, except HTTPRoutes."""
        try:
            return self.cluster.select(selection)
        except ClusterError as error:
            if error.reason != NOT_SERVED or selection.kind == "HTTPRoute":
                raise
            return []

    def _apply_missing_keys(self) -> None:
        """The TLS echoes' key pair where there is none: pods of an earlier run have theirs, and stay current."""
        missing = [
            obj for obj in key_pair.key_pairs(self._settings, key_pair.new_key_pair()) if not self._has_key(Ref.of(obj))
        ]
        self._apply_all(missing)

    def _has_key(self, ref: Ref) -> bool:
        return key_pair.holds_key_pair(self.cluster.get(ref))

    def _zipapp(self) -> bytes:
        if self._program is None:
            from harness.prober.package import build_zipapp  # noqa: PLC0415 - building it takes a moment

            self._program = build_zipapp()
        return self._program

    def _apply_all(self, objects: Sequence[Obj]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self.cluster.apply, objects))

    def _wait_for_deployments(self) -> None:
        selection = Selection("apps/v1", "Deployment", labels=f"{RUN_LABEL}={self._settings.run_id}")
        wanted = {(self._settings.namespace(workload.role), workload.name) for workload in WORKLOADS}
        said: set[str] = set()

        def ready(deployments: Items) -> bool:
            missing = sorted(f"{ns}/{name}" for ns, name in wanted if not available(deployments.get((ns, name))))
            text = f"waiting for {len(missing)} of {len(wanted)} workloads: {', '.join(missing[:4])}"
            if missing and text not in said:
                said.add(text)
                self._progress(text)
            return not missing

        try:
            wait_until(self.cluster, selection, ready, self._patience, "the workloads of the stage")
        except WaitTimeoutError as error:
            why = trouble.explain(self.cluster, self._namespaces())
            late = sorted(f"{ns}/{name}" for ns, name in wanted if not available(error.items.get((ns, name))))
            raise TargetError(f"{error.message}: {', '.join(late)}", why or "no pod of theirs exists") from None

    def _wait_for_data_plane(self) -> None:
        """See that the mesh has taken in every enrolled pod, unless somebody else looks after that."""
        late = dataplane.wait(self.cluster, self._settings, self._patience, self._progress)
        if late and self._demand_data_plane:
            raise TargetError(*dataplane.explain(late, self._settings))

    def _wait_for_services(self, services: Sequence[Obj]) -> None:
        self._progress(f"waiting for the endpoints of {len(services)} Services")
        wait_for_endpoints(self.cluster, services, self._settings, self._patience)
        quiet = self._settings.mesh.newServiceQuiet
        if services and quiet > 0:
            self._progress(f"leaving the new Services alone for {quiet:g} s (newServiceQuiet)")
            time.sleep(quiet)


def _silent(text: str) -> None:
    """Progress nobody wants to see."""
    del text


def available(deployment: Obj | None) -> bool:
    """Whether all replicas of the present generation, and no others, are available."""
    if deployment is None:
        return False
    status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
    current = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    counts = (status.get("replicas"), status.get("updatedReplicas"), status.get("availableReplicas"))
    return current and counts == (wanted, wanted, wanted)


def _namespace(name: str) -> Ref:
    return Ref("v1", "Namespace", "", name)
