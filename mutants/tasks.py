"""What is played under which defect: decided at once, the same for the same seed and catalogue. Pure."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.evidence.model import Verdict
from harness.play import estimate
from harness.play.records import consequence
from harness.scenario.model import Scenario
from spec.defects import Defect, Variation

TaskKind = Literal["defect", "variation", "control"]
#: For the key of each task: the scenarios in which it might make a difference.
Reach = Mapping[str, Collection[str]]
#: What is played on the correct mesh goes under this name, in parts.
CONTROL = "none"
_CONTROL_PART = 12  # scenarios
_LONG = 8.0  # seconds: what takes longer is no sample, unless everything is played
_RATE = 100.0  # requests that take about as long as a second that is waited for
_MANY = 250  # likewise requests, for the samples under defects, of which there are hundreds


@dataclass(frozen=True, slots=True)
class Choice:
    """How much is played; `only` are globs over the ids of defects and variations, none for all of them.

    `sample` is how many unrelated scenarios are played with every `sampled`-th defect, `wide` how many under a
    variation; `at_most` is how many defects are chosen by chance, 0 for all of them, and `variations` likewise.
    Defects of `thorough` are played with all scenarios that they name (None: all defects are), others with as few as
    it takes (see `sparing`).
    """

    seed: int = 1
    full: bool = False
    only: tuple[str, ...] = ()
    sample: int = 1
    sampled: int = 2
    wide: int = 6
    at_most: int = 0
    variations: int = 0
    thorough: frozenset[str] | None = None


#: Minutes instead of a quarter of an hour: some defects of each area.
FAST = Choice(at_most=24, variations=5)


@dataclass(frozen=True, slots=True)
class Task:
    """Scenarios to be played under one defect (or variation, or none), those that it names first."""

    kind: TaskKind
    id: str
    scenarios: tuple[str, ...]
    digest: str  # of all that the result of any of its scenarios rests on
    seconds: float  # roughly, one after the other

    @property
    def key(self) -> str:
        """Tells it apart from every other task of a plan."""
        return f"{self.kind}:{self.id}"


class Deck:
    """Deals scenarios by chance, all of them as often as each other."""

    def __init__(self, names: Iterable[str], seed: int) -> None:
        self._names = sorted(names)
        self._random = random.Random(seed)  # noqa: S311 - a sample, no secret
        self._left: list[str] = []

    def deal(self, count: int, but: Collection[str]) -> list[str]:
        """So many names, none of them one of `but`; fewer where there are not so many."""
        found: list[str] = []
        passed: list[str] = []
        wanted = min(count, len(set(self._names) - set(but)))
        while len(found) < wanted:
            if not self._left:
                self._left = self._random.sample(self._names, len(self._names))
            name = self._left.pop()
            (passed if name in but or name in found else found).append(name)
        self._left += passed[::-1]
        return found


def plan(
    defects: Mapping[str, Defect],
    variations: Mapping[str, Variation],
    catalogue: Mapping[str, Scenario],
    choice: Choice,
    code: str = "",
    *,
    reach: Reach | None = None,
) -> list[Task]:
    """All tasks: those of the defects, of the variations, and controls of the scenarios that no variation plays.

    `code` stands for everything else that a result rests on. Where all is played, `reach` leaves out what cannot differ
    from the correct mesh, but for as many scenarios as are dealt otherwise: they would show that it is mistaken.
    """
    lengths = {name: estimate.seconds(scenario) for name, scenario in catalogue.items()}
    playable = [name for name, scenario in catalogue.items() if not scenario.unless]
    calm = [name for name in playable if lengths[name] <= _LONG and not catalogue[name].hazard]

    def task(kind: TaskKind, task_id: str, names: Sequence[str]) -> Task:
        known = [name for name in names if name in catalogue]
        content = json.dumps([code, kind, task_id])  # not what else is played, nor what may turn red: judged afterwards
        digest = hashlib.sha256(content.encode()).hexdigest()[:16]
        return Task(kind, task_id, tuple(known), digest, sum(lengths[name] for name in known))

    def within(kind: TaskKind, task_id: str) -> list[str]:
        """What is played because everything is."""
        if not choice.full:
            return []
        return [name for name in playable if reach is None or name in reach[f"{kind}:{task_id}"]]

    light = [name for name in calm if estimate.requests(catalogue[name]) <= _MANY]
    deck, wide = Deck(light, choice.seed), Deck(calm, choice.seed + 1)
    tasks = []
    wanted_defects = chosen(defects, choice)
    costs = {name: lengths[name] + estimate.requests(scenario) / _RATE for name, scenario in catalogue.items()}
    few_named = sparing(wanted_defects, costs)
    for number, defect in enumerate(wanted_defects):
        count = 0 if number % choice.sampled else choice.sample
        thorough = choice.full or choice.thorough is None or defect.id in choice.thorough
        named = scenarios_named(defect) if thorough else few_named[defect.id]
        wanted = within("defect", defect.id)
        others = [name for name in wanted if name not in named]
        dealt = deck.deal(count, {*scenarios_named(defect), *wanted})
        tasks.append(task("defect", defect.id, [*named, *others, *dealt]))
    for variation in few(matching(variations, choice.only), choice.variations, choice.seed):
        wanted = within("variation", variation)
        dealt = wide.deal(choice.wide, wanted)
        tasks.append(task("variation", variation, [*wanted, *dealt]))
    # What may be played later as well (`thorough`) is known of the correct mesh beforehand.
    ever = {name for each in tasks for name in each.scenarios} | {
        name for defect in wanted_defects for name in scenarios_named(defect)
    }
    played = {name for name in ever if name in catalogue and not catalogue[name].unless}
    harmless = {name for each in tasks if _unexcused(each, variations) for name in each.scenarios}
    # What is only observed may be another on a variation, and has to be known of the correct mesh.
    left = sorted(played - (harmless - {name for name in played if _observes(catalogue[name])}))
    parts = [left[start : start + _CONTROL_PART] for start in range(0, len(left), _CONTROL_PART)]
    controls = [task("control", f"{CONTROL}-{number}", names) for number, names in enumerate(parts, start=1)]
    return [*tasks, *controls]


def scenarios_named(defect: Defect) -> list[str]:
    """The scenarios of the checks that a defect has to turn red, in their order."""
    return list(dict.fromkeys(check.partition("/")[0] for check in defect.kills))


def sparing(defects: Sequence[Defect], costs: Mapping[str, float]) -> dict[str, list[str]]:
    """With which scenarios to begin: for each defect the cheapest that it names, and so many that no check is left out.

    A check is not left out when it is played under a defect that names it.
    """
    begun = {one.id: [min(scenarios_named(one), key=lambda name: costs.get(name, 0.0))] for one in defects}
    pairs: dict[str, list[Defect]] = {}
    for one in defects:
        for check in one.kills:
            pairs.setdefault(check, []).append(one)
    for check, naming in pairs.items():
        scenario = check.partition("/")[0]
        if not any(scenario in begun[one.id] for one in naming):
            fewest = min(naming, key=lambda one: (len(begun[one.id]), one.id))
            begun[fewest.id].append(scenario)
    return begun


def _unexcused(task: Task, variations: Mapping[str, Variation]) -> bool:
    """Whether no check may fail in this task."""
    return task.kind == "variation" and not variations[task.id].excused


def _observes(scenario: Scenario) -> bool:
    """Whether a check of it has no verdict but tells what a mesh does."""
    return any(consequence(check) is Verdict.OBSERVED for check in scenario.checks)


def chosen(defects: Mapping[str, Defect], choice: Choice) -> list[Defect]:
    """The defects that are meant; where only some are, as many of each area as there are of any other."""
    names = matching(defects, choice.only)
    if not choice.at_most or choice.at_most >= len(names):
        return [defects[name] for name in names]
    by_area: dict[str, list[str]] = {}
    for name in random.Random(choice.seed).sample(names, len(names)):  # noqa: S311
        by_area.setdefault(area(defects[name]), []).append(name)
    dealt: list[str] = []
    while len(dealt) < choice.at_most:
        dealt += [left.pop() for left in by_area.values() if left]
    kept = set(dealt[: choice.at_most])
    return [defects[name] for name in names if name in kept]


def area(defect: Defect) -> str:
    """The area of the first statement that a defect breaks."""
    return defect.breaks[0].partition(".")[0]


def matching(names: Iterable[str], globs: Sequence[str]) -> list[str]:
    """Those that a glob matches; all where there is no glob."""
    return [name for name in names if not globs or any(fnmatch.fnmatchcase(name, glob) for glob in globs)]


def few(names: Sequence[str], at_most: int, seed: int) -> list[str]:
    """At most so many of them, by chance and in their order; 0 for all."""
    if not at_most or at_most >= len(names):
        return list(names)
    kept = set(random.Random(seed).sample(list(names), at_most))  # noqa: S311
    return [name for name in names if name in kept]


def shard(tasks: Sequence[Task], index: int, count: int) -> list[Task]:
    """The ``index``-th (from 1) of ``count`` parts that take about as long as each other."""
    loads = [0.0] * count
    mine = []
    for task in longest_first(tasks):
        emptiest = loads.index(min(loads))
        loads[emptiest] += task.seconds
        if emptiest == index - 1:
            mine.append(task)
    return mine


def longest_first(tasks: Iterable[Task]) -> list[Task]:
    """In the order in which tasks are best begun."""
    return sorted(tasks, key=lambda task: (-task.seconds, task.key))
