"""The verbs that read the Kubernetes API: ``status``, ``unchanged``, ``refused``, ``accepted`` and ``patchStatus``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.cluster import Cluster, ClusterError, Obj, Ref, Selection
from harness.evidence.model import Kind
from harness.play import admission, patching, specs
from harness.play.describe import show
from harness.play.holding import length
from harness.play.judge import Judgement
from harness.play.notebook import Notebook
from harness.play.ports import Clock, Progress
from harness.play.readings import Fault, controllers, status_faults
from harness.play.records import Ledger, Read
from harness.play.state import RunState
from harness.play.statuses import Known, Written, describe, is_route
from harness.play.watching import Course, Task, Watcher, judge_course, told
from harness.scenario.model import (
    Accepted,
    Client,
    Judged,
    PatchStatus,
    Reading,
    Refused,
    Scenario,
    Status,
    StatusCheck,
    Unchanged,
    UnchangedCheck,
)
from harness.scenario.naming import is_own_mesh, named_object
from harness.settings import OWNER, OWNER_LABEL, Settings
from harness.stage import dress


@dataclass
class Reader:
    """Plays the verbs of one scenario that read the API. Every method raises ClusterError: no verdict on the mesh."""

    scenario: Scenario
    settings: Settings
    cluster: Cluster
    clock: Clock
    notebook: Notebook
    progress: Progress
    ledger: Ledger
    state: RunState
    budget: float  # seconds within which a status has to be reached
    #: Why the mesh counts as stalled after a step in which a status never came; empty where it does not.
    blame: Callable[[int, Sequence[Client], str], str] = lambda *_: ""
    _written: dict[str, Written] = field(default_factory=dict)

    def play(self, number: int, step: Reading | PatchStatus) -> None:
        """Any of these verbs."""
        match step:
            case Status():
                self.status(number, step)
            case Unchanged():
                self.unchanged(number, step)
            case PatchStatus():
                self.patch(step)
            case _:
                self.admission(number, step)

    def status(self, number: int, step: Status) -> None:
        """Statuses are reached within the budget, and then hold."""
        known = self._known()
        tasks = {check.id: Task(self._ref(check.of), _status_judge(check, known)) for check in step.checks}
        courses = self._watch(tasks, step.status, self.budget)
        never = [told(course.faults) for course in courses.values() if any(fault.pending for fault in course.faults)]
        stalled = self._control(number, never[0]) if never else ""
        for check in step.checks:
            course = courses[check.id]
            self._learn(course, known)
            self._judged(number, check, course, describe(course.obj, known), stalled=stalled)

    def _show(self) -> str:
        return show(self.scenario.id, self.settings.namespace_prefix)

    def _control(self, number: int, missed: str) -> str:
        """Control before blame: a mesh that takes in nothing at all writes no status either."""
        reason = f"the status of step {number} never came within {self.budget:g} s: {missed}"
        self.notebook.note(reason)
        return self.blame(number, [Client("consumer")], reason)

    def unchanged(self, number: int, step: Unchanged) -> None:
        """Specs stay what was written."""
        tasks = {
            check.id: Task(self._ref(check.of), _spec_judge(check, self._object(check.of, number - 1)))
            for check in step.checks
        }
        # Nothing has to be reached: what was written is there from the first look on.
        courses = self._watch(tasks, step.unchanged, 0.0)
        for check in step.checks:
            course = courses[check.id]
            faults = course.faults or course.lost
            self._judged(number, check, course, "; ".join(one.text for one in faults) or "as it was written")

    def admission(self, number: int, step: Refused | Accepted) -> None:
        """Objects are refused, or accepted, by server-side dry run."""
        refused = isinstance(step, Refused)
        name = step.refused if isinstance(step, Refused) else step.accepted
        self.notebook.note(f"ask admission about {name}")
        begun = self.notebook.at
        objects = [dress(obj, self.scenario.id, self.settings) for obj in self.scenario.manifests[name]]
        for obj in objects:
            self.notebook.applied(f"dry run of {name}", obj)
        answers = admission.ask(self.cluster, objects)
        for answer in answers:
            self.notebook.note(f"admission: {answer}")
        expected = f"every object is {'refused' if refused else 'accepted'}"
        for check in step.checks:
            if check.because:
                expected += f", because of {' or '.join(map(repr, check.because))}"
            verdict = admission.judge(answers, check.because, self.ledger.consequence(check), refused=refused)
            read = Read(
                f"server-side dry run of {', '.join(str(answer.ref) for answer in answers)}",
                expected,
                tuple((("refused" if one.refused else "accepted"), one.message or str(one.ref)) for one in answers),
                likely=check.ifInstead,
                commands=(f"{self._show()} --list {name} | kubectl apply --dry-run=server -f -",),
                duration=self.notebook.at - begun,
            )
            self.ledger.read(number, check, verdict, read)

    def patch(self, step: PatchStatus) -> None:
        """Write to a status as another controller would."""
        ref = self._ref(step.of)
        self._written[step.patchStatus] = patching.patch(self.cluster, self.clock, ref, step, self._known())
        self.notebook.note(f"wrote {step.patchStatus} to the status of {ref}")

    def _known(self) -> Known:
        return Known(self.settings.mesh.controllerName or self.state.controller, dict(self._written))

    def _learn(self, course: Course, known: Known) -> None:
        """The first status that was right tells the mesh's name for the rest of the run."""
        if known.controller or course.faults or course.obj is None or not is_route(course.obj):
            return
        names = controllers(course.obj, known)
        if len(names) == 1:
            self.state.learn_controller(names.pop())

    def _watch(self, tasks: Mapping[str, Task], seconds: float, budget: float) -> dict[str, Course]:
        lasting = length(seconds, self.state.slowest, self.settings.pace)
        objects = ", ".join(sorted({str(task.ref) for task in tasks.values()}))
        self.progress(f"reading {objects} for {lasting:.1f}s")
        self.notebook.note(f"read {objects}, for {lasting:.1f} s once it is reached")
        watcher = Watcher(self.cluster, self.clock, budget)
        courses = watcher.watch(tasks, lasting, lambda: self.notebook.at)
        reached = [course.reached for course in courses.values() if course.reached is not None]
        if len(reached) == len(courses):
            self.notebook.note(f"reached by all {len(courses)} checks", at=max(reached))
        return courses

    def _judged(
        self, number: int, check: StatusCheck | UnchangedCheck, course: Course, observed: str, *, stalled: str = ""
    ) -> None:
        ref = self._ref(check.of)
        verdict = judge_course(course, self.budget, self.ledger.consequence(check))
        if isinstance(check, UnchangedCheck) and course.faults:
            verdict = _plainly(verdict, course)
        if stalled and verdict.kind is Kind.NEVER_CONVERGED:
            verdict = replace(verdict, kind=Kind.STALLED, reason=stalled)
        place = f"-n {ref.namespace} " if ref.namespace else ""
        read = Read(
            f"read {ref}",
            "",
            ((_word(check), observed),),
            likely=check.ifInstead,
            commands=(
                f"{self._show()} --at {number} --stage | kubectl apply -f -",
                f"kubectl {place}get {ref.kind.lower()}.{ref.api_version.partition('/')[0]} {ref.name} -o yaml",
            ),
        )
        self.ledger.read(number, check, verdict, read)

    def _object(self, of: str, steps: int | None = None) -> Obj:
        try:
            return dress(named_object(self.scenario, of, steps), self.scenario.id, self.settings)
        except ValueError as error:
            raise ClusterError(str(error)) from None

    def _ref(self, of: str) -> Ref:
        obj = self._object(of)
        return self._own_mesh(obj) if is_own_mesh(obj) else Ref.of(obj)

    def _own_mesh(self, obj: Obj) -> Ref:
        """The one Mesh object whose controller is the mesh that is played on, and which is none of ours."""
        controller = self.settings.mesh.meshResource.controllerName or self._known().controller
        found = [
            one
            for one in self.cluster.select(Selection(obj["apiVersion"], obj["kind"], labels=f"{OWNER_LABEL}!={OWNER}"))
            if not controller or (one.get("spec") or {}).get("controllerName") == controller
        ]
        return Ref.of(found[0]) if len(found) == 1 else Ref.of(obj)


def _plainly(verdict: Judgement, course: Course) -> Judgement:
    """A spec that is not what was written: there was no time within which it had to become so."""
    return Judgement(verdict.verdict, verdict.kind, "; ".join(one.text for one in course.faults), verdict.samples)


def _word(check: Judged) -> str:
    return "status" if isinstance(check, StatusCheck) else "spec"


def _status_judge(check: StatusCheck, known: Known) -> Callable[[Obj | None], Sequence[Fault]]:
    return lambda obj: status_faults(check, obj, known)


def _spec_judge(check: UnchangedCheck, written: Obj) -> Callable[[Obj | None], Sequence[Fault]]:
    return lambda obj: specs.unchanged_faults(check, obj, written)
