"""What a defect can make a difference in, computed from recorded scenes."""

from __future__ import annotations

from typing import Any

import pytest

from harness.scenario.model import Scenario
from lab.defects.registry import selectable
from lab.mesh.controller import Json
from lab.mesh.model.published import desired_status
from lab.mesh.status import CONTROLLER, desired_parents
from lab.mesh.world.route import RouteKey
from lab.mesh.world.snapshot import World
from mutants.scenes import Scene, Snapshot
from mutants.shadow import Original, differs
from tests.contract.lab_mesh.bench import stage
from tests.contract.lab_mesh.objects import parent, prefix, route, rule
from tests.contract.lab_mesh.worlds import world_of
from tests.unit.mutants.test_mutants_tasks import catalogue

TIMED = route("a", parent("v1"), rule(prefix("/a"), to="v2", timeouts={"request": "2s"}))
REDIRECT = {"type": "RequestRedirect", "requestRedirect": {"statusCode": 301}}
HEADERS = {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "x-a", "value": "b"}]}}
OWN_MESH = {
    "apiVersion": "gateway.networking.x-k8s.io/v1alpha1",
    "kind": "XMesh",
    "metadata": {"name": "embedded", "generation": 1},
    "spec": {"controllerName": CONTROLLER},
}
PLAIN = route("a", parent("v1"), rule(prefix("/a"), to="v2"))


def snapshot(at: float, *routes: Json) -> Snapshot:
    world = world_of([*stage(), *routes])
    return Snapshot(at, world, {key: by_name(routes)[key.name] for key in world.routes}, {})


def by_name(routes: tuple[Json, ...]) -> dict[str, Json]:
    return {each["metadata"]["name"]: each for each in routes}


def scene(name: str, *contents: tuple[Json, ...]) -> Scene:
    """A change a second, and a second more."""
    return Scene(name, tuple(snapshot(float(at), *routes) for at, routes in enumerate(contents)), float(len(contents)))


def reached(defect: str, *scenes: Scene) -> list[str]:
    scenarios: dict[str, Scenario] = {one.scenario: next(iter(catalogue().values())) for one in scenes}
    return differs(Original(scenes), selectable[defect].decisions, scenarios, 1.0)


def test_a_defect_reaches_the_scenes_that_have_what_it_is_about() -> None:
    scenes = scene("timed", (), (TIMED,)), scene("plain", (), (PLAIN,)), scene("empty", ())
    assert reached("timeout-ignored", *scenes) == ["timed"]
    assert reached("unmatched-falls-through", *scenes) == ["timed", "plain"]


def test_nothing_is_reached_by_a_mesh_without_fault() -> None:
    scenes = scene("timed", (), (TIMED,)), scene("empty", ())
    original = Original(scenes)
    conformant: Any = selectable["timeout-ignored"].decisions.__class__()
    assert differs(original, conformant, {one.scenario: next(iter(catalogue().values())) for one in scenes}, 1.0) == []


@pytest.mark.parametrize("name", sorted(selectable))
def test_where_nothing_was_configured_only_those_reach_that_touch_all_traffic(name: str) -> None:
    """A defect that reaches an empty scene reaches one with a route, too."""
    found = reached(name, scene("empty", (), ()), scene("routed", (), (TIMED,), ()))
    assert "empty" not in found or "routed" in found


REDIRECTED = route("a", parent("v1"), rule(prefix("/a"), filters=[REDIRECT]), rule(prefix("/b"), to="v2"))


@pytest.mark.parametrize("name", ["redirect-also-forwarded", "request-filter-of-first-request"])
def test_a_script_reaches_what_tells_it_something_to_do(name: str) -> None:
    filtered = route("a", parent("v1"), rule(prefix("/a"), to="v2", filters=[HEADERS]))
    scenes = scene("redirected", (), (REDIRECTED,)), scene("filtered", (), (filtered,)), scene("plain", (), (PLAIN,))
    assert len(reached(name, *scenes)) == 1


