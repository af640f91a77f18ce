"""One lab with its stage, on which task after task is played."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from harness import mesh_profile
from harness.cluster import ClusterFacts, KubeCluster, Ref, load_configuration, read_facts
from harness.evidence.model import CheckRecord, Verdict
from harness.mesh_profile import MeshProfile
from harness.play.player import Player
from harness.play.state import RunState
from harness.play.turns import Turns
from harness.prober import Prober
from harness.scenario import kinds_written
from harness.scenario.model import Scenario
from harness.settings import Settings
from harness.stage import Stage, static_services_of
from harness.stage.services import wait_for_endpoints
from lab.control import Lab, LabConfig, start
from mutants.findings import Finding, finding
from mutants.tasks import Task
from suites.plugin.players import Players

#: Everything that the catalogue asks for is served by this channel; the standard one lacks some of it.
_CHANNEL = "experimental"
_LAB_PATIENCE = 90.0  # seconds until the lab must be up, and Services have endpoints; it takes about three
_AT_ONCE = 8  # requests to the API
_PART = 45  # scenarios whose Services exist at the same time: proxies are told of all of them with every change


@dataclass(frozen=True, slots=True)
class Plot:
    """What a site is made of: where it keeps its files, what is played on it, how fast, how many scenarios at once."""

    directory: Path
    catalogue: Mapping[str, Scenario]
    time_scale: float
    seed: int
    at_once: int


class Site:
    """A running lab. Every method may raise LabError, or GammaError where the stage cannot be built."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._settings = Settings(
            run_id=f"mutants-{plot.directory.name}",
            run_dir=plot.directory,
            mesh=mesh_profile.load("lab"),
            seed=plot.seed,
            time_scale=plot.time_scale,
            preflight=False,
        )
        self._lab: Lab = start(LabConfig(plot.directory, channel=_CHANNEL))
        self._tasks = self._rounds = 0
        try:
            self._open()
        except BaseException:
            self._lab.stop()
            raise

    def _open(self) -> None:
        self._lab.wait_ready(_LAB_PATIENCE)
        self._settings = self._settings.model_copy(update={"kubeconfig": self._lab.kubeconfig})
        stage = Stage(self._settings, demand_data_plane=False, shared=False)
        kinds = set().union(*map(kinds_written, self._plot.catalogue.values()))
        self._cluster = KubeCluster.connect(load_configuration(self._lab.kubeconfig, None))
        self._facts: ClusterFacts = read_facts(self._cluster, self._settings.mesh.publisher, kinds)
        # Services come with the scenarios of a task: a defect that changes what every Service gets is in force sooner.
        stage.up((), self._facts)
        self._prober = Prober(self._settings)

    @property
    def kubeconfig(self) -> Path:
        """Leads to the lab's API."""
        return self._lab.kubeconfig

    def play(self, task: Task) -> Finding:
        """Switch the lab to what the task is about, and play its scenarios.

        What could not be observed is looked at once more, by itself: a machine that was busy proves nothing.
        """
        began = time.monotonic()
        self._tasks += 1
        defect = task.id if task.kind != "control" else ""
        folder = self._plot.directory / "tasks" / f"{self._tasks}-{task.id}"
        checks = self._parts(folder, defect, task.scenarios)
        unsure = {one.scenario for one in checks if one.verdict is Verdict.ERROR}
        if unsure:
            checks = [one for one in checks if one.scenario not in unsure]
            checks += self._parts(folder / "again", defect, [name for name in task.scenarios if name in unsure])
        self._lab.check()
        shutil.rmtree(folder, ignore_errors=True)
        return finding(task, checks, time.monotonic() - began)

    def _parts(self, folder: Path, defect: str, names: Sequence[str]) -> list[CheckRecord]:
        checks: list[CheckRecord] = []
        for begin in range(0, len(names), _PART):
            part = [self._plot.catalogue[name] for name in names[begin : begin + _PART]]
            checks += self._round(folder / str(begin), defect, part)
        return checks

    def _round(self, folder: Path, defect: str, scenarios: Sequence[Scenario]) -> list[CheckRecord]:
        services = [service for one in scenarios for service in static_services_of(one, self._settings)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._cluster.apply, services))
            wait_for_endpoints(self._cluster, services, self._settings, _LAB_PATIENCE)
            try:
                return self._begun(folder, defect, scenarios)
            finally:
                list(pool.map(self._cluster.delete, map(Ref.of, services)))

    def _begun(self, folder: Path, defect: str, scenarios: Sequence[Scenario]) -> list[CheckRecord]:
        self._lab.set_defect(defect, self._plot.time_scale)
        self._rounds += 1
        run_id = f"{self._settings.run_id}-{self._rounds}"  # never the same: echoes count ids that they saw
        settings = self._settings.model_copy(update={"run_id": run_id, "run_dir": folder})
        checks: list[CheckRecord] = []
        for group in by_claims(scenarios):
            mesh = disclaiming(settings.mesh, group[0].unless)
            checks += self._side_by_side(settings.model_copy(update={"mesh": mesh}), group)
        return checks

    def _side_by_side(self, settings: Settings, scenarios: Sequence[Scenario]) -> list[CheckRecord]:
        state = RunState(settings.state_dir)
        state.publish(self._facts.features)
        state.describe(self._facts.as_dict()["gateway_api"] or {})
        Turns(settings.state_dir).plan(one.id for one in scenarios if not one.hazard)
        waiting: SimpleQueue[Scenario] = SimpleQueue()
        for scenario in sorted(scenarios, key=lambda one: one.hazard):  # in its order: hazards wait for all others
            waiting.put(scenario)

        def work(number: int) -> list[CheckRecord]:
            mine = settings.model_copy(update={"worker": f"p{number}"})
            player = Players(mine, lambda: Player(mine, cluster=self._cluster, sender=self._prober))
            return [check for scenario in taken(waiting) for check in player.play(scenario).checks]

        count = min(self._plot.at_once, len(scenarios))
        with ThreadPoolExecutor(max(count, 1), thread_name_prefix="player") as executor:
            return [check for checks in executor.map(work, range(count)) for check in checks]

    def close(self) -> None:
        """End the lab and the connections to it."""
        self._prober.close()
        self._cluster.close()
        self._lab.stop()


def taken(waiting: SimpleQueue[Scenario]) -> Iterable[Scenario]:
    """What this thread gets of the queue, until it is empty."""
    while True:
        try:
            yield waiting.get_nowait()
        except Empty:
            return


def by_claims(scenarios: Sequence[Scenario]) -> list[list[Scenario]]:
    """Scenarios that can be played under the same claims: those for meshes that lack something need it disclaimed."""
    groups: dict[tuple[str, ...], list[Scenario]] = {}
    for scenario in scenarios:
        groups.setdefault(scenario.unless, []).append(scenario)
    return list(groups.values())


def disclaiming(mesh: MeshProfile, features: Sequence[str]) -> MeshProfile:
    """The profile, with these features disclaimed."""
    if not features:
        return mesh
    known = mesh.features
    claimed = tuple(name for name in known.claimed if name not in features)
    changed = known.model_copy(update={"claimed": claimed, "disclaimed": (*known.disclaimed, *features)})
    return mesh.model_copy(update={"features": changed})
