"""The preflight in its order: what needs no stage, the stage, and what only a stage can show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from harness.cluster import Cluster, ClusterError, ClusterFacts, Obj, Selection, read_facts
from harness.errors import TargetError
from harness.evidence.model import PreflightLine
from harness.preflight import definitions, enrolment, permissions, pods
from harness.preflight.engine import baseline_line, clock_line, engine_line, read
from harness.preflight.needs import needs
from harness.preflight.witness import Bench
from harness.prober import ProbeError, Prober
from harness.scenario import kinds_written
from harness.scenario.model import ROLES, Scenario
from harness.settings import OWNER, OWNER_LABEL, Settings
from harness.stage import Stage, dataplane
from harness.stage.dataplane import unlabelled
from harness.stage.ownership import is_prepared, namespace

Progress = Callable[[str], None]


class NotReadyError(TargetError):
    """The target cannot be judged; ``lines`` is everything that was found."""

    def __init__(self, lines: Sequence[PreflightLine]) -> None:
        # What there is comes before what follows from it.
        bad = sorted((line for line in lines if line.grade == "fail"), key=lambda line: line.check != enrolment.CHECK)
        text = "\n".join(f"{line.check}: {line.text}" for line in bad)
        hints = dict.fromkeys(line.hint for line in bad if line.hint)
        super().__init__(text, "\n  ".join("\n  ".join(hint.splitlines()) for hint in hints))
        self.lines = tuple(lines)


@dataclass
class Preflight:
    """One preflight; ``lines`` grows while it goes on."""

    settings: Settings
    cluster: Cluster
    progress: Progress
    lines: list[PreflightLine] = field(default_factory=list)

    def before_stage(self, scenarios: Sequence[Scenario]) -> ClusterFacts:
        """API, permissions, definitions; nothing is touched. Raises NotReadyError."""
        self.progress("preflight: API, permissions, definitions")
        written = set().union(*map(kinds_written, scenarios))
        try:
            self.cluster.version()
            kinds = {kind for _version, kind in written}
            needed = needs(kinds, self.settings.mesh, prepared=self._prepared())
            lacking = permissions.ask(self.cluster, needed, self._namespaces)
        except ClusterError as error:
            self._fail("API", error)
        self._add(*permissions.lines(lacking, len({(need.group, need.resource) for need in needed})))
        self._end_if_failed()
        try:
            facts = read_facts(self.cluster, self.settings.mesh.publisher, written)
        except ClusterError as error:
            self._fail("Gateway API", error)
        self.lines.insert(0, definitions.api(facts))
        self._add(definitions.gateway_api(facts))
        return facts

    def stage_failed(self, error: TargetError) -> NotReadyError:
        """What is known of a stage that could not be built."""
        try:
            found = pods.lines(self._pods())
        except ClusterError:
            found = []
        self._add(*(line for line in found if line.grade == "fail" and line.check != "pods"))
        self._add(PreflightLine(check="stage", grade="fail", text=error.message, hint=error.hint))
        return NotReadyError(self.lines)

    def on_stage(self) -> None:
        """Pods, proxies, engines, and a route that changes traffic. Raises NotReadyError."""
        self.progress("preflight: pods, data plane, engines")
        prober = Prober(self.settings)
        try:
            self._add(*pods.lines(self._pods()))
            self._end_if_failed()
            plane = enrolment.data_plane(dataplane.survey(self.cluster, self.settings), self.settings)
            self._add(*([plane] if plane else []))
            self._traffic(plane, prober)
        except ProbeError as error:
            hint = "kubectl logs of the client pods; an engine of another version goes with its namespace: gamma clean"
            self._add(PreflightLine(check="engine", grade="fail", text=str(error), hint=hint))
        except ClusterError as error:
            self._fail("API", error)
        finally:
            prober.close()
        self._end_if_failed()

    def _traffic(self, plane: PreflightLine | None, prober: Prober) -> None:
        lacking = self._lacking()
        bench = Bench(_impatient(self.settings) if lacking else self.settings, self.cluster, prober, self.progress)
        first = read(prober, bench.clients)
        baseline = bench.baseline()
        self._add(baseline_line(baseline))
        if not baseline.flows:
            return
        self.progress("preflight: a route that must change traffic")
        seen = bench.witness()
        later = read(prober, bench.clients)
        self._add(engine_line(first, later), clock_line(first, later))
        self._add(enrolment.judge(plane, lacking, seen, self.settings))

    def _lacking(self) -> dict[str, tuple[str, ...]]:
        """What the namespaces in the mesh lack of the profile's labels."""
        found = {}
        for role in ROLES:
            name = self.settings.namespace(role)
            parts = unlabelled(self.cluster.get(namespace(name)), self.settings, role)
            if parts:
                found[name] = parts
        return found

    def _prepared(self) -> bool:
        """Whether an administrator has made all our namespaces."""
        try:
            return all(is_prepared(self.cluster.get(namespace(name))) for name in self._namespaces)
        except ClusterError as error:
            if error.code == 403:  # told with all else that is missing
                return False
            raise

    @property
    def _namespaces(self) -> list[str]:
        return [self.settings.namespace(role) for role in ROLES]

    def _pods(self) -> list[Obj]:
        ours = f"{OWNER_LABEL}={OWNER}"
        return [pod for name in self._namespaces for pod in self.cluster.select(Selection("v1", "Pod", name, ours))]

    def _add(self, *lines: PreflightLine) -> None:
        self.lines += lines

    def _fail(self, check: str, error: TargetError) -> NoReturn:
        """Raises NotReadyError."""
        self._add(PreflightLine(check=check, grade="fail", text=error.message, hint=error.hint))
        raise NotReadyError(self.lines)

    def _end_if_failed(self) -> None:
        if any(line.grade == "fail" for line in self.lines):
            raise NotReadyError(self.lines)


def _impatient(settings: Settings) -> Settings:
    """Without the profile's own patience: it is for what the mesh does, and here it was not asked for anything."""
    return settings.model_copy(update={"mesh": settings.mesh.model_copy(update={"timeScale": 1.0})})


def set_up(
    settings: Settings, stage: Stage, scenarios: Sequence[Scenario], progress: Progress
) -> tuple[ClusterFacts, tuple[PreflightLine, ...]]:
    """Build the stage between the two parts of the preflight, or without any where the settings say so.

    Returns what kind of cluster it is, and what the preflight found. Raises TargetError, as NotReadyError where the
    preflight has something to say.
    """
    if not settings.preflight:
        return stage.up(scenarios), ()
    preflight = Preflight(settings, stage.cluster, progress)
    facts = preflight.before_stage(scenarios)
    try:
        stage.up(scenarios, facts)
    except TargetError as error:
        raise preflight.stage_failed(error) from None
    preflight.on_stage()
    return facts, tuple(preflight.lines)
