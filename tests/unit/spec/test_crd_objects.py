"""What an API server does with objects: defaults, limits, unknown fields; and the definitions it is given."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from route_objects import SLOW, Object, http_route, values, with_filters, with_path, with_rule

from spec import crds
from spec.crds.compiler import available, python_pattern
from spec.documents import SpecError

CATCH_ALL = [{"path": {"type": "PathPrefix", "value": "/"}}]
BACKEND = {"name": "a", "port": 80}
TABLE = crds.tables()["HTTPRoute"]


def only_error(route: Object) -> str:
    errors = crds.validate(route)
    assert len(errors) == 1, [str(error) for error in errors]
    return str(errors[0])


def defaulted(route: Object) -> Any:
    return crds.apply_defaults(route)["spec"]


# --- defaults


def test_an_empty_spec_gets_a_rule_that_matches_everything():
    assert defaulted(http_route()) == {"rules": [{"matches": CATCH_ALL}]}


def test_a_rule_gets_a_match():
    assert defaulted(http_route(rules=[{}]))["rules"] == [{"matches": CATCH_ALL}]


def test_an_empty_list_of_matches_stays_empty():
    assert defaulted(http_route(rules=[{"matches": []}]))["rules"] == [{"matches": []}]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ({}, {"type": "PathPrefix", "value": "/"}),
        ({"value": "/a"}, {"type": "PathPrefix", "value": "/a"}),
        ({"type": "Exact"}, {"type": "Exact", "value": "/"}),
        (None, {"type": "PathPrefix", "value": "/"}),
    ],
)
def test_a_path_is_filled_in(path: Any, expected: Object):
    assert defaulted(http_route(rules=[{"matches": [{"path": path}]}]))["rules"][0]["matches"][0]["path"] == expected


def test_a_match_without_path_gets_one():
    headers = [{"name": "x-a", "value": "b"}]
    (match,) = defaulted(with_rule(matches=[{"headers": headers, "queryParams": headers}]))["rules"][0]["matches"]
    exact = [{"type": "Exact", "name": "x-a", "value": "b"}]
    assert match == {"path": CATCH_ALL[0]["path"], "headers": exact, "queryParams": exact}


def test_references_are_filled_in():
    spec = defaulted(http_route(parentRefs=[{"name": "gw"}], rules=[{"backendRefs": [BACKEND]}]))
    assert spec["parentRefs"] == [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "gw"}]
    assert spec["rules"][0]["backendRefs"] == [{"group": "", "kind": "Service", "weight": 1, **BACKEND}]


def test_filters_are_filled_in():
    mirror = {"backendRef": BACKEND, "fraction": {"numerator": 1}}
    route = with_filters(
        {"type": "RequestRedirect", "requestRedirect": {}},
        {"type": "RequestMirror", "requestMirror": mirror},
        {"type": "CORS", "cors": {}},
    )
    redirect, copied, cors = defaulted(route)["rules"][0]["filters"]
    assert redirect["requestRedirect"] == {"statusCode": 302}
    assert copied["requestMirror"]["backendRef"] == {"group": "", "kind": "Service", **BACKEND}
    assert copied["requestMirror"]["fraction"] == {"numerator": 1, "denominator": 100}
    assert cors["cors"] == {"maxAge": 5}


def test_references_of_the_status_are_filled_in():
    route = http_route() | {"status": {"parents": [{"parentRef": {"name": "gw"}}]}}
    (parent,) = crds.apply_defaults(route)["status"]["parents"]
    assert parent["parentRef"] == {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "gw"}


def test_what_is_written_wins():
    route = http_route(rules=[{"backendRefs": [{"group": "x", "kind": "Y", "name": "a", "weight": 0}]}])
    assert defaulted(route)["rules"][0]["backendRefs"] == [{"group": "x", "kind": "Y", "name": "a", "weight": 0}]


def test_defaults_are_not_shared_between_objects():
    first = defaulted(http_route())
    first["rules"][0]["matches"].append("spoilt")
    assert defaulted(http_route()) == {"rules": [{"matches": CATCH_ALL}]}


# --- form and limits


@pytest.mark.parametrize(
    ("route", "text"),
    [
        (
            with_path("/", "X"),
            'spec.rules[0].matches[0].path.type: Unsupported value: "X": '
            'supported values: "Exact", "PathPrefix", "RegularExpression"',
        ),
        (with_rule(foo=1), 'spec.rules[0].foo: unknown field "spec.rules[0].foo"'),
        (with_rule(retry={"codes": [500]}), 'spec.rules[0].retry: unknown field "spec.rules[0].retry"'),
        (with_rule(backendRefs=[{"port": 80}]), "spec.rules[0].backendRefs[0].name: Required value"),
        (
            with_rule(backendRefs=[{"name": "a", "port": "80"}]),
            'spec.rules[0].backendRefs[0].port: Invalid value: "string": '
            'spec.rules[0].backendRefs[0].port in body must be of type integer: "string"',
        ),
        (
            with_rule(backendRefs=[{"name": "a", "port": True}]),
            'spec.rules[0].backendRefs[0].port: Invalid value: "boolean": '
            'spec.rules[0].backendRefs[0].port in body must be of type integer: "boolean"',
        ),
        (
            with_rule(backendRefs=[{"name": "a", "port": 0}]),
            "spec.rules[0].backendRefs[0].port: Invalid value: 0: "
            "spec.rules[0].backendRefs[0].port in body should be greater than or equal to 1",
        ),
        (
            with_rule(backendRefs=[{"name": "a", "port": 65536}]),
            "spec.rules[0].backendRefs[0].port: Invalid value: 65536: "
            "spec.rules[0].backendRefs[0].port in body should be less than or equal to 65535",
        ),
        (
            with_rule(timeouts={"request": "1.5s"}),
            'spec.rules[0].timeouts.request: Invalid value: "1.5s": spec.rules[0].timeouts.request in body '
            "should match '^([0-9]{1,5}(h|m|s|ms)){1,4}$'",
        ),
        (
            http_route(hostnames=[f"h{n}" for n in range(17)]),
            "spec.hostnames: Too many: 17: must have at most 16 items",
        ),
        (http_route(rules=[]), "spec.rules: Invalid value: 0: spec.rules in body should have at least 1 items"),
        (
            http_route(rules="x"),
            'spec.rules: Invalid value: "string": spec.rules in body must be of type array: "string"',
        ),
        (
            with_rule(backendRefs=None),
            'spec.rules[0].backendRefs: Invalid value: "null": '
            'spec.rules[0].backendRefs in body must be of type array: "null"',
        ),
        (
            with_path("/" + "a" * 1024),
            "spec.rules[0].matches[0].path.value: Too long: may not be more than 1024 characters",
        ),
        (
            with_rule(matches=[{"headers": [{"name": "x-a", "value": ""}]}]),
            'spec.rules[0].matches[0].headers[0].value: Invalid value: "": '
            "spec.rules[0].matches[0].headers[0].value in body should be at least 1 chars long",
        ),
        (
            with_rule(matches=[{"headers": [{"name": "x-a", "value": "b"}, {"name": "x-a", "value": "c"}]}]),
            'spec.rules[0].matches[0].headers[1]: Duplicate value: {"name":"x-a"}',
        ),
        (
            with_filters({"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": ["x-a", "x-a"]}}),
            'spec.rules[0].filters[0].requestHeaderModifier.remove[1]: Duplicate value: "x-a"',
        ),
        (
            with_filters({"type": "RequestRedirect", "requestRedirect": {"statusCode": 304}}),
            "spec.rules[0].filters[0].requestRedirect.statusCode: Unsupported value: 304: "
            "supported values: 301, 302, 303, 307, 308",
        ),
        ({k: v for k, v in http_route().items() if k != "spec"}, "spec: Required value"),
        (http_route() | {"stats": {}}, 'stats: unknown field "stats"'),
    ],
)
def test_what_is_wrong_is_told_as_the_api_does(route: Object, text: str):
    assert only_error(route) == text


def test_a_trailing_line_break_does_not_slip_through_a_pattern():
    assert "should match" in only_error(http_route(hostnames=["a.example\n"]))


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("lastTransitionTime", "yesterday", "format"),
        ("lastTransitionTime", "2026-01-02T03:04:05", "format"),
        ("status", "true", "enum"),
        ("reason", "", "min-length"),
        ("observedGeneration", -1, "minimum"),
    ],
)
def test_conditions_are_checked(field: str, value: Any, rule: str):
    condition = {
        "type": "Accepted",
        "status": "True",
        "reason": "Accepted",
        "message": "",
        "lastTransitionTime": "2026-01-02T03:04:05Z",
        "observedGeneration": 1,
    }
    parent = {"parentRef": {"name": "gw"}, "controllerName": "example.org/mesh", "conditions": [condition]}
    route = http_route() | {"status": {"parents": [parent]}}
    assert crds.validate(route) == []
    parent["conditions"] = [condition | {field: value}]
    assert rule in {error.rule for error in crds.validate(route)}


@pytest.mark.parametrize(
    ("rule", "reason"),
    [("required", "FieldValueRequired"), ("enum", "FieldValueNotSupported"), ("path-absolute", "FieldValueInvalid")],
)
def test_an_error_has_the_reason_of_the_api(rule: str, reason: str):
    assert crds.FieldError("spec", "wrong", rule).reason == reason


def test_an_unknown_field_does_not_hide_a_rule():
    assert {error.rule for error in crds.validate(with_rule(foo=1, backendRefs=[{"name": "a"}]))} == {
        "unknown-field",
        "backend-service-needs-port",
    }


def test_unknown_fields_are_dropped():
    route = with_rule(foo=1, backendRefs=[BACKEND | {"bar": 2}]) | {"extra": 3}
    assert crds.prune(route) == with_rule(backendRefs=[BACKEND])


@pytest.mark.parametrize(
    "other",
    [
        {"apiVersion": "v1", "kind": "Service", "spec": {"rules": "x"}},
        {"apiVersion": "example.org/v1", "kind": "HTTPRoute", "spec": {"rules": "x"}},
        {"apiVersion": "gateway.networking.k8s.io/v1alpha2", "kind": "HTTPRoute", "spec": {"rules": "x"}},
        {"kind": ["HTTPRoute"]},
        {},
    ],
)
def test_other_kinds_are_left_alone(other: Object):
    assert crds.apply_defaults(other) is other
    assert crds.prune(other) is other
    assert crds.validate(other) == []


def test_the_older_version_has_the_same_fields():
    route = http_route(rules=[{"foo": 1}]) | {"apiVersion": "gateway.networking.k8s.io/v1beta1"}
    assert only_error(route) == 'spec.rules[0].foo: unknown field "spec.rules[0].foo"'


# --- any object


ROUTES = values(TABLE.root).map(lambda own: http_route() | own)


@SLOW
@given(ROUTES)
def test_a_well_formed_object_is_refused_by_rules_and_duplicates_only(route: Object):
    assert {error.rule for error in crds.validate(route)} <= {*TABLE.rules, "duplicate"}


@SLOW
@given(ROUTES)
def test_defaults_are_filled_in_once_and_judged_alike(route: Object):
    before = deepcopy(route)
    filled = crds.apply_defaults(route)
    assert route == before
    assert crds.apply_defaults(filled) == filled
    assert crds.validate(filled) == crds.validate(route)
    assert crds.prune(filled) == filled


# --- definitions


def nodes(schema: Object, path: str = "") -> list[tuple[str, Object]]:
    found = [(path, schema)]
    for name, member in schema.get("properties", {}).items():
        found += nodes(member, f"{path}.{name}")
    return found + (nodes(schema["items"], f"{path}[]") if "items" in schema else [])


def schema_nodes() -> list[tuple[str, Object]]:
    """Of all resources, in the release and channel with most fields."""
    return [
        node
        for manifest in crds.crd_manifests(*crds.NEWEST)
        for node in nodes(
            manifest["spec"]["versions"][0]["schema"]["openAPIV3Schema"], manifest["spec"]["names"]["kind"]
        )
    ]


def test_the_definition_says_what_it_is():
    (manifest,) = (one for one in crds.crd_manifests() if one["spec"]["names"]["kind"] == "HTTPRoute")
    annotations = manifest["metadata"]["annotations"]
    assert manifest["metadata"]["name"] == "httproutes.gateway.networking.k8s.io"
    assert annotations["gateway.networking.k8s.io/bundle-version"] == "v1.6.1"
    assert annotations["gateway.networking.k8s.io/channel"] == "standard"
    assert annotations["api-approved.kubernetes.io"].startswith("unapproved")
    assert [(v["name"], v["served"], v["storage"]) for v in manifest["spec"]["versions"]] == [
        ("v1", True, True),
        ("v1beta1", True, False),
    ]
    assert all(version["subresources"] == {"status": {}} for version in manifest["spec"]["versions"])


@pytest.mark.parametrize(("path", "schema"), schema_nodes())
def test_the_schema_is_structural(path: str, schema: Object):
    assert schema["type"] in {"object", "array", "string", "integer", "boolean"}
    assert schema.get("description") or path.endswith(".metadata")
    assert ("items" in schema) == (schema["type"] == "array")
    assert set(schema.get("required", ())) <= set(schema.get("properties", ()))
    if schema.get("x-kubernetes-list-type") == "set":
        assert schema["items"]["type"] not in {"object", "array"}
    if schema.get("x-kubernetes-list-type") == "map":
        assert set(schema["x-kubernetes-list-map-keys"]) <= set(schema["items"]["required"])


def test_defaults_of_the_schema_are_valid():
    spec = TABLE.root.fields["spec"]
    for route in (http_route(), http_route(rules=[{}])):
        assert crds.validate(route) == []
    assert spec.fields["rules"].default == [{"matches": CATCH_ALL}]


def test_a_definition_can_be_changed_without_changing_the_next():
    crds.crd_manifests()[0]["spec"]["versions"].clear()
    assert len(crds.crd_manifests()[0]["spec"]["versions"]) == 2


def test_every_field_says_what_it_means():
    assert all(len(node["description"]) > 5 for path, node in schema_nodes() if not path.endswith(".metadata"))


# --- releases and channels


def test_releases_without_tables_are_refused():
    with pytest.raises(SpecError, match=r"no field tables for Gateway API v1\.0 standard; there are: v1\.1 standard, "):
        crds.crd_manifests("v1.0")


@pytest.mark.parametrize(
    ("since", "version", "channel", "expected"),
    [
        (None, "v1.1", "standard", True),
        ({"experimental": "v1.3", "standard": "v1.5"}, "v1.4", "standard", False),
        ({"experimental": "v1.3", "standard": "v1.5"}, "v1.5", "standard", True),
        ({"experimental": "v1.3", "standard": "v1.5"}, "v1.4", "experimental", True),
        ({"experimental": "v1.3", "standard": "v1.5"}, "v1.2", "experimental", False),
        ({"experimental": "v1.2"}, "v1.10", "standard", False),
        ({"experimental": "v1.2"}, "v1.10", "experimental", True),
        ({"standard": "v1.2"}, "v1.2", "experimental", True),
    ],
)
def test_what_is_new_is_left_out_of_older_releases(since: Any, version: str, channel: str, expected: bool):
    assert available(since, version, channel) == expected


def test_a_release_has_a_form():
    with pytest.raises(SpecError, match=r"'1\.6' is not a release such as v1\.6"):
        available({"standard": "1.6"}, "v1.6", "standard")


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [("^a$", "a", True), ("^a$", "a\n", False), ("^[$]$", "$", True), (r"^\$$", "$", True), ("^$|^b$", "", True)],
)
def test_patterns_end_where_the_text_ends(pattern: str, text: str, matches: bool):
    assert bool(python_pattern(pattern).search(text)) == matches
