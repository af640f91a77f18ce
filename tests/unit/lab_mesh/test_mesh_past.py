"""Defects of memory: what is stale, undone, or kept on a connection."""

from __future__ import annotations

from typing import Any

import pytest

from lab.defects.registry import registry
from lab.mesh.envoy.numbering import CONNECTION, DRAW, FIRST, NUMBER
from lab.mesh.envoy.types import LISTENER, ROUTES
from lab.mesh.model.decisions import CONFORMANT
from lab.mesh.model.history import History
from lab.mesh.plan import Planner
from lab.mesh.world.snapshot import World
from tests.contract.lab_mesh.bench import stage
from tests.contract.lab_mesh.objects import endpoints, parent, prefix, route, rule, service
from tests.contract.lab_mesh.worlds import world_of

FRONT = [service("front", "10.96.2.1"), endpoints("front", "10.244.1.1")]
OTHER = [service("other", "10.96.2.2"), endpoints("other", "10.244.1.1")]
V1 = route("r", parent("front"), rule(prefix("/a"), to="v1"), rule(prefix("/b"), to="v1"))
V2 = route("r", parent("front"), rule(prefix("/a"), to="v2"), rule(prefix("/c"), to="v2"))


class Past:
    """A mesh with a defect that sees one state of the cluster after the other; times are in seconds."""

    def __init__(self, defect: str) -> None:
        self.now = 100.0
        self.history = History(clock=lambda: self.now)
        self.decisions = registry[defect].decisions
        self.sees(world_of(stage()))

    def sees(self, world: World) -> None:
        self.now += 10
        self.history.observe(world)
        self.world = world

    def paths(self, seconds: float = 0.1, name: str = "10.96.2.1:80") -> list[str]:
        """The prefixes that routes have so much later, each with its cluster, and what becomes of the rest."""
        self.now += seconds
        followed = self.decisions.world(self.world, self.history)
        self.now -= seconds
        (*_, everybody) = Planner(CONFORMANT).plan(followed).resources[ROUTES][name]["virtual_hosts"]
        return [_told(route) for route in everybody["routes"]]


def _told(found: dict[str, Any]) -> str:
    path = found["match"].get("path_separated_prefix", "*")
    answer = found.get("direct_response", {}).get("status")
    return f"{path} {answer or found['route']['cluster'].partition('/')[2]}"


OLD, NEW = ["/a v1:80", "/b v1:80", "* 404"], ["/a v2:80", "/c v2:80", "* 404"]


@pytest.mark.parametrize(
    ("defect", "seconds", "expected"),
    [
        ("one-update-behind", 0.1, OLD),
        ("old-version-returns", 0.1, NEW),
        ("old-version-returns", 0.6, OLD),
        ("old-version-returns", 0.8, NEW),
        ("old-version-returns", 1.6, OLD),
        ("old-version-returns", 90.0, NEW),
        ("removed-rules-stay", 0.1, ["/a v2:80", "/a v1:80", "/c v2:80", "/b v1:80", "* 404"]),
        ("added-rules-missed", 0.1, NEW),
        ("last-route-lingers", 0.1, NEW),
    ],
)
def test_after_an_update(defect: str, seconds: float, expected: list[str]) -> None:
    past = Past(defect)
    past.sees(world_of([*stage(), *FRONT, V1]))
    past.sees(world_of([*stage(), *FRONT, V2]))
    assert sorted(past.paths(seconds)) == sorted(expected)


@pytest.mark.parametrize(
    ("defect", "seconds", "expected"),
    [
        ("last-route-lingers", 0.1, OLD),
        ("deleted-route-still-rejects", 0.1, ["* 404"]),
        ("one-of-several-lingers", 0.1, ["* front:80"]),
        ("deleted-route-returns", 0.1, ["* front:80"]),
        ("deleted-route-returns", 0.6, OLD),
        ("deletion-takes-others", 0.1, ["* front:80"]),
    ],
)
def test_after_the_last_route_is_deleted(defect: str, seconds: float, expected: list[str]) -> None:
    past = Past(defect)
    past.sees(world_of([*stage(), *FRONT, V1]))
    past.sees(world_of([*stage(), *FRONT]))
    assert past.paths(seconds) == expected


