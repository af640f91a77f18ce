"""Route status."""

from __future__ import annotations

from typing import Any

import pytest

from lab.mesh.status import CONTROLLER, desired_parents
from lab.mesh.world.route import RouteKey
from tests.contract.lab_mesh.objects import P, backend, parent, prefix, route, rule, service
from tests.contract.lab_mesh.worlds import world_of

SERVICES = [service("front", "10.96.0.1", ports={"http": 80, "alt": 8080}), service("v1", "10.96.0.2")]
NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z"
FOREIGN = {
    "parentRef": {"group": "", "kind": "Service", "name": "front"},
    "controllerName": "example.net/other",
    "conditions": [{"type": "Accepted", "status": "False", "reason": "X", "extra": [1]}],
}
CORS = {"type": "Unheard"}


def status(made: dict[str, Any], current: Any = (), now: str = NOW, services: Any = SERVICES) -> list[dict[str, Any]]:
    world = world_of([*services, made])
    (only,) = world.routes.values()
    return desired_parents(world, only, list(current), now)


def brief(entry: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {each["type"]: (each["status"], each["reason"]) for each in entry["conditions"]}


GOOD = {"Accepted": ("True", "Accepted"), "ResolvedRefs": ("True", "ResolvedRefs")}


def test_good_route() -> None:
    ref = parent("front", P, sectionName="http")
    (entry,) = status(route("r", ref, rule(to="v1"), generation=7))
    assert entry["parentRef"] == ref
    assert entry["controllerName"] == CONTROLLER == "gamma.test/lab-mesh"
    assert brief(entry) == GOOD
    assert {each["observedGeneration"] for each in entry["conditions"]} == {7}
    assert {each["lastTransitionTime"] for each in entry["conditions"]} == {NOW}


@pytest.mark.parametrize(
    "ref",
    [{"kind": "Service", "name": "front"}, {"name": "front"}, {"group": "core", "kind": "Service", "name": "front"}],
)
def test_parents_that_are_not_ours_get_no_entry(ref: dict[str, Any]) -> None:
    assert status(route("r", ref, rule(to="v1"))) == []
    assert status(route("r", [ref, parent("front")], rule(to="v1")))[0]["parentRef"] == parent("front")


def test_parents_are_judged_one_by_one() -> None:
    refs = [parent("front", sectionName="alt"), parent("ghost"), parent("front", sectionName="nope")]
    entries = status(route("r", refs, rule(to="v1")))
    assert [entry["parentRef"] for entry in entries] == refs
    assert [brief(entry)["Accepted"] for entry in entries] == [
        ("True", "Accepted"),
        ("False", "NoMatchingParent"),
        ("False", "NoMatchingParent"),
    ]


@pytest.mark.parametrize(
    ("ref", "reason", "named"),
    [
        (backend("ghost"), "BackendNotFound", "ghost"),
        ({"group": "x.example", "kind": "Odd", "name": "v1"}, "InvalidKind", "x.example/Odd"),
        (backend("v1", port=99), "BackendNotFound", "99"),
    ],
)
def test_bad_backend_is_reported_and_the_route_stays_accepted(ref: dict[str, Any], reason: str, named: str) -> None:
    (entry,) = status(route("r", parent("front"), rule(to=[backend("v1"), ref])))
    assert brief(entry) == {"Accepted": ("True", "Accepted"), "ResolvedRefs": ("False", reason)}
    (message,) = (each["message"] for each in entry["conditions"] if each["type"] == "ResolvedRefs")
    assert named in message


def test_mirror_and_extension_are_references_too() -> None:
    mirror = {"type": "RequestMirror", "requestMirror": {"backendRef": backend("ghost")}}
    (entry,) = status(route("r", parent("front"), rule(to="v1", filters=[mirror])))
    assert brief(entry)["ResolvedRefs"] == ("False", "BackendNotFound")
    (entry,) = status(route("r", parent("front"), rule(to="v1", filters=[{"type": "ExtensionRef"}])))
    assert brief(entry)["ResolvedRefs"] == ("False", "InvalidKind")


def test_partially_invalid_only_when_mixed() -> None:
    bad, good = rule(prefix("/b"), to="v1", filters=[CORS]), rule(prefix("/g"), to="v1")
    (entry,) = status(route("r", parent("front"), good, bad))
    assert brief(entry) == GOOD | {"PartiallyInvalid": ("True", "UnsupportedValue")}
    (message,) = (each["message"] for each in entry["conditions"] if each["type"] == "PartiallyInvalid")
    assert message.startswith("Dropped Rule: rule 1: filter Unheard")
    (entry,) = status(route("r", parent("front"), bad))
    assert brief(entry) == GOOD | {"Accepted": ("False", "UnsupportedValue")}
    (entry,) = status(route("r", parent("ghost"), good, bad))
    assert "PartiallyInvalid" not in brief(entry)


def test_nothing_to_write_is_told_by_equality() -> None:
    made = route("r", parent("front"), rule(to="v1"))
    assert status(made, status(made), now=LATER) == status(made)


def test_times_change_with_the_status_and_not_with_anything_else() -> None:
    made = route("r", parent("front"), rule(to="ghost"))
    before = status(made)
    made["metadata"]["generation"] = 2
    (entry,) = status(made, before, LATER, [*SERVICES, service("ghost", "10.96.0.9")])
    times = {each["type"]: each["lastTransitionTime"] for each in entry["conditions"]}
    assert times == {"Accepted": NOW, "ResolvedRefs": LATER}
    assert {each["observedGeneration"] for each in entry["conditions"]} == {2}


def test_what_others_wrote_stays_where_and_as_it_is() -> None:
    made = route("r", parent("front"), rule(to="v1"))
    (own,) = status(made)
    theirs = {"type": "special.io/Foo", "status": "Unknown", "reason": "R", "odd": {"a": 1}}
    mixed = {**own, "conditions": [theirs, *own["conditions"]]}
    assert status(made, [FOREIGN, mixed]) == [FOREIGN, mixed]
    assert status(made, [FOREIGN]) == [FOREIGN, own]


def test_own_entries_of_parents_that_are_gone_are_removed() -> None:
    both = status(route("r", [parent("front"), parent("v1")], rule(to="v1")))
    left = status(route("r", parent("v1"), rule(to="v1")), [both[0], FOREIGN, both[1]])
    assert left == [FOREIGN, both[1]]
    assert status(route("r", [], rule(to="v1")), [*both, FOREIGN]) == [FOREIGN]


def test_default_namespace_in_an_entry_is_the_same_parent() -> None:
    made = route("r", parent("front"), rule(to="v1"))
    (own,) = status(made)
    filled = {**own, "parentRef": {**own["parentRef"], "namespace": P}}
    assert len(status(made, [filled])) == 1


def test_stale_condition_of_ours_goes_away() -> None:
    bad, good = rule(prefix("/b"), to="v1", filters=[CORS]), rule(prefix("/g"), to="v1")
    mixed = status(route("r", parent("front"), good, bad))
    (entry,) = status(route("r", parent("front"), good), mixed)
    assert "PartiallyInvalid" not in brief(entry)


def test_key_of_the_route_is_its_namespace_and_name() -> None:
    world = world_of([route("r", parent("front"), rule(to="v1"))])
    assert list(world.routes) == [RouteKey(P, "r", "HTTPRoute")]