def test_a_view_of_its_own_reaches_where_there_is_something_else_to_see() -> None:
    timed, plain = (
        route("a", parent("v1", "gamma-producer"), rule(prefix("/a"), to="v2", **more), namespace="gamma-consumer")
        for more in ({"timeouts": {"request": "2s"}}, {})
    )
    scenes = scene("timed", (), (timed,)), scene("plain", (), (plain,)), scene("empty", ())
    assert reached("consumer-timeout-misses-first-workload", *scenes) == ["timed"]


def test_what_the_lab_says_of_itself_reaches_those_who_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Snapshot(0.0, world_of(stage()), {}, {"lab": OWN_MESH})
    scenes = Scene("asks", (seen,), 1.0), Scene("asks-not", (seen,), 1.0)
    plain = next(iter(catalogue().values()))
    asking = plain.model_copy(update={"why": "Mesh/embedded has to be described"})
    found = differs(
        Original(scenes), selectable["mesh-features-missing"].decisions, {"asks": asking, "asks-not": plain}, 1.0
    )
    assert found == ["asks"]


def test_a_change_is_needed_for_defects_of_reacting_to_it() -> None:
    changed = TIMED, PLAIN
    lasting = scene("lasting", (), changed[:1]), scene("changed", (), changed[:1], changed[1:])
    assert reached("one-update-behind", *lasting) == ["changed"]


def test_status_alone_is_a_difference() -> None:
    assert "routed" in reached("accepted-for-own-reason", scene("routed", (), (PLAIN,)))


def test_a_verdict_that_was_corrected_before_the_change_was_recorded_was_another_before() -> None:
    """The mesh may be quicker than the recorder: then a change and its status are first seen together."""
    gone = route("a", parent("v1"), rule(prefix("/a"), to="not-there"))
    scenes = scene("gone", (told(PLAIN),), (told(gone, generation=2),)), scene("stays", (told(PLAIN),), (told(PLAIN),))
    assert reached("verdict-frozen", *scenes) == ["gone"]


def told(what: Json, generation: int = 1) -> Json:
    """The route with the status that the conformant mesh gives it."""
    what = {**what, "metadata": {**what["metadata"], "generation": generation}}
    world = world_of([*stage(), what])
    return {**what, "status": {"parents": desired_parents(world, world.routes[next(iter(world.routes))], (), "now")}}


@pytest.mark.parametrize(("generation", "reaches"), [(1, False), (2, True)])
def test_a_mesh_that_describes_itself_is_told_from_what_it_had_said(generation: int, reaches: bool) -> None:
    """As for routes: what `mesh-generation-of-the-first-verdict` keeps is in the moment before."""
    new = OWN_MESH | {"metadata": {"name": "embedded", "generation": generation}}
    said, corrected = (one | {"status": desired_status(one, (), "now")} for one in (OWN_MESH, new))
    scenes = Scene(
        "asks",
        tuple(Snapshot(at, world_of(stage()), {}, {"lab": obj}) for at, obj in ((0.0, said), (1.0, corrected))),
        2.0,
    )
    asking = next(iter(catalogue().values())).model_copy(update={"why": "Mesh/embedded has to be described"})
    decisions = selectable["mesh-generation-of-the-first-verdict"].decisions
    assert differs(Original((scenes,)), decisions, {"asks": asking}, 1.0) == (["asks"] if reaches else [])


def test_what_arrives_late_reaches_everything() -> None:
    assert reached("config-late-3s", scene("empty", ())) == ["empty"]


def test_keys_of_snapshots_are_those_of_the_world() -> None:
    seen = snapshot(0.0, PLAIN)
    assert isinstance(seen.world, World)
    assert {key.name for key in seen.routes} == {"a"}
    assert all(isinstance(key, RouteKey) for key in seen.routes)
