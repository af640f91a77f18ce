"""From what the API said over time to a verdict; specs read back; admission; statuses written as somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.cluster import SYNCED, ClusterError, Event, Obj, Ref, Refused, Selection
from harness.evidence.model import Kind, Verdict
from harness.play import admission, patching
from harness.play.readings import Fault
from harness.play.specs import unchanged_faults
from harness.play.statuses import Known
from harness.play.watching import Course, Task, Watcher, judge_course
from harness.scenario.basics import WRITTEN
from harness.scenario.model import PatchStatus, UnchangedCheck

from .test_readings import MESH, condition, entry, route
from .world import FakeClock

OK: list[Fault] = []
WRONG = [Fault("wrong")]
PENDING = [Fault("pending", pending=True)]


def course(before: list[list[Fault]], held: list[list[Fault]]) -> Course:
    found = Course()
    for number, faults in enumerate(before):
        found.look(float(number), None, faults, holding=False)
    for number, faults in enumerate(held, start=len(before)):
        found.look(float(number), None, faults, holding=True)
    return found


@pytest.mark.parametrize(
    ("before", "held", "verdict", "kind"),
    [
        ([OK], [OK], Verdict.PASS, None),
        ([PENDING, WRONG, OK], [OK, OK], Verdict.PASS, None),
        ([OK], [OK, WRONG, OK], Verdict.FAIL, Kind.REGRESSED),
        ([OK, WRONG], [OK], Verdict.FAIL, Kind.WRONG),
        ([PENDING], [OK], Verdict.FAIL, Kind.NEVER_CONVERGED),
        ([], [OK], Verdict.ERROR, None),
    ],
)
def test_verdicts(before: list[list[Fault]], held: list[list[Fault]], verdict: Verdict, kind: Kind | None) -> None:
    judged = judge_course(course(before, held), 30, Verdict.FAIL)
    assert (judged.verdict, judged.kind) == (verdict, kind)


def test_what_demands_nothing_is_observed() -> None:
    assert judge_course(course([OK], [OK]), 30, Verdict.OBSERVED).verdict is Verdict.OBSERVED
    assert judge_course(course([WRONG], []), 30, Verdict.DEVIATION).verdict is Verdict.DEVIATION


class Scripted:
    """A cluster whose one object goes through versions as it is watched, and is read as the last one."""

    def __init__(self, versions: list[Obj | None], last: Obj | None = None, error: ClusterError | None = None) -> None:
        self.versions, self.error = versions, error
        self.last = versions[-1] if last is None else last

    def watch(self, selection: Selection, stop: Any) -> Iterator[Event]:
        if self.error is not None:
            raise self.error
        first, *rest = self.versions
        if first is not None:
            yield Event("ADDED", first)
        yield Event(SYNCED, {})
        for version in rest:
            yield Event("MODIFIED", version) if version is not None else Event("DELETED", {"metadata": {}})
        while stop.remaining() > 0:
            stop.pause(1.0)

    def get(self, ref: Ref) -> Obj | None:
        return self.last


REF = Ref("v1", "Thing", "ns", "x")


def watched(cluster: Scripted, budget: float = 5.0) -> Course:
    clock = FakeClock()
    task = Task(REF, lambda obj: OK if obj and obj.get("good") else WRONG)
    watcher = Watcher(cluster, clock, budget)  # type: ignore[arg-type]
    return watcher.watch({"c": task}, 2.0, clock.now)["c"]


def test_what_is_reached_later_passes() -> None:
    found = watched(Scripted([None, {"good": False}, {"good": True}]))
    assert judge_course(found, 5, Verdict.FAIL).verdict is Verdict.PASS


def test_what_is_never_reached_fails() -> None:
    assert judge_course(watched(Scripted([{"good": False}])), 5, Verdict.FAIL).kind is Kind.WRONG


def test_what_is_lost_again_fails_even_where_the_watch_is_silent() -> None:
    found = watched(Scripted([{"good": True}], last={"good": False}))
    assert judge_course(found, 5, Verdict.FAIL).kind is Kind.REGRESSED


def test_trouble_with_the_api_is_no_verdict() -> None:
    with pytest.raises(ClusterError):
        watched(Scripted([None], error=ClusterError("no answer")))


def unchanged(*fields: str, exact: bool = False) -> UnchangedCheck:
    written = {"check": "c", "proves": ["x.y"], "of": "HTTPRoute/r", "fields": fields, "exact": exact}
    return UnchangedCheck.model_validate(written)


SPEC = {"spec": {"rules": [{"name": "a", "timeouts": {"request": "10s"}}]}}


def test_defaults_are_no_change() -> None:
    stored = {"spec": {"rules": [{"name": "a", "timeouts": {"request": "10s", "backendRequest": "1s"}, "more": 1}]}}
    assert unchanged_faults(unchanged(), stored, SPEC) == []
    assert unchanged_faults(unchanged("spec.rules[0].timeouts.request"), stored, SPEC) == []


def test_additions_are_changes_where_there_are_no_defaults() -> None:
    stored = {"spec": {"rules": [{"name": "a", "timeouts": {"request": "10s"}, "more": 1}], "also": 2}}
    assert unchanged_faults(unchanged(exact=True), SPEC, SPEC) == []
    assert [fault.text for fault in unchanged_faults(unchanged(exact=True), stored, SPEC)] == [
        "spec.rules[0].more is 1, which nobody wrote",
        "spec.also is 2, which nobody wrote",
    ]


@pytest.mark.parametrize(
    "stored",
    [
        None,
        {"spec": {}},
        {"spec": {"rules": []}},
        {"spec": {"rules": [{"name": "b", "timeouts": {"request": "10s"}}]}},
        {"spec": {"rules": [{"name": "a", "timeouts": {}}]}},
    ],
)
def test_what_was_written_is_missed(stored: dict[str, Any] | None) -> None:
    assert unchanged_faults(unchanged(), stored, SPEC)


class Admission:
    def __init__(self, said: dict[str, ClusterError]) -> None:
        self.said = said

    def apply(self, obj: Obj, *, dry_run: bool = False) -> Obj:
        assert dry_run
        if obj["metadata"]["name"] in self.said:
            raise self.said[obj["metadata"]["name"]]
        return obj


def asked(*names: str, **said: ClusterError) -> list[admission.Answer]:
    objects = [{"apiVersion": "v1", "kind": "Thing", "metadata": {"name": name, "namespace": "n"}} for name in names]
    return admission.ask(Admission(said), objects)  # type: ignore[arg-type]


NO = Refused("spec.x: must be small", code=422)


@pytest.mark.parametrize(
    ("answers", "because", "refused", "verdict"),
    [
        (asked("a", "b", a=NO, b=NO), (), True, Verdict.PASS),
        (asked("a", "b", a=NO), (), True, Verdict.FAIL),
        (asked("a", a=NO), ("small", "large"), True, Verdict.PASS),
        (asked("a", a=NO), ("large",), True, Verdict.FAIL),
        (asked("a", "b"), (), False, Verdict.PASS),
        (asked("a", "b", b=NO), (), False, Verdict.FAIL),
        ([], (), True, Verdict.ERROR),
    ],
)
def test_admission(answers: list[admission.Answer], because: tuple[str, ...], refused: bool, verdict: Verdict) -> None:
    assert admission.judge(answers, because, Verdict.FAIL, refused=refused).verdict is verdict


@pytest.mark.parametrize("code", [0, 403, 404, 500])
def test_admission_that_does_not_decide_is_no_verdict(code: int) -> None:
    with pytest.raises(ClusterError):
        asked("a", a=ClusterError("no", code=code))


def step(**fields: Any) -> PatchStatus:
    return PatchStatus.model_validate({"patchStatus": "p", "of": "HTTPRoute/r", **fields}, context=WRITTEN)


FOREIGN = {"parentRef": {"kind": "Service", "group": "", "name": "s"}, "controllerName": "example.net/other"}


def test_a_foreign_entry_is_added_beside_the_others_with_what_the_api_demands() -> None:
    patch = step(entry={**FOREIGN, "conditions": [{"type": "Accepted", "status": "False"}]})
    before = route(entry(condition("Accepted")))
    parents = patching.patched(before, patch, Known(MESH), "now")
    assert parents[0] == before["status"]["parents"][0]
    added = {"observedGeneration": 2, "lastTransitionTime": "now", "reason": "Foreign", "message": ""}
    assert parents[1]["conditions"] == [{**added, "type": "Accepted", "status": "False"}]
    stored = route(*parents)
    assert patching.written(stored, patch, Known(MESH)).entry == parents[1]


def test_a_condition_goes_into_the_entry_of_the_mesh() -> None:
    patch = step(condition={"type": "Extra", "status": "True"})
    parents = patching.patched(route(entry(condition("Accepted"))), patch, Known(MESH), "now")
    assert [one["type"] for one in parents[0]["conditions"]] == ["Accepted", "Extra"]
    found = patching.written(route(*parents), patch, Known(MESH))
    assert found.condition == parents[0]["conditions"][1]


def test_without_an_entry_of_the_mesh_there_is_nowhere_to_add_a_condition() -> None:
    with pytest.raises(ClusterError, match="0 entries"):
        patching.patched(route(), step(condition={"type": "Extra", "status": "True"}), Known(MESH), "now")


class Conflicting(Scripted):
    def __init__(self, obj: Obj, conflicts: int) -> None:
        super().__init__([obj])
        self.conflicts = conflicts

    def patch_status(self, ref: Ref, status: Any, version: str) -> Obj:
        if self.conflicts:
            self.conflicts -= 1
            raise ClusterError("changed meanwhile", code=409)
        return {**(self.last or {}), "status": dict(status)}


def test_a_conflict_is_tried_again() -> None:
    cluster = Conflicting(route(entry(condition("Accepted"))), 3)
    written = patching.patch(cluster, FakeClock(), REF, step(entry=FOREIGN), Known(MESH))  # type: ignore[arg-type]
    assert written.entry is not None
    assert cluster.conflicts == 0
