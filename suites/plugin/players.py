"""The player of a process, and what is said of scenarios that it does not play."""

from __future__ import annotations

import contextlib
import shutil
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from harness.baseline import compare_all
from harness.claims import Features
from harness.errors import GammaError
from harness.evidence.model import CheckRecord, Expectation, ScenarioRecord, Verdict
from harness.expectations.apply import by_check, consider, excused
from harness.mesh_profile import MeshProfile
from harness.mesh_profile.model import OUTSIDE
from harness.play.state import RunState
from harness.play.turns import Turns
from harness.play.undeclared import reconsider
from harness.scenario import features_needed, needs_controller, obstacle, with_prefix
from harness.scenario.model import Scenario
from harness.settings import Settings
from suites.live.desk import Desk
from suites.plugin import repeating
from suites.plugin.interfaces import Played, Player
from suites.plugin.plan import plan

_MARGIN = 3.0  # as for holds: three times the slowest propagation that was seen
_FORGOTTEN_AT_MOST = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Told:
    """The records of a scenario as they count, be it that it was not played."""

    scenario: ScenarioRecord
    checks: tuple[CheckRecord, ...]


class Players:
    """The player of this process, connected when the first scenario needs it."""

    def __init__(self, settings: Settings, make: Callable[[], Player], desk: Desk | None = None) -> None:
        self._settings = settings
        self._make = make
        self._desk = desk or Desk(settings.state_dir, settings.worker)
        self._player: Player | None = None

    def prepare(self) -> None:
        """Make the player, which loads what playing needs and connects to nothing; `play` tells what fails here."""
        with contextlib.suppress(Exception):
            self._player = self._player or self._make()

    def play(self, scenario: Scenario) -> Played:
        """Play when it is the scenario's turn: hazards come last, and alone."""
        with self._desk.plays(scenario.id), self._turns.take(scenario.id, hazard=scenario.hazard):
            return self._play(scenario) if self._settings.repeat == 1 else self._repeat(scenario)

    def _repeat(self, scenario: Scenario) -> Played:
        """Play as often as was asked for, each time on a mesh that has seen the end of the time before."""
        played: list[Played] = []
        for number in range(1, self._settings.repeat + 1):
            if played and played[-1].scenario.duration > 0:
                time.sleep(self._until_forgotten)
            played.append(self._evidence_kept(self._play(scenario), number))
        shown = repeating.worst([one.checks for one in played])
        checks = zip(*(one.checks for one in played), strict=True)
        return Told(
            repeating.scenario([one.scenario for one in played], shown),
            tuple(repeating.check(repetitions) for repetitions in checks),
        )

    @property
    def _until_forgotten(self) -> float:
        """Seconds until what one repetition deleted is out of force, as far as this run has seen changes propagate."""
        slowest = min(_FORGOTTEN_AT_MOST, _MARGIN * self._state.slowest)
        return max(self._settings.mesh.settledFor, self._settings.mesh.newServiceQuiet, slowest)

    def _keep_file(self, scenario: Scenario) -> None:
        """A copy of the scenario beside its evidence, so that it can be replayed when the file has changed."""
        evidence = self._settings.evidence_dir(scenario.id)
        if evidence.is_dir():
            with contextlib.suppress(OSError):  # then it cannot be replayed, and says so
                shutil.copyfile(scenario.mark.file, evidence / "scenario.yaml")

    def _evidence_kept(self, played: Played, number: int) -> Played:
        """The same records, with the evidence where the next repetition does not overwrite it."""
        evidence = self._settings.evidence_dir(played.scenario.id)
        if not evidence.is_dir():
            return played
        kept = evidence.with_name(f"{evidence.name}.{number}-of-{self._settings.repeat}")
        evidence.rename(kept)
        where = {"evidence": str(kept.relative_to(self._settings.run_dir))}
        checks = tuple(check.model_copy(update=where) for check in played.checks)
        return Told(played.scenario.model_copy(update=where), checks)

    def _play(self, scenario: Scenario) -> Played:
        """Play; whatever breaks in the harness becomes an error of every check, never a verdict about the mesh."""
        try:
            if self._state.lost:
                return unplayed(scenario, self._settings, Verdict.NOT_RUN, self._state.lost)
            reason = (
                reason_to_skip(scenario, self.features)
                or nobody_outside(scenario, self._settings.mesh)
                or obstacle(scenario, *self.gateway_api)
                or nameless(scenario, self._settings.mesh)
            )
            if reason:
                return unplayed(scenario, self._settings, Verdict.SKIP, reason)
            self._player = self._player or self._make()
            played = self._considered(scenario, self._player.play(scenario))
            self._keep_file(scenario)
            if self._state.lost:
                return unplayed(scenario, self._settings, Verdict.ERROR, self._state.lost)
            return played  # noqa: TRY300 (all that can break stands inside)
        except GammaError as error:
            return unplayed(scenario, self._settings, Verdict.ERROR, str(error))
        except Exception as error:  # noqa: BLE001 (a broken harness is reported as such, for this scenario alone)
            reason = f"the harness failed: {type(error).__name__}: {error}"
            return unplayed(scenario, self._settings, Verdict.ERROR, reason, traceback.format_exc())

    @cached_property
    def features(self) -> Features:
        """What the mesh says of its features: in its profile and, where that is silent, in the cluster."""
        return self._settings.mesh.features.adding(self._state.published)

    @cached_property
    def _turns(self) -> Turns:
        return Turns(self._settings.state_dir)

    @cached_property
    def _state(self) -> RunState:
        return RunState(self._settings.state_dir)

    @cached_property
    def gateway_api(self) -> tuple[str, str, tuple[str, ...]]:
        """Version and channel of the CRDs in the cluster, and the kinds that it does not serve."""
        return self._state.gateway_api

    @cached_property
    def _expected(self) -> dict[str, Expectation]:
        return by_check(self._settings.expectations)

    def _considered(self, scenario: Scenario, played: Played) -> Played:
        """The same with verdicts that count: undeclared features, known failures, an earlier run."""
        checks = played.checks
        if not self._settings.features_strict:
            checks = reconsider(
                with_prefix(scenario, self._settings.namespace_prefix),
                checks,
                played.scenario.statuses,
                self.features.in_state("undeclared"),
                self._settings.mesh.controllerName,
            )
        checks = consider(checks, self._expected)
        checks = compare_all(checks, plan(scenario).digest, self._settings.baseline, strict=self._settings.strict)
        return Told(played.scenario, excused(checks))

    def close(self) -> None:
        """Give back connections."""
        if self._player:
            self._player.close()


