"""Where the lab mesh's answer is none that the oracle allows, and the smallest world that still shows it."""

import copy
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lab.mesh.model.decisions import CONFORMANT, Decisions
from spec.crds import validate
from tests.oracle.lab_answer import Lab, in_http
from tests.oracle.model import READINGS, answers
from tests.oracle.random_routes import Json
from tests.oracle.strategies import Case
from tests.oracle.terms import UNSPECIFIED, Answers, Request, World, agree


@dataclass(frozen=True)
class Disagreement:
    """A request for which oracle and lab differ."""

    seed: str
    world: World
    request: Request
    model: Answers
    mesh: Answers

    def __str__(self) -> str:
        routes = (f"  {json.dumps(route)}" for route in self.world.routes)
        said = [f"oracle  {self.model}", f"lab     {self.mesh}"]
        return "\n".join([f"case {self.seed}: {self.request}", *routes, *said])


@dataclass
class Result:
    """What a comparison found; ``seen`` counts the oracle's outcomes, ``readings`` those that agreed."""

    cases: int = 0
    undecided: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    readings: Counter[str] = field(default_factory=Counter)
    disagreements: list[Disagreement] = field(default_factory=list)


def compare(cases: Iterable[Case], decisions: Decisions = CONFORMANT, stop_after: int = 5) -> Result:
    """Ask both about every request, until so many disagreements are found."""
    result = Result()
    for case in cases:
        lab = Lab(case.world, decisions)
        for request in case.requests:
            judge(result, case, request, lab.answers(request))
        if len(result.disagreements) >= stop_after:
            break
    return result


def judge(result: Result, case: Case, request: Request, mesh: Answers) -> None:
    """Note whether the oracle allows the answer."""
    model = answers(case.world, request)
    result.cases += 1
    result.undecided += model.get(UNSPECIFIED) == 1
    result.seen.update({type(outcome).__name__ for outcome in model})
    reading = next((one for one in READINGS if agree(in_http(answers(case.world, request, one)), mesh)), None)
    if reading is None:
        result.disagreements.append(Disagreement(case.seed, case.world, request, model, mesh))
    else:
        result.readings[str(reading)] += 1


def shrunk(found: Disagreement, decisions: Decisions = CONFORMANT) -> Disagreement:
    """The same disagreement with as little of the routes as possible."""
    parts = _without_a_part([dict(one) for one in found.world.routes])
    smaller = (_asked(found, routes, decisions) for routes in parts)
    better = next((one for one in smaller if one is not None), None)
    return found if better is None else shrunk(better, decisions)


def _asked(found: Disagreement, routes: list[Json], decisions: Decisions) -> Disagreement | None:
    if any(validate(route) for route in routes):
        return None
    world = World(found.world.services, tuple(routes))
    case = Case(found.seed, world, (found.request,))
    return next(iter(compare([case], decisions).disagreements), None)


def _without_a_part(routes: list[Json]) -> Iterator[list[Json]]:
    """Routes without one of them, or without one item of one of the lists below."""
    for number, route in enumerate(routes):
        yield routes[:number] + routes[number + 1 :]
        for path in _lists(route["spec"]):
            cut = copy.deepcopy(route)
            holder, (*way, last) = cut["spec"], path
            for step in way:
                holder = holder[step]
            del holder[last]
            yield [*routes[:number], cut, *routes[number + 1 :]]


def _lists(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """The places of all items of lists."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _lists(one, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield (*path, index)
            yield from _lists(one, (*path, index))
