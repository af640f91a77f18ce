"""Which features a manifest needs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from route_objects import Object, http_route, with_filters, with_rule

from spec import features, requirements
from spec.documents import SpecError

BASE = {"Mesh", "HTTPRoute"}
MIRROR = {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "copy", "port": 80}}}
HEADERS: Object = {"set": [{"name": "x-a", "value": "b"}]}


def service(**port: Any) -> Object:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 80, **port}]}}


def redirect(**fields: Any) -> Object:
    return {"type": "RequestRedirect", "requestRedirect": fields}


def rewrite(**fields: Any) -> Object:
    return {"type": "URLRewrite", "urlRewrite": fields}


def backend_filter(entry: Object) -> Object:
    return with_rule(backendRefs=[{"name": "a", "port": 80}, {"name": "b", "port": 80, "filters": [entry]}])


def mirrored(**share: Any) -> Object:
    return {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "copy", "port": 80}, **share}}


PATH = {"type": "ReplaceFullPath", "replaceFullPath": "/"}
NEEDS = [
    (with_rule(name="first"), {"MeshHTTPRouteNamedRouteRule"}),
    (with_rule(matches=[{"method": "GET"}]), {"HTTPRouteMethodMatching"}),
    (with_rule(matches=[{"queryParams": [{"name": "a", "value": "b"}]}]), {"MeshHTTPRouteQueryParamMatching"}),
    (with_rule(matches=[{"headers": [{"name": "a", "value": "b"}]}]), set()),
    (with_rule(timeouts={"request": "1s"}), {"HTTPRouteRequestTimeout"}),
    (with_rule(timeouts={"backendRequest": "1s"}), {"HTTPRouteBackendTimeout"}),
    (with_filters({"type": "RequestHeaderModifier", "requestHeaderModifier": HEADERS}), set()),
    (
        with_filters({"type": "ResponseHeaderModifier", "responseHeaderModifier": HEADERS}),
        {"HTTPRouteResponseHeaderModification"},
    ),
    (
        backend_filter({"type": "ResponseHeaderModifier", "responseHeaderModifier": HEADERS}),
        {"HTTPRouteResponseHeaderModification"},
    ),
    (
        backend_filter({"type": "RequestHeaderModifier", "requestHeaderModifier": HEADERS}),
        {"MeshHTTPRouteBackendRequestHeaderModification"},
    ),
    (backend_filter(rewrite(hostname="a.example")), {"HTTPRouteBackendURLRewrite", "HTTPRouteHostRewrite"}),
    (backend_filter(rewrite(path=PATH)), {"HTTPRouteBackendURLRewrite", "MeshHTTPRouteRewritePath"}),
    (backend_filter(redirect(port=81)), {"HTTPRouteBackendRequestRedirect", "MeshHTTPRouteRedirectPort"}),
    (backend_filter(redirect(statusCode=307)), {"HTTPRouteBackendRequestRedirect", "HTTPRoute307RedirectStatusCode"}),
    (backend_filter(mirrored(percent=1)), {"HTTPRouteRequestMirror", "HTTPRouteRequestPercentageMirror"}),
    (backend_filter(redirect(hostname="a.example")), {"HTTPRouteBackendRequestRedirect"}),
    (with_filters(redirect(hostname="a.example", statusCode=301)), set()),
    (with_filters(redirect(scheme="https")), {"MeshHTTPRouteSchemeRedirect"}),
    (with_filters(redirect(port=8080)), {"MeshHTTPRouteRedirectPort"}),
    (with_filters(redirect(path=PATH)), {"MeshHTTPRouteRedirectPath"}),
    (with_filters(redirect(statusCode=303)), {"HTTPRoute303RedirectStatusCode"}),
    (with_filters(redirect(statusCode=307)), {"HTTPRoute307RedirectStatusCode"}),
    (with_filters(redirect(statusCode=308)), {"HTTPRoute308RedirectStatusCode"}),
    (with_filters(rewrite(hostname="a.example")), {"HTTPRouteHostRewrite"}),
    (with_filters(rewrite(path=PATH)), {"MeshHTTPRouteRewritePath"}),
    (with_filters(mirrored()), {"HTTPRouteRequestMirror"}),
    (with_filters(mirrored(percent=50)), {"HTTPRouteRequestMirror", "HTTPRouteRequestPercentageMirror"}),
    (
        with_filters(mirrored(fraction={"numerator": 1})),
        {"HTTPRouteRequestMirror", "HTTPRouteRequestPercentageMirror"},
    ),
    (with_filters(MIRROR, MIRROR), {"HTTPRouteRequestMirror", "HTTPRouteRequestMultipleMirrors"}),
    (with_filters({"type": "CORS", "cors": {"allowOrigins": ["*"]}}), {"HTTPRouteCORS"}),
    (with_filters({"type": "ExternalAuth", "externalAuth": {"protocol": "HTTP"}}), {"HTTPRouteExternalAuth"}),
    (with_rule(retry={"codes": [503], "backoff": "1s"}), {"HTTPRouteRetry", "HTTPRouteRetryBackoff"}),
    (
        with_rule(retry={"codes": [503]}, timeouts={"backendRequest": "1s"}),
        {"HTTPRouteRetry", "HTTPRouteRetryBackendTimeout", "HTTPRouteBackendTimeout"},
    ),
    (
        with_rule(retry={"codes": [503]}, timeouts={"request": "1s"}),
        {"HTTPRouteRetry", "HTTPRouteRequestTimeout"},
    ),
]


@pytest.mark.parametrize(("manifest", "expected"), NEEDS)
def test_fields_need_features(manifest: Object, expected: set[str]):
    assert features.features_of(manifest) == BASE | expected


def test_two_mirrors_in_two_rules_are_not_several_in_one():
    route = http_route(rules=[{"filters": [MIRROR]}, {"filters": [MIRROR]}])
    assert features.features_of(route) == {"HTTPRoute", "HTTPRouteRequestMirror"}


@pytest.mark.parametrize(("namespace", "needed"), [("gamma-producer", False), ("gamma-consumer", True), (None, False)])
def test_a_parent_in_another_namespace_makes_a_consumer_route(namespace: str | None, needed: bool):
    parent = {"group": "", "kind": "Service", "name": "front"}
    if namespace:
        parent["namespace"] = namespace
    found = features.features_of(http_route(parentRefs=[parent]))
    assert ("MeshConsumerRoute" in found) == needed


def test_the_port_of_a_parent_is_a_feature():
    route = http_route(parentRefs=[{"group": "", "kind": "Service", "name": "front", "port": 80}])
    assert features.features_of(route) == BASE | {"HTTPRouteParentRefPort"}


def test_a_route_of_a_gateway_needs_no_mesh():
    assert features.features_of(http_route(parentRefs=[{"name": "gw"}])) == {"HTTPRoute"}


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        (service(appProtocol="http"), set()),
        (service(), set()),
        (service(appProtocol="kubernetes.io/h2c"), {"HTTPRouteBackendProtocolH2C"}),
        (service(appProtocol="kubernetes.io/ws"), {"HTTPRouteBackendProtocolWebSocket"}),
    ],
)
def test_a_service_shows_the_protocol_of_its_backends(manifest: Object, expected: set[str]):
    assert features.features_of(manifest) == expected


@pytest.mark.parametrize(
    "kind",
    [
        "GRPCRoute",
        "TCPRoute",
        "TLSRoute",
        "UDPRoute",
        "ReferenceGrant",
        "BackendTLSPolicy",
        "XMesh",
        "XBackendTrafficPolicy",
    ],
)
def test_whole_kinds_are_features(kind: str):
    assert features.features_of({"kind": kind, "metadata": {}}) == {kind}


def test_sessions_and_names_are_features_of_both_kinds_of_routes():
    permanent = {"cookieConfig": {"lifetimeType": "Permanent"}, "absoluteTimeout": "1h"}
    session = "HTTPRouteSessionPersistence"
    assert features.features_of(with_rule(sessionPersistence={"type": "Header"})) - BASE == {session}
    found = features.features_of(with_rule(sessionPersistence=permanent)) - BASE
    assert found == {session, f"{session}CookieLifetimeTypePermanent"}
    calls = {"kind": "GRPCRoute", "spec": {"rules": [{"name": "a", "sessionPersistence": {"type": "Cookie"}}]}}
    assert features.features_of(calls) == {"GRPCRoute", "GRPCRouteNamedRouteRule", "GRPCRouteSessionPersistence"}


def test_a_timeout_in_another_rule_than_the_retry_is_not_retried():
    route = http_route(rules=[{"retry": {}}, {"timeouts": {"backendRequest": "1s"}}])
    assert "HTTPRouteRetryBackendTimeout" not in features.features_of(route)


def test_every_feature_that_a_manifest_shows_is_tried_here():
    tried = set().union(*(features.features_of(manifest) for manifest, _ in NEEDS))
    others = {
        "XMesh",
        "XBackendTraffic",
        "HTTPRouteSession",
        "GRPC",
        "TCP",
        "TLS",
        "UDP",
        "Reference",
        "BackendTLS",
        "HTTPRouteBackendProtocol",
    }
    missing = {name for name, feature in features.load().items() if feature.used_by} - tried
    assert {name for name in missing if not name.startswith(tuple(others))} == {
        "MeshConsumerRoute",
        "HTTPRouteParentRefPort",
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["rules", "filters", "a"]), inner),
    max_leaves=10,
)


@given(JSON)
def test_objects_of_any_form_are_read(spec: Any):
    assert features.features_of({"kind": "HTTPRoute", "spec": spec}) >= {"HTTPRoute"}


@given(JSON)
def test_reading_changes_nothing(spec: Any):
    before = repr(spec)
    features.features_of({"kind": "HTTPRoute", "spec": spec})
    assert repr(spec) == before


@pytest.mark.parametrize(
    ("name", "marker"),
    [
        ("MeshConsumerRoute", "mesh_consumer_route"),
        ("HTTPRoute303RedirectStatusCode", "http_route_303_redirect_status_code"),
        ("MeshClusterIPMatching", "mesh_cluster_ip_matching"),
        ("HTTPRouteBackendProtocolH2C", "http_route_backend_protocol_h2c"),
        ("HTTPRouteBackendURLRewrite", "http_route_backend_url_rewrite"),
        ("HTTPRouteCORS", "http_route_cors"),
    ],
)
def test_markers(name: str, marker: str):
    assert features.load()[name].marker == marker


def test_markers_are_unique():
    assert len({feature.marker for feature in features.load().values()}) == len(features.load())


def test_the_channel_is_that_of_the_first_release():
    assert features.load()["HTTPRouteRetry"].channel == "experimental"
    for feature in features.load().values():
        assert (feature.support == "experimental") == (feature.channel == "experimental"), feature.name


def test_the_experimental_channel_may_have_had_it_before():
    known = features.load()
    assert known["HTTPRouteCORS"].releases == {"standard": "v1.5", "experimental": "v1.3"}
    assert known["HTTPRouteRetry"].releases == {"experimental": "v1.2"}
    assert known["MeshConsumerRoute"].releases == {"standard": "v1.1"}


def test_every_feature_of_a_requirement_is_known():
    named = {one.feature for one in requirements.load().values() if one.feature}
    assert named <= set(features.load())


def test_features_that_no_manifest_shows_are_seen_otherwise():
    """`harness.scenario` sees them in probes: a cluster IP that is dialled, a connection that is reset."""
    unseen = {name for name, feature in features.load().items() if not feature.used_by}
    assert unseen == {"MeshClusterIPMatching", "HTTPRouteRetryConnectionError"}


ENTRY = {"support": "core", "since": "v1.1.0/standard", "doc": "Something works."}


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("Mesh", {"support": "optional"}, "Mesh: support is 'optional', expected one of: core, extended, experimental"),
        ("Mesh", {"since": "v1"}, "Mesh: since is 'v1'"),
        ("Mesh", {"experimental": "v1"}, "Mesh: experimental is 'v1'"),
        ("Mesh", {"docs": "x"}, "Mesh: unknown docs"),
        ("mesh", {}, "mesh: the name does not consist of words"),
        ("Mesh", {"used_by": [{"kind": "HTTPRoute", "field": "spec.rules[0]"}]}, "field is 'spec.rules[0]'"),
        ("Mesh", {"used_by": [{"kind": "HTTPRoute", "is": 3}]}, "a condition without field"),
        ("Mesh", {"used_by": [{"field": "spec"}]}, "missing kind"),
    ],
)
def test_a_wrong_entry_is_named(name: str, fields: dict[str, Any], message: str):
    with pytest.raises(SpecError) as caught:
        features.parse({"features": {name: ENTRY | fields}})
    assert message in str(caught.value)
