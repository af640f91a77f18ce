"""Features that the mesh is told to ignore."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lab.defects.registry import selectable
from lab.mesh.model.actions import ClusterKey, Forward, Redirect, Respond
from lab.mesh.model.decisions import CONFORMANT
from lab.mesh.model.frontend import frontend_rules
from lab.mesh.model.ignoring import ELSEWHERE, NOT_IMPLEMENTED, PARENTS, RULES, accepted_world, effective_world
from lab.mesh.plan import Planner
from lab.mesh.status import desired_parents
from lab.mesh.world.route import ObjectKey
from spec.features import load
from tests.contract.lab_mesh.objects import (
    C,
    P,
    backend,
    cors,
    edit_request,
    edit_response,
    mirror,
    parent,
    prefix,
    redirect,
    replace_path,
    rewrite,
    route,
    rule,
    service,
)
from tests.contract.lab_mesh.worlds import world_of

SERVICES = [service("front", "10.96.0.1", ports={"http": 80, "alt": 8080}), service("v1", "10.96.0.2")]
PLAIN = Forward(ClusterKey(ObjectKey(P, "v1"), 80))


def acted(feature: str, *objects: Any, port: int = 0) -> Any:
    """The rule table of the Service `front` in a mesh that ignores the feature."""
    decisions = replace(CONFORMANT, ignored=frozenset({feature}))
    world = effective_world(world_of([*SERVICES, *objects]), decisions.ignored)
    front = world.services[ObjectKey(P, "front")]
    return frontend_rules(world, front, front.ports[port], decisions)


def only(feature: str, made: dict[str, Any]) -> Any:
    """What happens to requests that the only match wins."""
    table = acted(feature, route("r", parent("front"), made)).producer
    (entry,) = table.entries
    (share,) = entry.shares
    return replace(share.action, upgrades=True) if isinstance(share.action, Forward) else share.action


def test_every_optional_feature_can_be_ignored() -> None:
    names = {name for name, feature in load().items() if feature.support != "core"}
    assert {*RULES, *PARENTS, *ELSEWHERE, *NOT_IMPLEMENTED} <= names
    assert {f"ignores-{name}" for name in names} == {name for name in selectable if name.startswith("ignores-")}
    assert selectable["ignores-HTTPRouteCORS"].decisions == replace(CONFORMANT, ignored=frozenset({"HTTPRouteCORS"}))


def test_a_mesh_that_ignores_nothing_sees_the_world_as_it_is() -> None:
    world = world_of(SERVICES)
    assert effective_world(world, frozenset()) is accepted_world(world, frozenset()) is world


@pytest.mark.parametrize(
    ("feature", "made"),
    [
        ("HTTPRouteCORS", rule(to="v1", filters=[cors(allowOrigins=["*"])])),
        ("HTTPRouteRequestMirror", rule(to="v1", filters=[mirror("v1")])),
        ("HTTPRouteRequestMirror", rule(to=backend("v1", filters=[mirror("v1")]))),
        ("HTTPRouteRequestTimeout", rule(to="v1", timeouts={"request": "1s"})),
        ("HTTPRouteBackendTimeout", rule(to="v1", timeouts={"backendRequest": "1s"})),
        ("HTTPRouteHostRewrite", rule(to="v1", filters=[rewrite(hostname="h.example")])),
        ("MeshHTTPRouteRewritePath", rule(to="v1", filters=[rewrite(path=replace_path("/x"))])),
        ("HTTPRouteBackendURLRewrite", rule(to=backend("v1", filters=[rewrite(path=replace_path("/x"))]))),
        ("HTTPRouteBackendRequestRedirect", rule(to=backend("v1", filters=[redirect(hostname="h.example")]))),
        ("HTTPRouteResponseHeaderModification", rule(to="v1", filters=[edit_response(remove=["x"])])),
        ("MeshHTTPRouteBackendRequestHeaderModification", rule(to=backend("v1", filters=[edit_request(remove=["x"])]))),
        ("HTTPRouteRetry", rule(to="v1", retry={"codes": [500]})),
        ("HTTPRouteSessionPersistence", rule(to="v1", sessionPersistence={})),
    ],
)
def test_the_part_is_as_if_not_written(feature: str, made: dict[str, Any]) -> None:
    assert only(feature, made) == PLAIN


@pytest.mark.parametrize(
    ("feature", "fields"),
    [
        ("MeshHTTPRouteSchemeRedirect", {"scheme": "https"}),
        ("MeshHTTPRouteRedirectPort", {"port": 8083}),
        ("MeshHTTPRouteRedirectPath", {"path": replace_path("/x")}),
        ("HTTPRoute303RedirectStatusCode", {"statusCode": 303}),
        ("HTTPRoute307RedirectStatusCode", {"statusCode": 307}),
        ("HTTPRoute308RedirectStatusCode", {"statusCode": 308}),
    ],
)
def test_redirects_without_a_part(feature: str, fields: dict[str, Any]) -> None:
    assert only(feature, rule(filters=[redirect(hostname="h", **fields)])) == Redirect(302, "http", "h", None)


def test_mirrors() -> None:
    two = only("HTTPRouteRequestMultipleMirrors", rule(to="v1", filters=[mirror("v1", percent=5), mirror("v1")]))
    assert [(each.numerator, each.denominator) for each in two.mirrors] == [(5, 100)]
    whole = only("HTTPRouteRequestPercentageMirror", rule(to="v1", filters=[mirror("v1", percent=0)]))
    assert [(each.numerator, each.denominator) for each in whole.mirrors] == [(100, 100)]


@pytest.mark.parametrize(
    ("feature", "condition"),
    [
        ("HTTPRouteMethodMatching", {"method": "PUT"}),
        ("MeshHTTPRouteQueryParamMatching", {"queryParams": [{"name": "a", "value": "b"}]}),
    ],
)
def test_conditions(feature: str, condition: dict[str, Any]) -> None:
    (entry,) = acted(feature, route("r", parent("front"), rule(prefix("/x", **condition), to="v1"))).producer.entries
    assert (entry.match.method, entry.match.query, entry.match.path.value) == (None, (), "/x")


def test_parents() -> None:
    consumer = route("r", parent("front", P), rule(to="v1"), namespace=C)
    assert not acted("MeshConsumerRoute", consumer).routed
    assert acted("HTTPRouteParentRefPort", route("r", parent("front", port=80), rule(to="v1")), port=1).routed


def test_requests_are_known_by_name_alone() -> None:
    rules = acted("MeshClusterIPMatching", route("r", parent("front"), rule(to="v1")))
    first, rest = rules.producer.entries
    (host,) = first.match.headers
    assert (host.name, host.regex) == ("host", True)
    assert rest.shares[0].action == Respond(404)
    assert rules.producer.unmatched == rules.plain


def test_upgrades_and_protocols_of_backends() -> None:
    routed = acted("HTTPRouteBackendProtocolWebSocket", route("r", parent("front"), rule(to="v1")))
    assert routed.plain.upgrades
    assert not routed.producer.entries[0].shares[0].action.upgrades
    h2c = service("h2c", "10.96.0.9")
    h2c["spec"]["ports"][0]["appProtocol"] = "kubernetes.io/h2c"
    seen = effective_world(world_of([h2c]), {"HTTPRouteBackendProtocolH2C"}).services[ObjectKey(P, "h2c")]
    assert seen.ports[0].app_protocol is None


@pytest.mark.parametrize(
    ("feature", "made"),
    [
        ("HTTPRouteRequestMirror", route("r", parent("front"), rule(to="v1", filters=[mirror("ghost")]))),
        ("MeshConsumerRoute", route("r", parent("front", P), rule(to=backend("v1", namespace=P)), namespace=C)),
        ("HTTPRouteParentRefPort", route("r", parent("front", port=8080), rule(to="v1"))),
        ("HTTPRouteSessionPersistence", route("r", parent("front"), rule(to="v1", sessionPersistence={}))),
    ],
)
def test_status_is_that_of_a_route_that_is_accepted(feature: str, made: dict[str, Any]) -> None:
    world = accepted_world(world_of([*SERVICES, made]), {feature})
    (parsed,) = world.routes.values()
    (entry,) = desired_parents(world, parsed, [], "now")
    assert entry["parentRef"] == made["spec"]["parentRefs"][0]
    assert {each["type"]: each["status"] for each in entry["conditions"]} == {
        "Accepted": "True",
        "ResolvedRefs": "True",
    }


@pytest.mark.parametrize("feature", sorted(load()))
def test_plans_can_be_made(feature: str) -> None:
    world = world_of([*SERVICES, route("r", parent("front"), rule(to="v1", filters=[mirror("v1")]))])
    assert Planner(replace(CONFORMANT, ignored=frozenset({feature}))).plan(world).resources
