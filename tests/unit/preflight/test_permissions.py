"""What is asked of the API, what of it is missing, and that the shipped roles grant exactly that."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness.cluster import Wish
from harness.mesh_profile import load
from harness.preflight import permissions
from harness.preflight.needs import MANIFEST, Need, needs
from harness.scenario import kinds_written, load_catalogue

ROOT = Path(__file__).resolve().parents[3]
NAMESPACES = ["gamma-producer", "gamma-consumer"]
ROUTES = Need("gateway.networking.k8s.io", "httproutes", ("create", "patch"))
PODS = Need("", "pods", ("list",), everywhere=True)
EVENTS = Need("", "events", ("list",), without="nothing is explained")


class Api:
    """Grants what it is told to, and counts."""

    def __init__(self, *granted: Wish) -> None:
        self.granted = set(granted)
        self.asked: list[Wish] = []

    def allows(self, wish: Wish) -> bool:
        self.asked.append(wish)
        return wish in self.granted


def _all(*wanted: Need, namespace: str = "") -> list[Wish]:
    return [wish for need in wanted for wish in need.wishes(namespace)]


def test_an_administrator_is_asked_once() -> None:
    api = Api(Wish("*", "*", "*"))
    assert permissions.ask(api, [ROUTES, PODS], NAMESPACES) == {}
    assert len(api.asked) == 1


def test_what_is_granted_everywhere_is_not_asked_about_again() -> None:
    api = Api(*_all(ROUTES, PODS))
    assert permissions.ask(api, [ROUTES, PODS], NAMESPACES) == {}
    assert len(api.asked) == 4


def test_what_is_granted_in_every_namespace_is_enough_unless_it_is_needed_everywhere() -> None:
    api = Api(*(wish for name in NAMESPACES for wish in _all(ROUTES, PODS, namespace=name)))
    assert permissions.ask(api, [ROUTES, PODS], NAMESPACES) == {(PODS, ""): ("list",)}


@pytest.mark.parametrize(
    "lost", _all(*needs({"GRPCRoute", "ReferenceGrant"})), ids=lambda wish: f"{wish.verb}-{wish.resource}"
)
def test_each_verb_is_missed_by_its_name_and_with_what_grants_it(lost: Wish) -> None:
    wanted = needs({"GRPCRoute", "ReferenceGrant"})
    api = Api(*(wish for wish in _all(*wanted) if wish != lost))
    lacking = permissions.ask(api, wanted, NAMESPACES)
    (line,) = permissions.lines(lacking, len(wanted))
    assert f"{lost.verb} {lost.resource}" in line.text
    assert MANIFEST in line.hint
    assert f"verbs: [{lost.verb}]" in line.hint
    assert line.grade == ("warn" if all(need.without for need, _place in lacking) else "fail")


def test_what_a_run_can_do_without_is_a_warning_that_says_what_is_lost() -> None:
    (line,) = permissions.lines({(EVENTS, "gamma-producer"): ("list",)}, 1)
    assert (line.grade, "nothing is explained" in line.text) == ("warn", True)


def test_places_are_told_shortly() -> None:
    (line,) = permissions.lines({(ROUTES, name): ("create",) for name in NAMESPACES} | {(PODS, ""): ("list",)}, 2)
    assert line.text == (
        "we may not create httproutes.gateway.networking.k8s.io in gamma-producer and 1 more of our namespaces; "
        "list pods at the scope of the cluster"
    )


def test_prepared_namespaces_need_not_be_made() -> None:
    def verbs(*, prepared: bool) -> set[str]:
        return {v for need in needs((), prepared=prepared) if need.resource == "namespaces" for v in need.verbs}

    assert verbs(prepared=True) == {"get"}
    assert {"create", "delete"} <= verbs(prepared=False)


def test_objects_of_a_profile_are_needed() -> None:
    found = {need.resource: need for need in needs((), load("istio-ambient")) if not need.everywhere}
    assert {"create", "watch"} <= set(found["gateways"].verbs)
    assert "gateways" not in {need.resource for need in needs((), load("lab")) if not need.everywhere}


def test_the_shipped_roles_grant_what_is_needed_and_nothing_more() -> None:
    catalogue = load_catalogue([ROOT / "scenarios"]).values()
    wanted = needs({kind for scenario in catalogue for _version, kind in kinds_written(scenario)})
    roles = {
        one["metadata"]["name"]: one["rules"]
        for one in yaml.safe_load_all((ROOT / MANIFEST).read_text())
        if one["kind"] == "ClusterRole"
    }
    for name, everywhere in (("gamma-conformance", True), ("gamma-conformance-stage", False)):
        granted = {
            (group, resource, verb, *rule.get("resourceNames", ()))
            for rule in roles[name]
            for group in rule["apiGroups"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }
        needed = {
            (need.group, need.resource, verb, *((need.only,) if need.only else ()))
            for need in wanted
            if need.everywhere is everywhere
            for verb in need.verbs
        }
        assert granted == needed
