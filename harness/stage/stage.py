"""Builds the stage, says for what it waits, and takes it down again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

from harness.cluster import (
    Cluster,
    ClusterFacts,
    KubeCluster,
    Obj,
    Ref,
    Selection,
    WaitTimeoutError,
    load_configuration,
    read_facts,
    wait_until,
)
from harness.cluster.wait import Items
from harness.errors import TargetError
from harness.scenario import kinds_written
from harness.scenario.model import Scenario
from harness.settings import RUN_LABEL, Settings
from harness.stage import dataplane, extras, key_pair, manifests, trouble
from harness.stage.layout import WORKLOADS
from harness.stage.lease import Lease
from harness.stage.ownership import Ground, is_prepared
from harness.stage.services import static_services_of, wait_for_endpoints

_PATIENCE = 120.0  # seconds for pods, EndpointSlices and the end of a namespace, times the run's time scale
_AT_ONCE = 8  # requests under way

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
        shared: bool = True,
        on_lost: Callable[[str], None] | None = None,
    ) -> None:
        """``shared``: others may use the cluster too, so that the prefix has to be taken.

        ``on_lost`` is told, by another thread, why the namespaces are this run's no longer.
        """
        self._demand_data_plane = demand_data_plane
        self._on_lost = on_lost
        self._settings = settings
        self._shared = shared
        self._cluster = cluster
        self._program = program
        self._progress = progress or _silent

    @property
    def cluster(self) -> Cluster:
        """The target; connected when first used, so that a bad kubeconfig is an error of ``up``."""
        if self._cluster is None:
            self._cluster = KubeCluster.connect(load_configuration(self._settings.kubeconfig, self._settings.context))
        return self._cluster

    def up(self, scenarios: Iterable[Scenario], facts: ClusterFacts | None = None) -> ClusterFacts:
        """Make everything that the scenarios share, and wait until it can be used; ``facts`` where they are known.

        Raises TargetError: the cluster cannot be used, pods do not get ready, or a run that lives uses
        the prefix; UsageError: a namespace is not ours.
        """
        self._progress("asking the cluster what it is")
        scenarios = list(scenarios)
        if facts is None:
            kinds = set().union(*map(kinds_written, scenarios))
            facts = read_facts(self.cluster, self._settings.mesh.publisher, kinds)
        self._claim_namespaces()
        extras.put(self.cluster, self._settings, self._patience, self._progress)
        self._ground.remove_leftovers()
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
        """Delete what is ours and wait until it is gone, if this run has the prefix. Raises ClusterError.

        Namespaces that an administrator prepared stay, without our objects.
        """
        if self._lease and not self._lease.held:
            return
        self._ground.clear()
        self.leave()

    def leave(self) -> None:
        """Give the prefix back, and let everything stay as it is. Raises ClusterError."""
        if self._lease:
            self._lease.release()

    @cached_property
    def _ground(self) -> Ground:
        return Ground(self.cluster, self._settings, self._progress, self._patience)

    @cached_property
    def _lease(self) -> Lease | None:
        if not self._shared:
            return None
        return Lease(self.cluster, self._settings, self._progress, on_lost=self._on_lost)

    @property
    def _patience(self) -> float:
        return _PATIENCE * self._settings.patience

    def _claim_namespaces(self) -> None:
        """Refuse what is not ours, or in use, before anything is applied; namespaces that were prepared stay as is."""
        present = self._ground.present()
        if self._lease and self._settings.stage in present:
            self._lease.refuse_if_taken()
        self._ground.wait_for_ending(present)
        still = self._ground.present()
        mine = [
            obj for obj in manifests.namespaces(self._settings) if not is_prepared(still.get(obj["metadata"]["name"]))
        ]
        self._apply_all([obj for obj in mine if obj["metadata"]["name"] == self._settings.stage])
        if self._lease:
            self._lease.acquire()
        self._apply_all([obj for obj in mine if obj["metadata"]["name"] != self._settings.stage])

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
            forbidden = trouble.forbidden_pods(deployments.values())
            if forbidden:  # waiting does not help
                raise TargetError(forbidden, trouble.FORBIDDEN_HINT)
            missing = sorted(f"{ns}/{name}" for ns, name in wanted if not available(deployments.get((ns, name))))
            text = f"waiting for {len(missing)} of {len(wanted)} workloads: {', '.join(missing[:4])}"
            if missing and text not in said:
                said.add(text)
                self._progress(text)
            return not missing

        try:
            wait_until(self.cluster, selection, ready, self._patience, "the workloads of the stage")
        except WaitTimeoutError as error:
            why = trouble.explain(self.cluster, self._ground.names)
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
