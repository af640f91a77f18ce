"""What differs between kinds, releases and channels: what is served, limits, admission rules, changes refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from route_objects import SLOW, Object, grpc_route, http_route, mesh, resource, values, with_filters, with_rule

from spec import crds
from spec.crds.rules import TRANSITIONS

Bundle = tuple[str, str]
NEW_STANDARD = ("v1.6", "standard")
BACKEND = {"name": "a", "port": 80}
SERVICE = {"group": "", "kind": "Service", "name": "front"}
CORS: Object = {"type": "CORS", "cors": {}}
MIRROR = {"type": "RequestMirror", "requestMirror": {"backendRef": BACKEND}}
CALL_HEADERS = {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "x-a", "value": "b"}]}}


def parents(*refs: Object) -> Object:
    return http_route(parentRefs=[SERVICE | ref for ref in refs])


def session(**fields: Any) -> Object:
    return with_rule(sessionPersistence=fields)


def auth(**fields: Any) -> Object:
    return with_filters({"type": "ExternalAuth", "externalAuth": {"backendRef": BACKEND, **fields}})


def call(**method: Any) -> Object:
    return grpc_route(matches=[{"method": method}])


def stream_route(kind: str, *, rules: int = 1, version: str = "v1", **spec: Any) -> Object:
    return resource(kind, version, rules=[{"backendRefs": [BACKEND]}] * rules, **spec)


def tls_route(*hostnames: str, version: str = "v1") -> Object:
    return stream_route("TLSRoute", version=version, hostnames=list(hostnames))


def grant(version: str = "v1beta1", **spec: Any) -> Object:
    from_ = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "a"}
    return resource("ReferenceGrant", version, **({"from": [from_], "to": [{"group": "", "kind": "Service"}]} | spec))


def policy(version: str = "v1alpha1", **constraint: Any) -> Object:
    return {
        "apiVersion": f"gateway.networking.x-k8s.io/{version}",
        "kind": "XBackendTrafficPolicy",
        "metadata": {"name": "a", "namespace": "gamma-producer"},
        "spec": {"targetRefs": [{"group": "", "kind": "Service", "name": "a"}], "retryConstraint": constraint},
    }


def rules_broken(obj: Object, bundle: Bundle = crds.NEWEST) -> set[str]:
    assert crds.table_of(obj, *bundle) is not None, "no such resource there"
    return {error.rule for error in crds.validate(obj, *bundle)}


# --- what is served


@pytest.mark.parametrize(
    ("bundle", "kind", "versions"),
    [
        (("v1.1", "standard"), "HTTPRoute", ["v1", "v1beta1"]),
        (("v1.1", "standard"), "GRPCRoute", ["v1"]),
        (("v1.1", "experimental"), "GRPCRoute", ["v1", "v1alpha2"]),
        (("v1.2", "experimental"), "GRPCRoute", ["v1"]),
        (("v1.1", "standard"), "ReferenceGrant", ["v1beta1", "v1alpha2"]),
        (("v1.4", "standard"), "ReferenceGrant", ["v1beta1"]),
        (("v1.5", "standard"), "ReferenceGrant", ["v1beta1", "v1"]),
        (("v1.4", "standard"), "TLSRoute", []),
        (("v1.1", "experimental"), "TLSRoute", ["v1alpha2"]),
        (("v1.4", "experimental"), "TLSRoute", ["v1alpha2", "v1alpha3"]),
        (("v1.5", "standard"), "TLSRoute", ["v1"]),
        (("v1.6", "experimental"), "TLSRoute", ["v1", "v1alpha3"]),
        (("v1.5", "standard"), "TCPRoute", []),
        (("v1.4", "experimental"), "TCPRoute", ["v1alpha2"]),
        (NEW_STANDARD, "TCPRoute", ["v1"]),
        (("v1.6", "experimental"), "TCPRoute", ["v1", "v1alpha2"]),
        (NEW_STANDARD, "UDPRoute", ["v1"]),
        (("v1.3", "experimental"), "XMesh", []),
        (("v1.4", "experimental"), "XMesh", ["v1alpha1"]),
        (NEW_STANDARD, "XMesh", []),
        (("v1.2", "experimental"), "XBackendTrafficPolicy", []),
        (("v1.3", "experimental"), "XBackendTrafficPolicy", ["v1alpha1"]),
        (("v1.3", "standard"), "XBackendTrafficPolicy", []),
    ],
)
def test_each_release_and_channel_serves_its_versions(bundle: Bundle, kind: str, versions: list[str]):
    table = crds.tables(*bundle).get(kind)
    assert [version.name for version in table.versions] == versions if table else versions == []


@pytest.mark.parametrize("bundle", crds.BUNDLES, ids="/".join)
def test_one_version_is_stored_and_annotations_say_which_bundle_it_is(bundle: Bundle):
    for manifest in crds.crd_manifests(*bundle):
        assert [version["storage"] for version in manifest["spec"]["versions"]].count(True) == 1
        annotations = manifest["metadata"]["annotations"]
        assert annotations["gateway.networking.k8s.io/bundle-version"] == crds.BUNDLES[bundle]
        assert annotations["gateway.networking.k8s.io/channel"] == bundle[1]


@pytest.mark.parametrize("line", crds.RELEASES)
def test_the_experimental_channel_has_all_kinds_of_the_standard_one(line: str):
    assert set(crds.tables(line, "standard")) <= set(crds.tables(line, "experimental"))


def test_a_mesh_belongs_to_the_whole_cluster():
    (manifest,) = (one for one in crds.crd_manifests(*crds.NEWEST) if one["spec"]["names"]["kind"] == "XMesh")
    assert manifest["spec"]["scope"] == "Cluster"
    assert manifest["spec"]["names"]["shortNames"] == ["mesh"]
    assert manifest["metadata"]["name"] == "xmeshes.gateway.networking.x-k8s.io"


def test_a_grant_has_no_status():
    (manifest,) = (one for one in crds.crd_manifests() if one["spec"]["names"]["kind"] == "ReferenceGrant")
    assert all("subresources" not in version for version in manifest["spec"]["versions"])


# --- fields and limits

MANY = [{"path": {"value": f"/{number}"}} for number in range(9)]


@pytest.mark.parametrize(
    ("obj", "rule", "refused", "accepted"),
    [
        (with_rule(name="a"), "unknown-field", ("v1.3", "standard"), ("v1.4", "standard")),
        (with_rule(name="a"), "unknown-field", ("v1.1", "experimental"), ("v1.2", "experimental")),
        (with_rule(timeouts={"request": "1s"}), "unknown-field", ("v1.1", "standard"), ("v1.2", "standard")),
        (with_rule(timeouts={"request": "1s"}), "unknown-field", ("v1.1", "standard"), ("v1.1", "experimental")),
        (with_rule(retry={"attempts": 1}), "unknown-field", NEW_STANDARD, ("v1.2", "experimental")),
        (with_rule(retry={"attempts": 1}), "unknown-field", ("v1.1", "experimental"), crds.NEWEST),
        (with_rule(retry={"attempts": 0}), "minimum", crds.NEWEST, ("v1.5", "experimental")),
        (with_rule(retry={"codes": [500, 500]}), "duplicate", crds.NEWEST, ("v1.5", "experimental")),
        (session(type="Header"), "unknown-field", NEW_STANDARD, ("v1.1", "experimental")),
        (session(idleTimeout="1s"), "unknown-field", crds.NEWEST, ("v1.5", "experimental")),
        (with_filters(CORS), "enum", ("v1.4", "standard"), ("v1.5", "standard")),
        (with_filters(CORS), "enum", ("v1.2", "experimental"), ("v1.3", "experimental")),
        (auth(protocol="HTTP", http={}), "enum", NEW_STANDARD, ("v1.4", "experimental")),
        (http_route(rules=[]), "min-items", ("v1.5", "standard"), ("v1.4", "standard")),
        (with_rule(matches=MANY), "too-many", ("v1.1", "standard"), ("v1.2", "standard")),
        (grpc_route(matches=[{}] * 9), "too-many", ("v1.2", "standard"), ("v1.3", "standard")),
        (resource("GRPCRoute") | {"spec": {}}, "", ("v1.1", "standard"), NEW_STANDARD),
        (http_route(useDefaultGateways="All"), "unknown-field", NEW_STANDARD, ("v1.4", "experimental")),
        (
            with_filters({"type": "RequestRedirect", "requestRedirect": {"statusCode": 308}}),
            "enum",
            ("v1.4", "experimental"),
            ("v1.5", "standard"),
        ),
        (
            with_filters({"type": "RequestMirror", "requestMirror": {"backendRef": BACKEND, "percent": 50}}),
            "unknown-field",
            ("v1.2", "standard"),
            ("v1.3", "standard"),
        ),
        (
            with_filters({"type": "CORS", "cors": {"allowCredentials": False}}),
            "enum",
            ("v1.3", "experimental"),
            ("v1.4", "experimental"),
        ),
        (
            with_filters({"type": "CORS", "cors": {"allowOrigins": ["*"]}}),
            "pattern",
            ("v1.4", "experimental"),
            ("v1.5", "experimental"),
        ),
        (stream_route("TCPRoute", rules=2, version="v1alpha2"), "too-many", crds.NEWEST, ("v1.5", "experimental")),
        (tls_route(version="v1alpha3"), "min-items", crds.NEWEST, ("v1.4", "experimental")),
    ],
)
def test_fields_and_limits_come_and_go(obj: Object, rule: str, refused: Bundle, accepted: Bundle):
    assert rules_broken(obj, accepted) == set()
    if rule:
        assert rule in rules_broken(obj, refused)


def test_a_call_route_needs_a_spec_since_v1_4():
    bare = {name: value for name, value in resource("GRPCRoute").items() if name != "spec"}
    assert rules_broken(bare, ("v1.3", "standard")) == set()
    assert rules_broken(bare, ("v1.4", "standard")) == {"required"}


# --- admission rules

REFUSED: list[tuple[str, Object, Bundle]] = [
    ("rule-names-distinct", http_route(rules=[{"name": "a"}, {"name": "a"}]), crds.NEWEST),
    ("rule-names-distinct", resource("GRPCRoute", rules=[{"name": "a"}, {"name": "a"}]), crds.NEWEST),
    ("matches-at-most-128", resource("GRPCRoute", rules=[{"matches": [{}] * 43}] * 3), NEW_STANDARD),
    ("filter-not-repeated", grpc_route(filters=[CALL_HEADERS, CALL_HEADERS]), NEW_STANDARD),
    ("filter-not-repeated", grpc_route(backendRefs=[BACKEND | {"filters": [CALL_HEADERS] * 2}]), NEW_STANDARD),
    ("filter-has-its-field", grpc_route(filters=[{"type": "RequestMirror"}]), NEW_STANDARD),
    ("filter-has-no-other-field", grpc_route(filters=[MIRROR | CALL_HEADERS]), NEW_STANDARD),
    ("cors-not-repeated", with_filters(CORS, CORS), NEW_STANDARD),
    ("parent-refs-distinct", parents({"port": 80}, {"port": 81}), NEW_STANDARD),
    ("parent-refs-section-name-and-port-all-or-none", parents({}, {"port": 81}), crds.NEWEST),
    ("parent-refs-section-name-and-port-all-or-none", parents({"sectionName": "a"}, {"port": 81}), crds.NEWEST),
    ("parent-refs-distinct-by-port", parents({"port": 80}, {"port": 80}), crds.NEWEST),
    ("parent-refs-distinct-by-port", parents({}, {}), ("v1.1", "experimental")),
    ("permanent-cookie-needs-timeout", session(cookieConfig={"lifetimeType": "Permanent"}), crds.NEWEST),
    ("cookie-config-for-cookies", session(type="Header", cookieConfig={}), crds.NEWEST),
    ("auth-protocol-has-its-settings", auth(protocol="GRPC"), crds.NEWEST),
    ("auth-protocol-has-no-other-settings", auth(protocol="HTTP", http={}, grpc={}), crds.NEWEST),
    ("method-or-service", call(), NEW_STANDARD),
    ("method-or-service", call(type="RegularExpression"), NEW_STANDARD),
    ("grpc-service-characters", call(service="a/b"), NEW_STANDARD),
    ("grpc-service-characters", call(service="a..b"), NEW_STANDARD),
    ("grpc-service-characters", call(service=""), NEW_STANDARD),
    ("grpc-service-characters", call(service="\u017f"), NEW_STANDARD),
    ("grpc-method-characters", call(method="do it"), NEW_STANDARD),
    ("grpc-method-characters", call(method="Do.It"), NEW_STANDARD),
    ("backend-service-needs-port", resource("TCPRoute", rules=[{"backendRefs": [{"name": "a"}]}]), NEW_STANDARD),
    ("hostnames-no-ip", tls_route("a.example", "10.0.0.1"), NEW_STANDARD),
    ("required", stream_route("TLSRoute"), NEW_STANDARD),
    ("min-items", tls_route(), NEW_STANDARD),
    ("pattern", tls_route("a.*.example"), NEW_STANDARD),
    ("too-many", stream_route("TCPRoute", rules=2), NEW_STANDARD),
    ("required", resource("UDPRoute"), NEW_STANDARD),
    ("min-items", resource("TCPRoute", rules=[{"backendRefs": []}]), NEW_STANDARD),
    ("min-items", grant(to=[]), NEW_STANDARD),
    ("required", grant(to=[{"group": ""}]), NEW_STANDARD),
    ("pattern", mesh("no-path"), crds.NEWEST),
    ("interval-a-second-to-an-hour", policy(budget={"interval": "999ms"}), crds.NEWEST),
    ("interval-a-second-to-an-hour", policy(budget={"interval": "1h1ms"}), crds.NEWEST),
    ("interval-above-zero-to-an-hour", policy(minRetryRate={"interval": "0s"}), crds.NEWEST),
    ("interval-above-zero-to-an-hour", policy(minRetryRate={"interval": "61m"}), crds.NEWEST),
    ("maximum", policy(budget={"percent": 101}), crds.NEWEST),
    ("too-long", mesh(description="x" * 65), crds.NEWEST),
    ("required", mesh(parametersRef={"group": "", "kind": "ConfigMap"}), crds.NEWEST),
]

ACCEPTED: list[tuple[str, Object, Bundle]] = [
    ("rule-names-distinct", http_route(rules=[{"name": "a"}, {"name": "b"}, {}, {}]), crds.NEWEST),
    ("rule-names-distinct", http_route(rules=[{"name": "a"}, {"name": "a"}]), NEW_STANDARD),
    (
        "matches-at-most-128",
        resource("GRPCRoute", rules=[{"matches": [{}] * 64}, {"matches": [{}] * 64}, {}]),
        NEW_STANDARD,
    ),
    ("filter-not-repeated", grpc_route(filters=[MIRROR, MIRROR, CALL_HEADERS]), NEW_STANDARD),
    ("cors-not-repeated", with_filters(CORS, CORS), ("v1.5", "standard")),
    ("parent-refs-distinct-by-port", parents({"port": 80}, {"port": 81}), crds.NEWEST),
    ("parent-refs-distinct-by-port", parents({"sectionName": "a"}, {"sectionName": "b"}), crds.NEWEST),
    ("parent-refs-section-name-and-port-all-or-none", parents({"port": 80}, {"name": "other"}), crds.NEWEST),
    (
        "permanent-cookie-needs-timeout",
        session(cookieConfig={"lifetimeType": "Permanent"}, absoluteTimeout="1h"),
        crds.NEWEST,
    ),
    ("permanent-cookie-needs-timeout", session(cookieConfig={}), crds.NEWEST),
    ("cookie-config-for-cookies", session(type="Header"), crds.NEWEST),
    ("cookie-config-for-cookies", session(type="Header", cookieConfig={}), ("v1.4", "experimental")),
    ("auth-protocol-has-its-settings", auth(protocol="GRPC", grpc={"allowedHeaders": ["x-a"]}), crds.NEWEST),
    (
        "auth-protocol-has-no-other-settings",
        auth(protocol="HTTP", http={"path": "/auth"}, forwardBody={"maxSize": 0}),
        crds.NEWEST,
    ),
    ("method-or-service", call(service="a.B"), NEW_STANDARD),
    ("method-or-service", grpc_route(matches=[{"headers": [{"name": "x-a", "value": "b"}]}]), NEW_STANDARD),
    ("grpc-service-characters", call(service=".a_1.B2", method="_Do1"), NEW_STANDARD),
    ("grpc-service-characters", call(type="RegularExpression", service="a|b/.*"), NEW_STANDARD),
    ("grpc-method-characters", call(type="RegularExpression", method="Do.*"), NEW_STANDARD),
    ("hostnames-no-ip", tls_route("a.example", "*.b.example"), NEW_STANDARD),
    ("hostnames-no-ip", tls_route("10.0.0.1", version="v1alpha2"), ("v1.4", "experimental")),
    ("immutable", mesh(description="ours", parametersRef={"group": "", "kind": "ConfigMap", "name": "a"}), crds.NEWEST),
    ("backend-service-needs-port", stream_route("TCPRoute"), NEW_STANDARD),
    ("backend-service-needs-port", stream_route("UDPRoute"), NEW_STANDARD),
    ("interval-a-second-to-an-hour", policy(budget={"interval": "1h"}), crds.NEWEST),
    ("interval-above-zero-to-an-hour", policy(minRetryRate={"interval": "1ms", "count": 1}), crds.NEWEST),
    ("", grant(), ("v1.1", "standard")),
    ("", grant("v1", to=[{"group": "", "kind": "Service", "name": "a"}]), NEW_STANDARD),
]


@pytest.mark.parametrize(("rule", "obj", "bundle"), REFUSED)
def test_refused(rule: str, obj: Object, bundle: Bundle):
    assert rules_broken(obj, bundle) == {rule}


@pytest.mark.parametrize(("rule", "obj", "bundle"), ACCEPTED)
def test_accepted(rule: str, obj: Object, bundle: Bundle):
    assert rules_broken(obj, bundle) == set()


def test_every_rule_of_the_other_kinds_has_both_examples():
    tables = [crds.tables(*bundle) for bundle in crds.BUNDLES]
    here = {rule for kinds in tables for table in kinds.values() for rule in table.rules}
    others = here - set(crds.tables()["HTTPRoute"].rules)
    assert others - set(TRANSITIONS) <= {rule for rule, _, _ in REFUSED}
    assert others <= {rule for rule, _, _ in ACCEPTED}


@given(st.lists(st.sampled_from([80, 81, None]), min_size=1, max_size=4))
def test_ports_tell_parents_apart_in_the_experimental_channel_only(ports: list[int | None]):
    route = parents(*({"port": port} if port else {} for port in ports))
    alone = len(ports) == 1
    one_form = None not in ports or set(ports) == {None}
    assert (rules_broken(route, crds.NEWEST) == set()) == (len(set(ports)) == len(ports) and one_form)
    assert (rules_broken(route, NEW_STANDARD) == set()) == alone


# --- changes


def test_a_mesh_keeps_its_controller():
    (error,) = crds.validate_change(mesh(), mesh("example.org/other"), *crds.NEWEST)
    assert (error.path, error.rule) == ("spec.controllerName", "immutable")
    assert error.message == 'Invalid value: "string": the value cannot be changed'


def test_other_changes_are_allowed():
    assert crds.validate_change(mesh(), mesh(description="new"), *crds.NEWEST) == []
    assert crds.validate_change(with_rule(), http_route(), *crds.NEWEST) == []
    assert crds.validate_change({"kind": "Service"}, {"kind": "Service", "spec": {}}, *crds.NEWEST) == []


def test_a_mesh_begins_as_pending():
    status = crds.apply_defaults(mesh(), *crds.NEWEST)["status"]
    assert [(one["type"], one["status"], one["reason"]) for one in status["conditions"]] == [
        ("Accepted", "Unknown", "Pending")
    ]
    assert crds.validate(mesh(), *crds.NEWEST) == []


def test_a_budget_for_retries_is_filled_in():
    constraint = crds.apply_defaults(policy(), *crds.NEWEST)["spec"]["retryConstraint"]
    assert constraint == {"budget": {"percent": 20, "interval": "10s"}, "minRetryRate": {"count": 10, "interval": "1s"}}


# --- any object of any kind


KINDS = [table for kind, table in crds.tables(*crds.NEWEST).items() if kind != "HTTPRoute"]


def any_object(table: crds.Table) -> st.SearchStrategy[Object]:
    head = {"apiVersion": f"{table.group}/{table.versions[0].name}", "kind": table.kind, "metadata": {"name": "a"}}
    return values(table.root).map(lambda own: head | own)


@SLOW
@given(st.one_of(*map(any_object, KINDS)), st.sampled_from(list(crds.BUNDLES)))
def test_objects_of_every_kind_are_completed_once_and_judged_alike(obj: Object, bundle: Bundle):
    rules = crds.tables(*crds.NEWEST)[obj["kind"]].rules
    assert {error.rule for error in crds.validate(obj, *crds.NEWEST)} <= {*rules, "duplicate"}
    filled = crds.apply_defaults(obj, *bundle)
    assert crds.apply_defaults(filled, *bundle) == filled
    assert crds.validate(filled, *bundle) == crds.validate(obj, *bundle)
    assert not [one for one in crds.validate(crds.prune(obj, *bundle), *bundle) if one.rule == "unknown-field"]
    assert crds.validate_change(filled, filled, *bundle) == []