@pytest.mark.parametrize(
    ("defect", "expected"),
    [
        ("last-route-lingers", ["/b v2:80", "* 404"]),
        ("one-of-several-lingers", ["/a v1:80", "/b v1:80", "/b v2:80", "* 404"]),
        ("deletion-takes-others", ["* front:80"]),
        ("tie-loser-not-restored", ["* 404"]),
    ],
)
def test_after_one_of_several_routes_is_deleted(defect: str, expected: list[str]) -> None:
    rest = route("s", parent("front"), rule(prefix("/b"), to="v2"))
    past = Past(defect)
    past.sees(world_of([*stage(), *FRONT, V1, rest]))
    past.sees(world_of([*stage(), *FRONT, rest]))
    assert sorted(past.paths()) == sorted(expected)


@pytest.mark.parametrize(
    ("defect", "old", "new"),
    [
        ("old-parent-stays-routed", OLD, OLD),
        ("old-parent-still-rejects", ["* 404"], OLD),
        ("last-route-lingers", ["* front:80"], OLD),
    ],
)
def test_after_a_route_was_pointed_elsewhere(defect: str, old: list[str], new: list[str]) -> None:
    moved = route("r", parent("other"), rule(prefix("/a"), to="v1"), rule(prefix("/b"), to="v1"))
    past = Past(defect)
    past.sees(world_of([*stage(), *FRONT, *OTHER, V1]))
    past.sees(world_of([*stage(), *FRONT, *OTHER, moved]))
    assert (past.paths(), past.paths(name="10.96.2.2:80")) == (old, new)


@pytest.mark.parametrize(
    ("defect", "expected"),
    [
        ("parents-resolved-once", ["* front:80"]),
        ("parents-by-identifier", OLD),
        ("changed-service-detaches", OLD),
        ("backends-resolved-once", OLD),
    ],
)
def test_a_service_that_comes_after_its_route(defect: str, expected: list[str]) -> None:
    past = Past(defect)
    past.sees(world_of([*stage(), V1]))
    past.sees(world_of([*stage(), *FRONT, V1]))
    assert past.paths() == expected


def test_a_backend_that_comes_after_a_route_and_goes() -> None:
    late = route("r", parent("front"), rule(prefix("/a"), to="other"))
    expected = {
        "backends-resolved-once": ["/a 500", "* 404"],
        "lost-backend-stays": ["/a other:80", "* 404"],
    }
    for defect, paths in expected.items():
        past = Past(defect)
        past.sees(world_of([*stage(), *FRONT, late]))
        past.sees(world_of([*stage(), *FRONT, *OTHER, late]))
        assert past.paths() == paths
    gone = {"lost-backend-stays": ["/a other:80", "* 404"], "one-update-behind": ["/a 500", "* 404"]}
    for defect, paths in gone.items():
        past = Past(defect)
        past.sees(world_of([*stage(), *FRONT, *OTHER, late]))
        past.sees(world_of([*stage(), *FRONT, late]))
        assert past.paths() == paths


def test_a_route_that_comes_back() -> None:
    for defect, expected in {"recreated-route-unseen": ["* front:80"], "deleted-route-returns": OLD}.items():
        past = Past(defect)
        past.sees(world_of([*stage(), *FRONT, V1]))
        assert past.paths() == OLD
        past.sees(world_of([*stage(), *FRONT]))
        past.sees(world_of([*stage(), *FRONT, V1]))
        assert past.paths() == expected


def test_requests_are_numbered_only_where_a_defect_asks_for_it() -> None:
    world = world_of([*stage(), *FRONT, V1])
    plain = Planner(CONFORMANT).plan(world).resources
    numbered = Planner(registry["weights-per-connection"].decisions).plan(world).resources
    name = "10.96.2.1:80"
    assert "numbering" not in str(plain[LISTENER][name])
    (chain,) = numbered[LISTENER][name]["filter_chains"]
    assert chain["filters"][0]["typed_config"]["http_filters"][0]["name"] == "numbering"
    removed = set(numbered[ROUTES][name]["request_headers_to_remove"])
    assert removed - set(plain[ROUTES][name]["request_headers_to_remove"]) >= {CONNECTION, NUMBER, DRAW, FIRST}
