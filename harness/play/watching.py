"""Waits for what the API says, by watch, and then sees to it that it lasts.

Every check looks at one object. All of them have to be satisfied within the budget; they then have to stay so. Trouble
with the API says nothing about the mesh.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue

from harness.cluster import SYNCED, Cluster, ClusterError, Obj, Ref
from harness.evidence.model import Kind, Verdict
from harness.play.background import Background
from harness.play.judge import Judgement
from harness.play.ports import Clock
from harness.play.readings import Fault

_FIRST_WITHIN = 30.0  # seconds until the API has told how things stand
_SHOWN = 3  # faults in one sentence

Judge = Callable[[Obj | None], Sequence[Fault]]
News = tuple[Ref, Obj | None] | ClusterError
"""An object as it is now, None where it does not exist; or why nothing more can be told."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is looked at, and how."""

    ref: Ref
    judge: Judge


@dataclass
class Course:
    """What one task saw, from the first look to the last. Pure."""

    reached: float | None = None  # when it was satisfied, for the last time before the hold
    ever: bool = False  # whether it was ever satisfied
    faults: tuple[Fault, ...] = ()  # at the last look before the hold
    lost: tuple[Fault, ...] = ()  # at the first look of the hold that was not satisfied
    lost_at: float | None = None
    looks: int = 0
    obj: Obj | None = None  # at the look that counts: the one that lost, else the last one

    def look(self, at: float, obj: Obj | None, faults: Sequence[Fault], *, holding: bool) -> None:
        """Take in what the API says at this time."""
        self.looks += 1
        if holding:
            if self.lost or self.faults:
                return  # decided
            self.obj = obj
            if faults:
                self.lost, self.lost_at = tuple(faults), at
            return
        self.obj, self.faults = obj, tuple(faults)
        if faults:
            self.reached = None
        else:
            self.ever = True
            self.reached = at if self.reached is None else self.reached


class Watches(Background):
    """A context manager that tells of every change of some objects, beginning with how they are."""

    def __init__(self, cluster: Cluster, refs: Collection[Ref]) -> None:
        super().__init__((partial(self._watch, ref) for ref in refs), "watch")
        self.news: SimpleQueue[News] = SimpleQueue()
        self._cluster = cluster

    def _watch(self, ref: Ref) -> None:
        current: Obj | None = None
        synced = False
        try:
            for event in self._cluster.watch(ref.selection, self.stop):
                if event.type == SYNCED:
                    synced = True
                else:
                    current = None if event.type == "DELETED" else event.object
                if synced:
                    self.news.put((ref, current))
        except ClusterError as error:
            if self.stop.remaining() > 0:
                self.news.put(error)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Looks at objects for the checks of one step."""

    cluster: Cluster
    clock: Clock
    budget: float  # seconds within which all has to be reached

    def watch(self, tasks: Mapping[str, Task], seconds: float, now: Callable[[], float]) -> dict[str, Course]:
        """The course of each task; ``now`` is the time that courses tell. Raises ClusterError."""
        courses = {name: Course() for name in tasks}
        refs = {task.ref for task in tasks.values()}
        with Watches(self.cluster, refs) as watches:
            state: dict[Ref, Obj | None] = {}
            until = self.clock.now() + _FIRST_WITHIN
            while state.keys() != refs:
                self._next(watches, state, until - self.clock.now())
                if state.keys() != refs and self.clock.now() >= until:
                    raise ClusterError(f"the API did not tell within {_FIRST_WITHIN:g} s how things stand")
            until = self.clock.now() + self.budget
            while True:
                self._look(tasks, courses, state, now(), holding=False)
                left = until - self.clock.now()
                if left <= 0 or not any(course.faults for course in courses.values()):
                    break
                self._next(watches, state, left)
            until = self.clock.now() + seconds
            while (left := until - self.clock.now()) > 0:
                self._next(watches, state, left)
                self._look(tasks, courses, state, now(), holding=True)
        # A watch that went silent must not pass for objects that stayed as they were.
        last = {ref: self.cluster.get(ref) for ref in refs}
        self._look(tasks, courses, last, now(), holding=True)
        return courses

    def _next(self, watches: Watches, state: dict[Ref, Obj | None], seconds: float) -> None:
        news = self.clock.take(watches.news, seconds)
        if isinstance(news, ClusterError):
            raise news
        if news is not None:
            state[news[0]] = news[1]

    @staticmethod
    def _look(
        tasks: Mapping[str, Task],
        courses: Mapping[str, Course],
        state: Mapping[Ref, Obj | None],
        at: float,
        *,
        holding: bool,
    ) -> None:
        for name, task in tasks.items():
            obj = state[task.ref]
            courses[name].look(at, obj, task.judge(obj), holding=holding)


def judge_course(course: Course, budget: float, consequence: Verdict) -> Judgement:
    """The verdict on one check that reads the API.

    ``consequence`` is what a wrong answer means: FAIL, DEVIATION or OBSERVED.
    """
    if course.faults:
        text = f"not so within {budget:g} s: {told(course.faults)}"
        pending = any(fault.pending for fault in course.faults)
        return Judgement(consequence, Kind.NEVER_CONVERGED if pending else Kind.WRONG, text, course.looks)
    if course.lost:
        return Judgement(consequence, Kind.REGRESSED, f"reached, and lost again: {told(course.lost)}", course.looks)
    if course.reached is None:
        return Judgement(Verdict.ERROR, None, "the object was never looked at")
    right = Verdict.OBSERVED if consequence is Verdict.OBSERVED else Verdict.PASS
    return Judgement(right, samples=course.looks)


def told(faults: Sequence[Fault]) -> str:
    """Faults in one sentence."""
    texts = list(dict.fromkeys(fault.text for fault in faults))
    more = f"; and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return "; ".join(texts[:_SHOWN]) + more
