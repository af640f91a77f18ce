"""Plays scenarios: from steps to records. Whatever goes wrong on our side becomes an ``error``, never a pass."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.cluster import Cluster, ClusterError, KubeCluster, Selection, load_configuration
from harness.errors import GammaError
from harness.evidence.model import CheckRecord, ScenarioRecord, Verdict
from harness.play import hazards, pausing
from harness.play.changes import Changes
from harness.play.control import STAMP, Control
from harness.play.notebook import Notebook
from harness.play.ports import Clock, Progress, RealClock, Sender
from harness.play.readers import Reader
from harness.play.records import Ledger
from harness.play.scene import Scene, StalledError
from harness.play.sending import Sending
from harness.play.settle import LIMIT, QUIET, Patience, Settler
from harness.play.state import RunState
from harness.play.targets import Targets
from harness.play.watcher import StatusWatcher
from harness.play.workloads import Workloads
from harness.prober import ProbeError, Prober
from harness.scenario.model import Apply, Await, Scenario, traffic_checks_of
from harness.scenario.prefix import with_prefix
from harness.settings import Settings

_EVENTS_OF_THE_CLUSTER = "default"  # where Events about objects lie that live in no namespace


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario's records: every check of it exactly once."""

    scenario: ScenarioRecord
    checks: tuple[CheckRecord, ...]


