"""The rules of one Service port: backends, weights, filters, and what is decided for each match."""

from __future__ import annotations

from typing import Any

import pytest

from lab.mesh.model.actions import Action, ClusterKey, Forward, FrontendRules, MirrorTo, Redirect, Respond, Share
from lab.mesh.model.attachment import Refusal
from lab.mesh.model.backends import resolve_backend
from lab.mesh.model.decisions import CONFORMANT
from lab.mesh.model.frontend import frontend_rules
from lab.mesh.world.route import ObjectKey, RouteKey
from tests.contract.lab_mesh.objects import (
    C,
    P,
    backend,
    edit_request,
    parent,
    prefix,
    redirect,
    replace_prefix,
    rewrite,
    route,
    rule,
    service,
)
from tests.contract.lab_mesh.worlds import world_of

SERVICES = [service("front", "10.96.0.1"), service("v1", "10.96.0.2"), service("v2", "10.96.0.3", namespace=C)]
V1 = ClusterKey(ObjectKey(P, "v1"), 80)
IN_C = {"namespace": C}


def rules_of(*objects: dict[str, Any], port: int = 0) -> FrontendRules:
    world = world_of([*SERVICES, *objects])
    front = world.services[ObjectKey(P, "front")]
    return frontend_rules(world, front, front.ports[port], CONFORMANT)


def shares_of(*rules: dict[str, Any], **more: Any) -> tuple[Share, ...]:
    """The shares of the only match of the only rule."""
    table = rules_of(route("r", parent("front"), *rules, **more)).producer
    assert table is not None
    assert table.unmatched == Respond(404)
    (entry,) = table.entries
    return entry.shares


def action_of(*rules: dict[str, Any], **more: Any) -> Action:
    (share,) = shares_of(*rules, **more)
    return share.action


def test_without_routes_a_service_is_plain() -> None:
    rules = rules_of()
    assert (rules.producer, rules.consumers, rules.routed) == (None, (), False)
    assert rules.plain == Forward(ClusterKey(ObjectKey(P, "front"), 80))


def test_consumer_routes_have_tables_of_their_own() -> None:
    rules = rules_of(
        route("p", parent("front"), rule(prefix("/p"), to="v1")),
        route("c", parent("front", P), rule(prefix("/c"), to="v2"), namespace=C),
    )
    assert rules.producer is not None
    assert [entry.match.path.value for entry in rules.producer.entries] == ["/p"]
    assert [
        (namespace, [entry.match.path.value for entry in table.entries]) for namespace, table in rules.consumers
    ] == [(C, ["/c"])]


def test_backend_namespace_defaults_to_the_routes_and_needs_no_grant() -> None:
    assert action_of(rule(to="v1")) == Forward(V1)
    across = action_of(rule(to=backend("v2", **IN_C)))
    assert across == Forward(ClusterKey(ObjectKey(C, "v2"), 80))


@pytest.mark.parametrize(
    ("ref", "reason", "names"),
    [
        (backend("ghost"), "BackendNotFound", f"{P}/ghost"),
        (backend("v1", **IN_C), "BackendNotFound", f"{C}/v1"),
        (backend("v1", port=81), "BackendNotFound", "no port 81"),
        ({"name": "v1"}, "BackendNotFound", "no port None"),
        ({"group": "x.example", "kind": "K", "name": "v1", "port": 80}, "InvalidKind", "x.example/K"),
        ({"kind": "ServiceImport", "name": "v1", "port": 80}, "InvalidKind", "ServiceImport"),
        (backend("away"), "BackendNotFound", "ExternalName"),
    ],
)
def test_unusable_backends(ref: dict[str, Any], reason: str, names: str) -> None:
    away = service("away", "", type="ExternalName", externalName="v1.example")
    attached = route("r", parent("front"), rule(to=[ref]))
    world = world_of([*SERVICES, away, attached])
    (parsed,) = world.routes[RouteKey(P, "r", "HTTPRoute")].rules[0].backends
    refusal = resolve_backend(world, parsed)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason
    assert names in refusal.message
    assert action_of(rule(to=[ref])) == Respond(500)


def test_weights() -> None:
    shares = shares_of(rule(to=[backend("v1", 3), {**backend("v2"), **IN_C}, backend("ghost", 2), backend("v1", 0)]))
    assert [(share.weight, isinstance(share.action, Respond)) for share in shares] == [
        (3, False),
        (1, False),
        (2, True),
    ]


def test_weight_left_out_is_one() -> None:
    ref = backend("v1")
    del ref["weight"]
    assert shares_of(rule(to=[ref])) == (Share(1, Forward(V1)),)


@pytest.mark.parametrize("refs", [None, [], [backend("v1", 0)], [backend("v1", 0), backend("ghost", 0)]])
def test_nothing_to_send_to_is_500(refs: list[dict[str, Any]] | None) -> None:
    made = rule(prefix("/")) | ({} if refs is None else {"backendRefs": refs})
    assert action_of(made) == Respond(500)


