"""The parts that defects of status, calls, connections and chance are made of."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.defects import calls, chance, grpc_rules, partial, status, tcp_routes
from lab.defects.model import Defect
from lab.mesh.envoy.numbering import DRAW, FIRST
from lab.mesh.envoy.types import LISTENER
from lab.mesh.model.actions import ClusterKey, Entry, Forward, FrontendRules, Respond, RuleTable, Share
from lab.mesh.model.decisions import CONFORMANT
from lab.mesh.model.frontend import frontend_rules
from lab.mesh.model.history import History
from lab.mesh.plan import Planner
from lab.mesh.status import desired_parents
from lab.mesh.world.route import CallMatch, Match, ObjectKey, RouteKind
from lab.mesh.world.snapshot import World
from tests.contract.lab_mesh.objects import (
    C,
    P,
    backend,
    call,
    grpc_route,
    parent,
    prefix,
    route,
    rule,
    service,
    tcp_route,
)
from tests.contract.lab_mesh.worlds import world_of

NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-01T00:09:00Z"
SERVICES = [service("front", "10.96.0.1", ports={"http": 80, "more": 81}), service("v1", "10.96.0.2")]
FOREIGN = {
    "parentRef": {"group": "", "kind": "Service", "name": "front"},
    "controllerName": "example.net/other",
    "conditions": [{"type": "Accepted", "status": "False", "reason": "X", "observedGeneration": 1}],
}
PARENTS = [
    parent("front", sectionName="http"),
    parent("front", sectionName="more"),
    parent("ghost"),
    {"group": "example.net", "kind": "Lane", "name": "x"},
    {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "x"},
]
BAD = {"path": {"type": "RegularExpression", "value": "/bad[unclosed"}}
ROUTES = [
    route("many", PARENTS, rule(prefix("/good"), to="v1"), rule(BAD, to="ghost"), generation=3),
    route("bad", parent("front"), rule(BAD, to="v1"), generation=2),
    grpc_route("calls", parent("front"), rule(to="ghost"), generation=4),
]
PLAIN = Forward(ClusterKey(ObjectKey(P, "front"), 80))


@pytest.mark.parametrize("defect", status.DEFECTS, ids=lambda defect: defect.id)
@pytest.mark.parametrize("made", ROUTES, ids=lambda made: made["metadata"]["name"])
def test_wrong_status_comes_to_rest_as_well(defect: Defect, made: dict[str, Any]) -> None:
    """Written once, and read again later, nothing is left to write."""
    world = world_of([*SERVICES, made])
    (only,) = world.routes.values()
    judge = defect.decisions.status
    first = judge(world, only, [FOREIGN], desired_parents(world, only, [FOREIGN], NOW))
    second = judge(world, only, first, desired_parents(world, only, first, LATER))
    third = judge(world, only, second, desired_parents(world, only, second, LATER))
    assert third == second


@given(st.lists(st.integers(1, 100), min_size=1, max_size=4))
def test_shares_drawn_by_connection_are_as_large_as_the_weights_say(weights: list[int]) -> None:
    shares = tuple(Share(weight, Respond(200 + number)) for number, weight in enumerate(weights))
    entries = list(calls.by_connection(Entry(calls.ANY_CALL, shares, "r"), PLAIN))
    draws = {entry.shares[0].action: entry.match.headers[-1] for entry in entries}
    assert all(header.name == DRAW for header in draws.values())
    parts = {action: header.value.split("|") for action, header in draws.items()}
    assert sorted(part for each in parts.values() for part in each) == [f"{number:02d}" for number in range(100)]
    for share in shares:
        assert abs(len(parts.get(share.action, ())) - 100 * share.weight / sum(weights)) <= 1


@given(st.integers(1, 50), st.lists(st.integers(1, 100), min_size=1, max_size=3))
def test_some_requests_are_just_so_many(percent: int, weights: list[int]) -> None:
    right = tuple(Share(weight, Respond(200 + number)) for number, weight in enumerate(weights))
    made = calls.some(percent, Entry(Match(), right, "r"), Share(7, Respond(503)))
    total = sum(share.weight for share in made.shares)
    assert made.shares[-1].weight * 100 == total * percent
    kept = [share.weight * sum(weights) * 100 for share in made.shares[:-1]]
    assert kept == [weight * total * (100 - percent) for weight in weights]


def test_later_calls_follow_the_first_one() -> None:
    one = Entry(Match(call=CallMatch("a.B", "C")), (Share(1, Respond(201)),), "one")
    table = calls.of_the_first_call(RuleTable((one,), Respond(404)), PLAIN)
    later, rest, own = table.entries
    first = later.match.headers[-1]
    assert first.name == FIRST
    assert re.fullmatch(first.value, "/a.B/C")
    assert not re.fullmatch(first.value, "/aXB/C")
    assert (later.match.call, later.shares) == (CallMatch(), one.shares)
    assert (rest.shares[0].action, own) == (Respond(404), one)


def test_routes_that_are_late_are_those_of_before() -> None:
    now = [100.0]
    history = History(clock=lambda: now[0])
    made = world_of(
        [grpc_route("calls", parent("front"), rule(to="v1")), route("pages", parent("front"), rule(to="v1"))]
    )
    history.observe(World())
    now[0] = 110.0
    history.observe(made)
    seen = calls.late(RouteKind.GRPC, 40)(made, history)
    assert {key.kind for key in seen.routes} == {"HTTPRoute"}
    now[0] = 151.0
    assert calls.late(RouteKind.GRPC, 40)(made, history).routes == made.routes
    history.observe(World())
    assert {key.kind for key in calls.late(RouteKind.GRPC, 40)(World(), history).routes} == {"GRPCRoute"}


def test_parts_of_a_call_are_compared_with_expressions() -> None:
    match = calls.compared(Match(call=CallMatch("a.B", "C")), method="(?i){}")
    assert match.call == CallMatch(r"a\.B", "(?i)C", regex=True)
    assert calls.compared(match, method="{}.*") == match, "expressions stay what they are"
    assert calls.compared(Match(call=CallMatch("a.B")), method="{}.*").call == CallMatch(r"a\.B", "", regex=True)


def test_calls_alone_are_changed() -> None:
    both = [
        *SERVICES,
        grpc_route("calls", parent("front", sectionName="http"), rule(call("a.B"), to="v1")),
        route("pages", parent("front", sectionName="more"), rule(prefix("/p"), to="v1")),
    ]
    world = world_of(both)
    front = world.services[ObjectKey(P, "front")]
    change = calls.each_call_match(grpc_rules.service_needs_method)
    for port in front.ports:
        rules = frontend_rules(world, front, port, CONFORMANT)
        assert (change(world, front, port, rules) == rules) is (port.name == "more")


def test_a_shard_has_the_service_it_is_named_after_and_few_others() -> None:
    mine = chance.shard(P, "sustained-routed")
    others = [name for name in (f"service-{number}" for number in range(1000)) if chance.shard(P, name) == mine]
    assert len(others) < 20


def test_foreign_rules_reach_everybody_in_one_shard_alone() -> None:
    def table(front: str, decisions: Any) -> RuleTable | None:
        world = world_of(
            [
                service(front, "10.96.0.1"),
                service("v1", "10.96.0.2"),
                route("c", parent(front, P), rule(prefix("/c"), to={**backend("v1"), "namespace": P}), namespace=C),
            ]
        )
        found = world.services[ObjectKey(P, front)]
        rules: FrontendRules = frontend_rules(world, found, found.ports[0], decisions)
        made: FrontendRules = decisions.rules(world, found, found.ports[0], rules)
        return made.producer

    decisions = next(each.decisions for each in chance.DEFECTS if each.id == "scope-wrong-for-1-percent")
    assert table("front", decisions) is None
    made = table("sustained-scope", decisions)
    assert made is not None
    assert [share.weight for share in made.entries[0].shares] == [99, 1]
    assert made.entries[0].shares[0].action == made.unmatched


def test_bad_rules_can_be_served_in_part_or_spoil_their_route() -> None:
    header = {
        "path": {"type": "PathPrefix", "value": "/h"},
        "headers": [{"type": "RegularExpression", "name": "x", "value": "("}],
    }
    made = route("r", parent("front"), rule(prefix("/good"), to="v1"), rule(BAD, to="v1"), rule(header, to="v1"))
    world = world_of([*SERVICES, made])

    def rules(change: Any) -> tuple[Any, ...]:
        (only,) = change(world, History()).routes.values()
        return tuple(only.rules)

    before = rules(lambda world, _: world)
    assert all(not each.matches for each in rules(partial.whole_route_closed))
    good, bad, headed = rules(partial.served_up_to_the_error)
    assert (good, bad.matches[0].path.elements, headed) == (before[0], "/bad", before[2])
    good, bad, headed = rules(partial.served_without_bad_headers)
    assert (good, bad, headed.matches[0].headers) == (before[0], before[1], ())


def test_connections_are_divided_otherwise() -> None:
    to = [{**backend("v1"), "port": 80, "weight": 3}, {**backend("ghost"), "port": 80, "weight": 1}]
    made = {**tcp_route("t", parent("front"), to="v1")}
    made["spec"]["rules"] = [{"backendRefs": to}]
    world = world_of([*SERVICES, made])

    def clusters(**changed: Any) -> list[tuple[int, str]]:
        decisions = replace(CONFORMANT, **changed)
        plan = Planner(decisions).plan(decisions.world(world, History()))
        chain = plan.resources[LISTENER]["10.96.0.1:80"]["filter_chains"][-1]["filters"][0]["typed_config"]
        return [(each["weight"], each["name"]) for each in chain["weighted_clusters"]["clusters"]]

    mine = f"{P}/v1:80"
    assert clusters() == [(3, mine), (1, "nowhere")]
    assert clusters(resource=tcp_routes.divided(tcp_routes.equal)) == [(1, mine), (1, "nowhere")]
    assert clusters(resource=tcp_routes.divided(tcp_routes.handed_on)) == [(3, mine)]
    assert clusters(resource=tcp_routes.divided(tcp_routes.first_alone)) == [(3, mine)]
    bypassed = clusters(world=tcp_routes.a_part_passes_by(RouteKind.TCP))
    assert bypassed == [(210, mine), (70, "nowhere"), (120, f"{P}/front:80")]