class Player:
    """Plays one scenario after the other, on one connection to cluster and clients; one a process."""

    def __init__(
        self,
        settings: Settings,
        *,
        cluster: Cluster | None = None,
        sender: Sender | None = None,
        clock: Clock | None = None,
        progress: Progress | None = None,
        pause: pausing.Pause = pausing.wait_for_enter,
    ) -> None:
        self._pause = pause
        self._settings = settings
        self._cluster = cluster
        self._sender = sender
        self._clock = clock or RealClock()
        self._progress = progress or (lambda text: None)  # noqa: ARG005 - nobody listens
        self._state = RunState(settings.state_dir)
        self._times: dict[str, int] = {}  # how often each scenario was played

    def close(self) -> None:
        """End the sessions with the client pods, and the connections to the API."""
        for part in (self._sender, self._cluster):
            if isinstance(part, Prober | KubeCluster):
                part.close()

    def play(self, scenario: Scenario) -> Played:
        """Play all steps, judge, keep the evidence, clean up; never raises but for KeyboardInterrupt."""
        mapped = with_prefix(scenario, self._settings.namespace_prefix)
        notebook = Notebook(self._clock, scenario.id)
        ledger = Ledger(mapped, self._settings, notebook.timeline)
        started = datetime.now(UTC)
        with self._state.plays(scenario.id):
            try:
                self._play(mapped, notebook, ledger)
            except StalledError as error:
                ledger.rest(Verdict.NOT_RUN, error.message)
            except (GammaError, ProbeError) as error:
                _stop_short(notebook, ledger, getattr(error, "message", str(error)))
            except Exception as error:  # noqa: BLE001 - a mistake of ours must end as an error of the checks, not as a pass
                _stop_short(notebook, ledger, f"the suite itself failed: {type(error).__name__}: {error}")
        ledger.rest(Verdict.NOT_RUN, "the scenario ended before this check")
        self._keep(scenario.id, notebook)
        record = ScenarioRecord(
            id=scenario.id,
            started=started.isoformat(timespec="milliseconds"),
            duration=notebook.at,
            worker=self._settings.worker,
            evidence=f"evidence/{scenario.id}",
            timeline=notebook.timeline(),
            manifests=notebook.manifests(),
            statuses=tuple(notebook.statuses),
            problems=tuple(notebook.problems),
            measurements=dict(notebook.measurements),
            quality=notebook.measured.record(),
        )
        return Played(record, ledger.records())

    def _play(self, scenario: Scenario, notebook: Notebook, ledger: Ledger) -> None:
        if self._state.stalled:
            ledger.rest(Verdict.NOT_RUN, self._state.stalled)
            return
        cluster, sending = self._connect(scenario, notebook)
        settler = Settler(sending, self._patience(), self._progress)
        control = Control(self._settings, cluster, settler)
        if uses_stamp(scenario) and not self._state.once("stamp", control.stamps)["works"]:
            ledger.rest(Verdict.NOT_RUN, "stamp unavailable: a route that adds a request header does not work here")
            return
        if scenario.hazard:
            hazards.before(control, scenario, self._state)
            if self._state.stalled:
                ledger.rest(Verdict.NOT_RUN, self._state.stalled)
                return
        changes = Changes(scenario, self._settings, cluster, sending.targets, notebook, self._clock, self._progress)
        reader = Reader(
            scenario,
            self._settings,
            cluster,
            self._clock,
            notebook,
            self._progress,
            ledger,
            self._state,
            self._patience().limit,
        )
        workloads = Workloads(scenario, self._settings, cluster, notebook, self._progress)
        changes.own = lambda: workloads.present
        scene = Scene(scenario, self._settings, settler, changes, control, ledger, reader, workloads, self._state)
        failed = False
        try:
            with StatusWatcher(cluster, self._settings, scenario, notebook):
                scene.play()
            failed = ledger.failed
        except Exception:
            failed = True
            raise
        finally:
            self._capture(cluster, changes, notebook)
            if failed and self._settings.pause_on_failure:
                self._pause(pausing.story(scenario.id, ledger.so_far(), changes.objects()))
            if pausing.keeps(self._settings, failed=failed):
                self._state.keep(scenario.id)
            else:
                changes.clean_up()
                workloads.remove()
        if scenario.hazard:
            hazards.after(control, scenario, self._state, ledger)

    def _connect(self, scenario: Scenario, notebook: Notebook) -> tuple[Cluster, Sending]:
        if self._cluster is None:
            self._cluster = KubeCluster.connect(load_configuration(self._settings.kubeconfig, self._settings.context))
        if self._sender is None:
            self._sender = Prober(self._settings)
        cluster = self._cluster.named(scenario.id)
        targets = Targets(cluster, self._sender, self._settings, scenario.probes)
        number = self._times[scenario.id] = self._times.get(scenario.id, 0) + 1
        # Other ids for each repetition: echoes count how often they saw one.
        token = hashlib.sha256(f"{self._settings.run_id}/{scenario.id}/{number}".encode()).hexdigest()[:8]
        return cluster, Sending(self._sender, targets, notebook, self._clock, f"{scenario.id}.{token}")

    def _patience(self) -> Patience:
        limit = LIMIT * self._settings.budget
        return Patience(self._settings.mesh.settledFor, limit, min(QUIET, limit / 3), LIMIT * self._settings.patience)

    def _capture(self, cluster: Cluster, changes: Changes, notebook: Notebook) -> None:
        """The evidence that only the cluster has, and the files, before anything is cleaned up."""
        try:
            names = {(ref.kind, ref.namespace, ref.name) for ref in changes.objects()}
            for namespace in sorted({namespace or _EVENTS_OF_THE_CLUSTER for _, namespace, _ in names}):
                events = cluster.select(Selection("v1", "Event", namespace))
                notebook.cluster_events(event for event in events if _about(event) in names)
        except ClusterError as error:
            notebook.trouble(f"the Kubernetes Events could not be read: {error.message}")
        self._keep(changes.scenario.id, notebook)

    def _keep(self, scenario: str, notebook: Notebook) -> None:
        try:
            notebook.write(self._settings.evidence_dir(scenario))
        except OSError as error:
            notebook.trouble(f"the evidence could not be written: {error}")


def uses_stamp(scenario: Scenario) -> bool:
    """Whether an outcome that the scenario waits for, or expects, rests on the stamp."""
    names: set[str] = set()
    for step in scenario.steps:
        if isinstance(step, Apply) and step.fence is not None:
            return True
        if isinstance(step, Await):
            names |= set(step.await_.values())
        for check in traffic_checks_of(step):
            names |= {check.expect} if isinstance(check.expect, str) else set(check.expect)
    seen = (scenario.outcomes[name].backendSees for name in names if name in scenario.outcomes)
    return any(sees is not None and STAMP in {key.lower() for key in sees.headers} for sees in seen)


def _stop_short(notebook: Notebook, ledger: Ledger, reason: str) -> None:
    notebook.trouble(reason)
    ledger.rest(Verdict.ERROR, reason)


def _about(event: dict[str, object]) -> tuple[str, str, str]:
    about = event.get("involvedObject") or event.get("regarding") or {}
    assert isinstance(about, dict)
    return str(about.get("kind", "")), str(about.get("namespace", "")), str(about.get("name", ""))