def test_route_without_rules_is_a_catch_all_that_fails() -> None:
    bare = route("r", parent("front"))
    del bare["spec"]["rules"]
    table = rules_of(bare).producer
    assert table is not None
    assert [(entry.match.path.value, entry.shares) for entry in table.entries] == [("/", (Share(1, Respond(500)),))]


@pytest.mark.parametrize(
    ("fields", "port", "expected"),
    [
        ({}, 80, Redirect(302, "http", None, None)),
        ({}, 8080, Redirect(302, "http", None, 8080)),
        ({"hostname": "h", "statusCode": 301}, 80, Redirect(301, "http", "h", None)),
        ({"scheme": "https"}, 8080, Redirect(302, "https", None, None)),
        ({"scheme": "http"}, 8080, Redirect(302, "http", None, None)),
        ({"port": 443}, 80, Redirect(302, "http", None, 443)),
        ({"port": 443, "scheme": "https"}, 80, Redirect(302, "https", None, None)),
        ({"port": 80, "scheme": "https"}, 80, Redirect(302, "https", None, 80)),
    ],
)
def test_redirect_location(fields: dict[str, Any], port: int, expected: Redirect) -> None:
    ports = service("front", "10.96.0.1", ports={"http": 80, "alt": 8080})
    rules = rules_of(
        ports, route("r", parent("front"), rule(filters=[redirect(**fields)])), port=[80, 8080].index(port)
    )
    assert rules.producer is not None
    assert rules.producer.entries[0].shares == (Share(1, expected),)


def test_redirect_of_a_backend_is_its_share_only() -> None:
    moved = backend("v1", 2, filters=[redirect(hostname="away.example")])
    shares = shares_of(rule(to=[backend("v1", 1), moved]))
    assert shares == (Share(1, Forward(V1)), Share(2, Redirect(302, "http", "away.example", None)))


def test_filters_of_rule_and_backend_end_in_one_action() -> None:
    own = [edit_request(add=[{"name": "X", "value": "2"}]), rewrite(path=replace_prefix("/b"))]
    action = action_of(
        rule(
            prefix("/p/"),
            to=backend("v1", filters=own),
            filters=[edit_request(set=[{"name": "x", "value": "1"}, {"name": "Host", "value": "h.example"}])],
            timeouts={"request": "2s"},
        )
    )
    assert isinstance(action, Forward)
    assert [(edit.name, edit.replace, edit.values) for edit in action.request] == [("x", True, ("1", "2"))]
    assert (action.host, action.prefix, action.limits.request) == ("h.example", "/p", 2000)
    assert action.path is not None
    assert action.path.value == "/b"


def test_mirrors() -> None:
    def mirror(name: str, **share: Any) -> dict[str, Any]:
        return {"type": "RequestMirror", "requestMirror": {"backendRef": backend(name), **share}}

    filters = [
        mirror("v1"),
        mirror("v1", percent=20),
        mirror("v1", percent=0),
        mirror("v1", fraction={"numerator": 1, "denominator": 8}),
        mirror("v1", fraction={"numerator": 5}),
        mirror("ghost"),
    ]
    action = action_of(rule(to="v1", filters=filters))
    assert isinstance(action, Forward)
    assert action.mirrors == tuple(MirrorTo(V1, *share) for share in ((100, 100), (20, 100), (1, 8), (5, 100)))


EXTENSION = {"type": "ExtensionRef", "extensionRef": {"group": "x.example", "kind": "K", "name": "n"}}


@pytest.mark.parametrize("place", ["rule", "backend"])
def test_extension_that_is_not_known_fails_closed(place: str) -> None:
    on_rule = rule(to="v1", filters=[EXTENSION])
    on_backend = rule(to=backend("v1", filters=[EXTENSION]))
    assert action_of(on_rule if place == "rule" else on_backend) == Respond(500)


def test_dropped_rules_leave_the_others_and_their_numbers() -> None:
    table = rules_of(
        route("r", parent("front"), rule(prefix("/bad"), filters=[{"type": "Unheard"}]), rule(prefix("/good"), to="v1"))
    ).producer
    assert table is not None
    assert [(entry.match.path.value, entry.origin) for entry in table.entries] == [("/good", f"{P}/r rule 1")]


def test_route_of_bad_rules_only_is_not_attached() -> None:
    assert not rules_of(route("r", parent("front"), rule(to="v1", filters=[{"type": "Unheard"}]))).routed


@pytest.mark.parametrize("protocol", ["kubernetes.io/wss", "kubernetes.io/new", "tcp", "tls", "example.com/own"])
def test_backend_that_does_not_speak_http_is_not_usable(protocol: str) -> None:
    other = service("other", "10.96.0.9")
    other["spec"]["ports"][0]["appProtocol"] = protocol
    table = rules_of(other, route("r", parent("front"), rule(to="other"))).producer
    assert table is not None
    assert table.entries[0].shares == (Share(1, Respond(500)),)
