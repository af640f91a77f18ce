"""Changes of what Envoy is told: alternatives stand before what they replace, and the conformant part stays."""

from __future__ import annotations

from typing import Any

from lab.defects.proxy import (
    REUSED,
    SCRIPT,
    each_route,
    route_lists,
    scripted,
    sometimes,
    told,
    when_reused,
)
from lab.mesh.envoy.listeners import listener
from lab.mesh.envoy.types import CLUSTER, LISTENER, ROUTES, Resource
from lab.mesh.model.ports import Protocol

LIMITED: Resource = {"match": {"prefix": "/a"}, "route": {"cluster": "c", "timeout": "1s"}}
FREE: Resource = {"match": {"prefix": "/b"}, "route": {"cluster": "c", "timeout": "0s"}}
SHARED: Resource = {"match": {"prefix": "/a", "runtime_fraction": {}}, "route": {"cluster": "c", "timeout": "1s"}}


def configuration(*routes: Resource) -> Resource:
    return {"name": "n", "virtual_hosts": [{"name": "everybody", "domains": ["*"], "routes": list(routes)}]}


def routes_of(resource: Resource) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = resource["virtual_hosts"][0]["routes"]
    return found


def unlimited(route: Resource) -> Resource | None:
    action = route["route"]
    return {**route, "route": {**action, "timeout": "0s"}} if action["timeout"] != "0s" else None


def test_some_requests_take_an_alternative_that_stands_first() -> None:
    given = configuration(LIMITED, FREE, SHARED)
    other, *same = routes_of(sometimes(5, unlimited)(ROUTES, "n", given))
    assert other["route"]["timeout"] == "0s"
    assert other["match"]["runtime_fraction"]["default_value"]["numerator"] == 50_000
    assert same == [LIMITED, FREE, SHARED]


def test_later_requests_of_a_connection_take_an_alternative_and_the_backend_sees_no_sign_of_it() -> None:
    change = when_reused(unlimited)
    made = change(ROUTES, "n", configuration(LIMITED, FREE))
    other, *same = routes_of(made)
    assert other["match"]["headers"] == [{"name": REUSED, "present_match": True}]
    assert same == [LIMITED, FREE]
    assert made["request_headers_to_remove"] == [REUSED]
    filters = change(LISTENER, "n", listener("10.0.0.1", 80, Protocol.HTTP, "c"))["filter_chains"][0]["filters"]
    assert filters[0]["typed_config"]["http_filters"][0]["name"] == SCRIPT


def test_routes_are_changed_left_out_and_told_what_a_script_needs() -> None:
    given = configuration(LIMITED, FREE)
    assert routes_of(each_route(unlimited)(ROUTES, "n", given)) == [{**LIMITED, "route": FREE["route"]}]
    assert routes_of(route_lists(lambda found: found[1:])(ROUTES, "n", given)) == [FREE]
    facts = told(told(LIMITED, one=1), two=2)["metadata"]["filter_metadata"][SCRIPT]
    assert facts == {"two": 2}
    assert routes_of(given) == [LIMITED, FREE], "what was given stays as it is"


def test_other_resources_are_left_alone() -> None:
    resource: Resource = {"name": "c"}
    assert scripted("", each_route(unlimited))(CLUSTER, "c", resource) is resource
