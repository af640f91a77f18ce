"""Objects that are to be of one age: the API tells creation times in whole seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cluster import Obj, Ref
from harness.evidence.model import Verdict

from .world import World, correct, route, scenario

ROUTES = ("front", "front-other")


def world(tmp_path: Path, created: Callable[[int], str]) -> World:
    """``created`` gives the time of the n-th route that is made."""
    made, times = World(tmp_path, correct), dict[Ref, str]()
    get, delete = made.cluster.get, made.cluster.delete
    count = 0

    def dated(ref: Ref) -> Obj | None:
        nonlocal count
        found = get(ref)
        if found is None or ref.kind != "HTTPRoute":
            return found
        if ref not in times:
            times[ref] = created(count)
            count += 1
        return {**found, "metadata": {**found["metadata"], "creationTimestamp": times[ref]}}

    def forget(ref: Ref) -> bool:
        times.pop(ref, None)
        return delete(ref)

    made.cluster.get, made.cluster.delete = dated, forget  # type: ignore[method-assign]
    return made


def together() -> dict[str, object]:
    plain = scenario()
    manifests = {**plain.manifests, "route": tuple(route(name, "front") for name in ROUTES)}
    steps = [step.model_dump(by_alias=True, exclude_none=True, exclude_defaults=True) for step in plain.steps]
    steps[2]["together"] = True
    return {"manifests": manifests, "steps": steps}


def applied(made: World) -> list[str]:
    return [line for line in made.cluster.log if line.startswith("apply HTTPRoute front")]


def test_routes_of_one_second_are_applied_once(tmp_path: Path) -> None:
    made = world(tmp_path, lambda number: "2026-01-01T00:00:00Z")
    played = made.play(scenario(**together()))
    assert {check.verdict for check in played.checks} == {Verdict.PASS}
    assert applied(made) == [f"apply HTTPRoute {name}" for name in ROUTES]


def test_routes_of_two_seconds_are_made_again(tmp_path: Path) -> None:
    made = world(tmp_path, lambda number: "00" if number in (0, 3) else "01")
    made.play(scenario(**together()))
    assert len(applied(made)) == 6
    made = world(tmp_path, lambda number: "00" if number == 0 else "01")
    played = made.play(scenario(**together()))
    assert len(applied(made)) == 4
    assert {check.verdict for check in played.checks} == {Verdict.PASS}


def test_an_api_that_is_too_slow_is_our_trouble(tmp_path: Path) -> None:
    played = world(tmp_path, str).play(scenario(**together()))
    assert {check.verdict for check in played.checks} <= {Verdict.ERROR, Verdict.NOT_RUN}


@pytest.mark.parametrize("asked", [True, False])
def test_ages_are_looked_at_only_where_asked_for(tmp_path: Path, asked: bool) -> None:
    changed = together()
    if not asked:
        changed["steps"][2].pop("together")  # type: ignore[index]
    made = world(tmp_path, lambda number: str(min(number, 2)))
    made.play(scenario(**changed))
    assert (len(applied(made)) > len(ROUTES)) is asked