def reason_to_skip(scenario: Scenario, features: Features) -> str:
    """Why the mesh's own profile says that there is nothing to prove here; empty where there is."""
    disclaimed = sorted(feature for feature in features_needed(scenario) if features.state(feature) == "disclaimed")
    if disclaimed:
        return f"the mesh disclaims {', '.join(disclaimed)}"
    present = [feature for feature in scenario.unless if features.state(feature) != "disclaimed"]
    if present:
        return f"only for meshes that disclaim {', '.join(present)}"
    return ""


def nameless(scenario: Scenario, mesh: MeshProfile) -> str:
    """Why the scenario's Mesh objects cannot be made for this mesh; empty where they can, or there are none."""
    if mesh.meshResource.controllerName or not needs_controller(scenario):
        return ""
    return f"the profile {mesh.name} names no controller of Mesh objects (meshResource.controllerName)"


def nobody_outside(scenario: Scenario, mesh: MeshProfile) -> str:
    """Why a scenario with clients outside of the mesh cannot be played on one that takes in every namespace."""
    asks = any(client.role == OUTSIDE for probe in scenario.probes.values() for client in probe.clients)
    if asks and not mesh.enrols:
        return "the mesh takes in every namespace, so that no client is outside of it"
    return ""


def unplayed(scenario: Scenario, settings: Settings, verdict: Verdict, reason: str, problem: str = "") -> Told:
    """Records of a scenario that was not played, or not to its end."""
    planned = plan(scenario)
    checks = tuple(
        CheckRecord(
            id=check.id,
            scenario=scenario.id,
            check=check.id.removeprefix(f"{scenario.id}/"),
            file=planned.file,
            line=check.line,
            verdict=verdict,
            reason=reason,
            proves=check.proves,
        )
        for check in planned.checks
    )
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    problems = (problem,) if problem else ()
    record = ScenarioRecord(id=scenario.id, started=now, duration=0.0, worker=settings.worker, problems=problems)
    return Told(record, checks)
