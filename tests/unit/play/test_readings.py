"""What the API says of an object, judged: entries, conditions, generations, controllers, features."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.play.readings import controllers, status_faults
from harness.play.statuses import Known, Written, describe, reference
from harness.scenario.basics import WRITTEN
from harness.scenario.model import StatusCheck

MESH = "example.com/mesh"
KNOWN = Known(MESH)


def check(**fields: Any) -> StatusCheck:
    written = {"check": "c", "proves": ["status.accepted-true"], "of": "HTTPRoute/r", **fields}
    return StatusCheck.model_validate(written, context=WRITTEN)


def condition(kind: str, status: str = "True", generation: int | None = 2, **more: Any) -> dict[str, Any]:
    about = {} if generation is None else {"observedGeneration": generation}
    return {"type": kind, "status": status, "reason": kind, "message": "", **about, **more}


def entry(*conditions: dict[str, Any], by: str = MESH, **ref: Any) -> dict[str, Any]:
    parent = {"group": "", "kind": "Service", "name": "s", **ref}
    return {"parentRef": parent, "controllerName": by, "conditions": list(conditions)}


def route(*entries: dict[str, Any], parents: list[dict[str, Any]] | None = None, generation: int = 2) -> dict[str, Any]:
    refs = parents if parents is not None else [{"group": "", "kind": "Service", "name": "s"}]
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "r", "namespace": "gamma-producer", "generation": generation},
        "spec": {"parentRefs": refs},
        "status": {"parents": list(entries)},
    }


def faults(asked: StatusCheck, obj: dict[str, Any] | None, known: Known = KNOWN) -> list[str]:
    return [fault.text for fault in status_faults(asked, obj, known)]


ACCEPTED = check(conditions={"Accepted": "True"})
GOOD = route(entry(condition("Accepted"), condition("ResolvedRefs")))


def test_a_right_status_has_no_fault() -> None:
    assert faults(ACCEPTED, GOOD) == []
    assert faults(check(conditions={"Accepted": True, "ResolvedRefs": "True"}, entries="exact"), GOOD) == []


@pytest.mark.parametrize("obj", [None, route(), route(entry(condition("Accepted"), by="example.net/other"))])
def test_silence_satisfies_no_condition(obj: dict[str, Any] | None) -> None:
    (fault,) = status_faults(ACCEPTED, obj, KNOWN)
    assert fault.pending


def test_an_entry_without_conditions_is_silence_too() -> None:
    (fault,) = status_faults(check(conditions={"PartiallyInvalid": "absent"}), route(entry()), KNOWN)
    assert fault.pending


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ({"Accepted": "False"}, "Accepted=True (Accepted), expected Accepted=False"),
        ({"Accepted": "absent"}, "expected none"),
        ({"PartiallyInvalid": "True"}, "there is no condition PartiallyInvalid"),
        ({"Accepted": {"status": "True", "reason": ["Fine", "Good"]}}, "expected the reason Fine or Good"),
        ({"Accepted": {"status": "True", "messageHas": "why"}}, "does not say 'why'"),
    ],
)
def test_another_condition_is_a_fault(wanted: dict[str, Any], text: str) -> None:
    found = status_faults(check(conditions=wanted), GOOD, KNOWN)
    assert [text in fault.text for fault in found] == [True]
    assert not found[0].pending


def test_reasons_and_messages_that_fit() -> None:
    told = route(entry(condition("ResolvedRefs", "False", reason="BackendNotFound", message="no Service x-missing")))
    wanted = {"ResolvedRefs": {"status": "False", "reason": "BackendNotFound", "messageHas": ["x-missing", "no"]}}
    assert faults(check(conditions=wanted), told) == []


@pytest.mark.parametrize("generation", [1, 3, None])
def test_a_condition_about_another_generation_does_not_count(generation: int | None) -> None:
    stale = route(entry(condition("Accepted", generation=generation)))
    (fault,) = status_faults(ACCEPTED, stale, KNOWN)
    assert fault.pending
    assert "generation" in fault.text


def test_one_stale_condition_beside_a_current_one_is_a_fault() -> None:
    assert faults(ACCEPTED, route(entry(condition("Accepted"), condition("ResolvedRefs", generation=1))))


def test_an_absent_condition_is_believed_only_of_the_present_generation() -> None:
    asked = check(conditions={"PartiallyInvalid": "absent"})
    assert faults(asked, GOOD) == []
    assert faults(asked, route(entry(condition("Accepted", generation=1))))


def test_a_condition_written_twice_is_a_fault() -> None:
    assert faults(ACCEPTED, route(entry(condition("Accepted"), condition("Accepted"))))


TWO = [{"group": "", "kind": "Service", "name": "s"}, {"group": "", "kind": "Service", "name": "t", "port": 80}]


def test_every_service_parent_needs_its_conditions() -> None:
    one = route(entry(condition("Accepted")), parents=TWO)
    assert "no entry for Service t port 80" in faults(ACCEPTED, one)[0]
    both = route(entry(condition("Accepted")), entry(condition("Accepted"), name="t", port=80), parents=TWO)
    assert faults(ACCEPTED, both) == []
    assert faults(check(conditions={"Accepted": "True"}, entries="exact"), both) == []


def test_the_core_group_goes_by_two_names() -> None:
    parents = [{"group": "core", "kind": "Service", "name": "s"}]
    assert faults(ACCEPTED, route(entry(condition("Accepted"), group="core"), parents=parents)) == []
    assert faults(ACCEPTED, route(parents=parents))


def test_parents_that_are_no_services_are_not_asked_for() -> None:
    refs = [*TWO[:1], {"name": "gateway"}]
    assert faults(check(conditions={"Accepted": "True"}, entries="exact"), route(*_entries(GOOD), parents=refs)) == []


def _entries(obj: dict[str, Any]) -> list[dict[str, Any]]:
    return list(obj["status"]["parents"])


def test_a_parent_is_told_by_the_fields_that_are_given() -> None:
    mixed = route(entry(condition("Accepted")), entry(condition("Accepted", "False"), name="t", port=80), parents=TWO)
    assert faults(check(parent={"name": "s"}, conditions={"Accepted": "True"}), mixed) == []
    assert faults(check(parent={"name": "t", "port": 80}, conditions={"Accepted": "False"}), mixed) == []
    assert faults(check(parent={"name": "t", "port": 81}, conditions={"Accepted": "False"}), mixed)
    assert faults(check(parent={"kind": "Service", "group": ""}, conditions={"Accepted": "True"}), mixed)


@pytest.mark.parametrize(
    "wrong",
    [
        route(),
        route(*_entries(GOOD), *_entries(GOOD)),
        route(*_entries(GOOD), entry(condition("Accepted"), name="never-named")),
        route(entry(condition("Accepted"), port=80)),
        route(entry(condition("Accepted"), namespace="gamma-consumer")),
    ],
)
def test_exact_entries_are_one_for_each_parent_and_no_other(wrong: dict[str, Any]) -> None:
    assert faults(check(entries="exact"), wrong)


def test_the_own_namespace_goes_without_saying() -> None:
    assert faults(check(entries="exact"), route(entry(namespace="gamma-producer"))) == []


def test_no_entries() -> None:
    none = check(entries="none")
    assert faults(none, route()) == []
    assert faults(none, route(entry(by="example.net/other"))) == []
    assert faults(none, GOOD)
    assert faults(check(entries="none", parent={"name": "t"}), GOOD) == []


def test_conditions_that_must_not_hold() -> None:
    never = check(notConditions={"Accepted": "True"})
    assert faults(never, route()) == []
    assert faults(never, route(entry(condition("Accepted", "False")))) == []
    assert faults(never, GOOD)
    assert faults(never, route(entry(condition("Accepted", generation=1)))) == [], "it says nothing about generation 2"
    assert faults(check(notConditions={"Accepted": {"status": "True", "reason": "Other"}}), GOOD) == []


def test_controller_names() -> None:
    unknown = Known()
    assert faults(ACCEPTED, route(entry(condition("Accepted"), by="mesh")), unknown) == [
        "the controllerName 'mesh' is not of the form DOMAIN/PATH"
    ]
    two = route(entry(condition("Accepted")), entry(condition("Accepted"), by="a.b/c", name="t", port=80), parents=TWO)
    assert any("several controllerNames" in text for text in faults(ACCEPTED, two, unknown))
    assert controllers(two, unknown) == {MESH, "a.b/c"}
    assert "no entry for Service s" in faults(ACCEPTED, GOOD, Known("example.com/else"))[0]


FOREIGN = entry(condition("Accepted", "False", generation=1), by="example.net/other")
EXTRA = condition("Extra", generation=1)


def test_a_foreign_entry_is_kept_byte_for_byte() -> None:
    known = Known("", {"foreign": Written(entry=FOREIGN)})
    asked = check(conditions={"Accepted": "True"}, keeps="foreign")
    assert faults(asked, route(*_entries(GOOD), FOREIGN), known) == []
    assert faults(asked, GOOD, known)
    changed = {**FOREIGN, "conditions": [condition("Accepted", "True", generation=1)]}
    assert faults(asked, route(*_entries(GOOD), changed), known)
    assert controllers(route(*_entries(GOOD), FOREIGN), known) == {MESH}


def test_a_foreign_condition_is_kept_and_may_stay_as_it_is() -> None:
    known = Known(MESH, {"extra": Written(condition=EXTRA)})
    asked = check(conditions={"Accepted": "True"}, keeps="extra")
    assert faults(asked, route(entry(condition("Accepted"), EXTRA)), known) == []
    assert faults(asked, GOOD, known)


def mesh(*conditions: dict[str, Any], features: list[str] = []) -> dict[str, Any]:  # noqa: B006 - never changed
    return {
        "apiVersion": "gateway.networking.x-k8s.io/v1alpha1",
        "kind": "XMesh",
        "metadata": {"name": "m", "generation": 1},
        "status": {"conditions": list(conditions), "supportedFeatures": [{"name": name} for name in features]},
    }


def test_the_mesh_has_conditions_of_its_own() -> None:
    asked = check(of="Mesh/m", conditions={"Accepted": "True"})
    assert faults(asked, mesh(condition("Accepted", generation=1))) == []
    assert faults(asked, mesh())
    waiting = condition("Accepted", "Unknown", generation=None, reason="Pending")
    pending = check(of="Mesh/m", conditions={"Accepted": {"status": "Unknown", "reason": "Pending"}})
    assert faults(pending, mesh(waiting)) == []
    assert faults(asked, mesh(waiting))


def test_supported_features_are_sorted_and_enough() -> None:
    asked = check(of="Mesh/m", supportedFeatures={"sorted": True, "atLeast": 2})
    assert faults(asked, mesh(features=["A", "B"])) == []
    assert faults(asked, mesh(features=["B", "A"])) == [
        "the supportedFeatures are not in ascending order: A stands too late"
    ]
    assert faults(asked, mesh(features=["A"])) == ["1 supportedFeatures, expected 2 or more"]
    none = check(of="Mesh/m", supportedFeatures={"atMost": 0})
    assert faults(none, mesh()) == []
    assert faults(none, mesh(features=["A"])) == ["1 supportedFeatures, expected 0 or fewer: A"]


def test_a_message_says_something() -> None:
    asked = check(of="Mesh/m", conditions={"Accepted": {"status": True, "hasMessage": True}})
    assert faults(asked, mesh(condition("Accepted", generation=1, message="by m"))) == []
    assert faults(asked, mesh(condition("Accepted", generation=1, message=" ")))


def test_what_the_api_writes_into_a_new_mesh_is_no_sign_of_life() -> None:
    waiting = {"Accepted": {"status": "Unknown", "reason": ["Pending"]}}
    assert check(of="Mesh/m", conditions=waiting, supportedFeatures={"atMost": 0}).negative
    assert not check(of="HTTPRoute/r", conditions=waiting).negative
    assert not check(of="Mesh/m", supportedFeatures={"atLeast": 1}).negative


@given(st.permutations([entry(condition("Accepted")), FOREIGN, entry(condition("Accepted"), name="t", port=80)]))
def test_the_order_of_entries_does_not_matter(entries: list[dict[str, Any]]) -> None:
    known = Known("", {"foreign": Written(entry=FOREIGN)})
    asked = check(conditions={"Accepted": "True"}, entries="exact", keeps="foreign")
    assert faults(asked, route(*entries, parents=TWO), known) == []


def test_a_reference_says_what_goes_without_saying() -> None:
    assert reference({"name": "g"}, "ns") == ("gateway.networking.k8s.io", "Gateway", "ns", "g", "", 0)


def test_a_status_in_words() -> None:
    assert describe(None) == "the object does not exist"
    assert describe(route()) == "no entries"
    assert describe(GOOD, KNOWN) == "Service s: Accepted=True (Accepted), ResolvedRefs=True (ResolvedRefs)"
    assert "[example.net/other]: Accepted=False (Accepted) of generation 1" in describe(route(FOREIGN), KNOWN)
