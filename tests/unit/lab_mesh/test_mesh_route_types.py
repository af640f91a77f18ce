"""Routes of all types: what is read, which wins where types meet, and what their status says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.mesh.envoy.matches import route_match
from lab.mesh.model.actions import Respond
from lab.mesh.model.attachment import attached_routes
from lab.mesh.model.connections import REJECT, ConnectionTable, Split, best_split, connection_rules
from lab.mesh.model.decisions import CONFORMANT
from lab.mesh.model.frontend import frontend_rules
from lab.mesh.model.precedence import by_precedence
from lab.mesh.plan import Planner
from lab.mesh.status import desired_parents
from lab.mesh.world.parse_route import parse_grpc_route, parse_tcp_route, parse_tls_route
from lab.mesh.world.route import CallMatch, ObjectKey, RouteKey, RouteKind
from tests.contract.lab_mesh.objects import (
    C,
    P,
    backend,
    call,
    grpc_route,
    header,
    namespace,
    parent,
    pod,
    route,
    rule,
    service,
    tcp_route,
    tls_route,
)
from tests.contract.lab_mesh.worlds import world_of

FRONT = service("front", "10.96.0.1", ports={"http": 80, "raw": 90})
FRONT["spec"]["ports"][1]["appProtocol"] = "tcp"
SERVICES = [FRONT, service("v1", "10.96.0.2"), service("v2", "10.96.0.3")]
LATER = "2026-01-01T00:00:09Z"


def accepted(*routes: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """The condition Accepted of each route at each of its parents."""
    world = world_of([*SERVICES, *routes])
    found = {}
    for key, each in world.routes.items():
        parents = desired_parents(world, each, [], LATER)
        conditions = [one for entry in parents for one in entry["conditions"] if one["type"] == "Accepted"]
        found[f"{key.kind}/{key.name}"] = [(one["status"], one["reason"]) for one in conditions]
    return found


GOOD, LOST, NO_PARENT = ("True", "Accepted"), ("False", "Conflicted"), ("False", "NoMatchingParent")


def test_grpc_route_is_read() -> None:
    made = grpc_route("g", parent("front"), rule(call("a.B", "C", header("X", "1"), header("x", "2")), to="v1"))
    read = parse_grpc_route(made)
    (match,) = read.rules[0].matches
    assert (read.kind, match.call) == (RouteKind.GRPC, CallMatch("a.B", "C"))
    assert [each.value for each in match.headers] == ["1"]
    assert read.identity == RouteKey(P, "g", "GRPCRoute")


def test_grpc_route_without_rules_matches_no_call() -> None:
    made = grpc_route("g", parent("front"))
    del made["spec"]["rules"]
    world = world_of([*SERVICES, made])
    front = world.services[ObjectKey(P, "front")]
    table = frontend_rules(world, front, front.ports[0], CONFORMANT).producer
    assert table is not None
    assert (table.entries, table.unmatched) == ((), Respond(404))


def test_hostnames_count_for_tls_only() -> None:
    made = tls_route("t", parent("front"), ["a.example"], "v1")
    assert parse_tls_route(made).hostnames == ("a.example",)
    assert parse_tcp_route(made).hostnames == ()
    assert parse_grpc_route(made).hostnames == ()


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({}, {"prefix": ""}),
        (call("a.B", "C"), {"path": "/a.B/C"}),
        (call("a.B"), {"path_separated_prefix": "/a.B"}),
        (call("", "C.x"), {"safe_regex": {"regex": r"/[^/]+/C\.x"}}),
        (call("a.*", "", type="RegularExpression"), {"safe_regex": {"regex": "/(?:a.*)/[^/]+"}}),
    ],
)
def test_call_matches_are_paths_of_calls(match: dict[str, Any], expected: dict[str, Any]) -> None:
    (read,) = parse_grpc_route(grpc_route("g", parent("front"), rule(match))).rules[0].matches
    assert route_match(read) == {**expected, "grpc": {}}


def test_precedence_of_calls() -> None:
    """Service, method, headers, age, name, rule."""
    x, y = header("x", "1"), header("y", "1")
    routes = [
        grpc_route("b", parent("front"), rule(call("a.Long"), to="2"), rule(call("a.A", "Mm"), to="3"), created=LATER),
        grpc_route(
            "a",
            parent("front"),
            rule({}, call("a.A", "M", x), call("a.A", "M", x, y), to="4"),
            rule(call("a.Long", "M"), to="1"),
            rule(call("", "", x), to="5"),
            rule(call("a.A", "M", y), to="6"),
        ),
    ]
    order = [
        (each.rule.backends[0].name, each.match_index) for each in by_precedence(parse_grpc_route(r) for r in routes)
    ]
    assert order == [("1", 0), ("2", 0), ("3", 0), ("4", 2), ("4", 1), ("6", 0), ("5", 0), ("4", 0)]


def test_bad_expressions_are_reported_and_good_ones_work() -> None:
    bad = grpc_route("bad", parent("front"), rule(call("a(", "M", type="RegularExpression"), to="v1"))
    good = grpc_route("good", parent("front"), rule(call("a.*", "M", type="RegularExpression"), to="v1"))
    assert accepted(bad, good) == {"GRPCRoute/bad": [("False", "UnsupportedValue")], "GRPCRoute/good": [GOOD]}


def test_losers_of_every_port_are_conflicted_whatever_their_age() -> None:
    h = route("h", parent("front"), rule(to="v1"))
    g = grpc_route("g", parent("front"), rule(to="v1"), created=LATER)
    assert accepted(h, g) == {"HTTPRoute/h": [LOST], "GRPCRoute/g": [GOOD]}
    t = tcp_route("t", [parent("front", port=80), parent("front", port=90), parent("front")], "v1")
    assert accepted(t, h) == {"TCPRoute/t": [LOST, GOOD, GOOD], "HTTPRoute/h": [GOOD]}


def test_conflicts_are_settled_for_each_port_and_each_group() -> None:
    g = grpc_route("g", parent("front", port=80), rule(to="v1"))
    tls = tls_route("tls", parent("front", port=90), ["a.example"], "v1", created=LATER)
    tcp = tcp_route("tcp", parent("front", port=90), "v1")
    assert accepted(g, tls, tcp) == {"GRPCRoute/g": [GOOD], "TLSRoute/tls": [GOOD], "TCPRoute/tcp": [LOST]}
    mine = grpc_route("c", parent("front", P), rule(to=backend("v1")), namespace=C)
    assert accepted(mine, route("h", parent("front"), rule(to="v1"))) == {"GRPCRoute/c": [GOOD], "HTTPRoute/h": [GOOD]}


def test_a_route_without_a_usable_rule_outranks_nothing() -> None:
    broken = grpc_route("g", parent("front"), rule(call("a(", "M", type="RegularExpression"), to="v1"))
    assert accepted(broken, route("h", parent("front"), rule(to="v1")))["HTTPRoute/h"] == [GOOD]


def test_newer_tcp_routes_stay_accepted() -> None:
    routes = [tcp_route(name, parent("front", port=90), "v1") for name in ("a", "b")]
    assert accepted(*routes) == {"TCPRoute/a": [GOOD], "TCPRoute/b": [GOOD]}


def test_routes_for_requests_do_not_attach_to_opaque_ports() -> None:
    assert accepted(route("h", parent("front", port=90), rule(to="v1"))) == {"HTTPRoute/h": [NO_PARENT]}


def test_the_same_name_in_two_types() -> None:
    both = accepted(route("r", parent("front"), rule(to="v1")), tcp_route("r", parent("front", port=90), "v1"))
    assert both == {"HTTPRoute/r": [GOOD], "TCPRoute/r": [GOOD]}


def test_references_of_connection_routes_may_be_of_any_protocol() -> None:
    world = world_of([*SERVICES, tcp_route("t", parent("front"), [backend("front", port=90), backend("ghost")])])
    (only,) = world.routes.values()
    (entry,) = desired_parents(world, only, [], LATER)
    (refs,) = [each for each in entry["conditions"] if each["type"] == "ResolvedRefs"]
    assert (refs["reason"], refs["message"]) == ("BackendNotFound", f"Service {P}/ghost does not exist")


@pytest.mark.parametrize(
    ("backends", "expected"),
    [
        ([backend("v1", 0), backend("v2", 0)], REJECT),
        ([backend("ghost", 3), backend("v1", 0)], Split(((3, None),))),
    ],
)
def test_splits_without_a_usable_backend_reject(backends: list[dict[str, Any]], expected: Split) -> None:
    world = world_of([*SERVICES, tcp_route("t", parent("front"), backends)])
    front = world.services[ObjectKey(P, "front")]
    rules = connection_rules(world, front, attached_routes(world, front, front.ports[0]), CONFORMANT)
    assert rules is not None
    assert rules.producer == ConnectionTable(all=expected)


LABELS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4).map(".".join)
NAMES = st.one_of(LABELS, LABELS.map(lambda name: f"*.{name}"))


@given(st.lists(NAMES, unique=True, max_size=5), LABELS)
def test_the_longest_name_that_covers_wins(names: list[str], asked: str) -> None:
    table = ConnectionTable(names=tuple((name, Split(((index, None),))) for index, name in enumerate(names)))
    covering = [name for name in names if name == asked or (name[0] == "*" and asked.endswith(name[1:]))]
    best = max(covering, key=lambda name: (name == asked, len(name)), default=None)
    assert best_split(table, asked) == (dict(table.names)[best] if best else REJECT)


def test_listeners_do_not_depend_on_routes_for_requests() -> None:
    def listeners(*routes: dict[str, Any]) -> dict[str, Any]:
        people = [namespace(P), namespace(C), pod(C, "client", "10.244.2.50")]
        return (
            Planner(CONFORMANT)
            .plan(world_of([*SERVICES, *people, *routes]))
            .resources["type.googleapis.com/envoy.config.listener.v3.Listener"]
        )

    mine = grpc_route("g", parent("front", P), rule(to="v1"), namespace=C)
    assert listeners() == listeners(route("h", parent("front"), rule(to="v1")), mine)
    governed = listeners(tcp_route("t", parent("front", P), "v1", namespace=C))
    # Chains that serve everybody else stay what they were, so that their connections are not drained.
    assert listeners()["10.96.0.1:80"]["filter_chains"][0] in governed["10.96.0.1:80"]["filter_chains"]
