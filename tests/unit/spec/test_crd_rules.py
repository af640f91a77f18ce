"""Every admission rule refuses what it is for, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from route_objects import Object, http_route, with_filters, with_path, with_rule

from spec import crds
from spec.crds.rules import PREDICATES, TRANSITIONS, milliseconds

SERVICE = {"group": "", "kind": "Service", "name": "front"}
BACKEND = {"name": "a", "port": 80}
PREFIX = {"path": {"type": "PathPrefix", "value": "/a"}}
EXACT = {"path": {"type": "Exact", "value": "/a"}}
REPLACE_PREFIX = {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/b"}
REPLACE_FULL = {"type": "ReplaceFullPath", "replaceFullPath": "/b"}
MIRROR = {"type": "RequestMirror", "requestMirror": {"backendRef": BACKEND}}
SET = {"set": [{"name": "x-a", "value": "b"}]}
CORS: Object = {"type": "CORS", "cors": {}}
REQUEST_HEADERS = {"type": "RequestHeaderModifier", "requestHeaderModifier": SET}


def redirect(**fields: Any) -> Object:
    return {"type": "RequestRedirect", "requestRedirect": fields}


def rewrite(**fields: Any) -> Object:
    return {"type": "URLRewrite", "urlRewrite": fields}


def parents(*refs: Object) -> Object:
    return http_route(parentRefs=[SERVICE | ref for ref in refs])


def backend(entry: Object, *matches: Object) -> Object:
    return with_rule(matches=list(matches), backendRefs=[BACKEND | {"filters": [entry]}])


def mirror(**fields: Any) -> Object:
    return with_filters({"type": "RequestMirror", "requestMirror": {"backendRef": BACKEND, **fields}})


def cors(**fields: Any) -> Object:
    return with_filters({"type": "CORS", "cors": fields})


def rules_with_matches(*counts: int) -> Object:
    return http_route(rules=[{"matches": [PREFIX] * count} for count in counts])


REFUSED: list[tuple[str, str, Object]] = [
    ("parent-refs-section-name-all-or-none", "spec.parentRefs", parents({}, {"sectionName": "http"})),
    ("parent-refs-distinct", "spec.parentRefs", parents({}, {})),
    ("parent-refs-distinct", "spec.parentRefs", parents({"sectionName": "http"}, {"sectionName": "http"})),
    # In the standard channel the port does not make two references distinct.
    ("parent-refs-distinct", "spec.parentRefs", parents({"port": 80}, {"port": 81})),
    ("backend-service-needs-port", "spec.rules[0].backendRefs[0]", with_rule(backendRefs=[{"name": "a"}])),
    (
        "backend-service-needs-port",
        "spec.rules[0].filters[0].requestMirror.backendRef",
        with_filters({"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "a"}}}),
    ),
    ("matches-at-most-128", "spec.rules", rules_with_matches(64, 64, 1)),
    ("redirect-without-backends", "spec.rules[0]", with_filters(redirect(hostname="b"), backendRefs=[BACKEND])),
    (
        "redirect-prefix-needs-prefix-match",
        "spec.rules[0]",
        with_filters(redirect(path=REPLACE_PREFIX), matches=[EXACT]),
    ),
    (
        "redirect-prefix-needs-prefix-match",
        "spec.rules[0]",
        with_filters(redirect(path=REPLACE_PREFIX), matches=[PREFIX, PREFIX]),
    ),
    ("rewrite-prefix-needs-prefix-match", "spec.rules[0]", with_filters(rewrite(path=REPLACE_PREFIX), matches=[EXACT])),
    ("rewrite-prefix-needs-prefix-match", "spec.rules[0]", with_filters(rewrite(path=REPLACE_PREFIX), matches=[])),
    ("backend-redirect-prefix-needs-prefix-match", "spec.rules[0]", backend(redirect(path=REPLACE_PREFIX), EXACT)),
    ("backend-rewrite-prefix-needs-prefix-match", "spec.rules[0]", backend(rewrite(path=REPLACE_PREFIX), EXACT)),
    (
        "backend-timeout-within-request",
        "spec.rules[0].timeouts",
        with_rule(timeouts={"request": "1s", "backendRequest": "1001ms"}),
    ),
    ("path-absolute", "spec.rules[0].matches[0].path", with_path("a")),
    ("path-absolute", "spec.rules[0].matches[0].path", with_path("a/b", "Exact")),
    ("path-no-double-slash", "spec.rules[0].matches[0].path", with_path("/a//b")),
    ("path-no-dot-segments", "spec.rules[0].matches[0].path", with_path("/a/./b")),
    ("path-no-dot-segments", "spec.rules[0].matches[0].path", with_path("/a/../b")),
    ("path-no-dot-segments", "spec.rules[0].matches[0].path", with_path("/a/.")),
    ("path-no-dot-segments", "spec.rules[0].matches[0].path", with_path("/a/..", "Exact")),
    ("path-no-encoded-slash", "spec.rules[0].matches[0].path", with_path("/a%2fb")),
    ("path-no-encoded-slash", "spec.rules[0].matches[0].path", with_path("/a%2Fb")),
    ("path-no-fragment", "spec.rules[0].matches[0].path", with_path("/a#b")),
    ("path-characters", "spec.rules[0].matches[0].path", with_path("/a b")),
    ("path-characters", "spec.rules[0].matches[0].path", with_path("/a%2")),
    ("path-characters", "spec.rules[0].matches[0].path", with_path("/a\n", "Exact")),
    ("redirect-or-rewrite", "spec.rules[0].filters", with_filters(redirect(hostname="b"), rewrite(hostname="b"))),
    ("filter-not-repeated", "spec.rules[0].filters", with_filters(REQUEST_HEADERS, REQUEST_HEADERS)),
    ("cors-not-repeated", "spec.rules[0].filters", with_filters(CORS, CORS)),
    (
        "filter-not-repeated",
        "spec.rules[0].backendRefs[0].filters",
        with_rule(backendRefs=[BACKEND | {"filters": [REQUEST_HEADERS, REQUEST_HEADERS]}]),
    ),
    ("filter-has-its-field", "spec.rules[0].filters[0]", with_filters({"type": "URLRewrite"})),
    (
        "filter-has-no-other-field",
        "spec.rules[0].filters[0]",
        with_filters(REQUEST_HEADERS | {"urlRewrite": {"hostname": "b"}}),
    ),
    (
        "path-modifier-has-its-value",
        "spec.rules[0].filters[0].urlRewrite.path",
        with_filters(rewrite(path={"type": "ReplaceFullPath"})),
    ),
    (
        "path-modifier-has-no-other-value",
        "spec.rules[0].filters[0].urlRewrite.path",
        with_filters(rewrite(path=REPLACE_FULL | {"replacePrefixMatch": "/"})),
    ),
    (
        "mirror-percent-or-fraction",
        "spec.rules[0].filters[0].requestMirror",
        mirror(percent=1, fraction={"numerator": 1}),
    ),
    (
        "fraction-at-most-one",
        "spec.rules[0].filters[0].requestMirror.fraction",
        mirror(fraction={"numerator": 101}),
    ),
    (
        "cors-wildcard-alone",
        "spec.rules[0].filters[0].cors.allowOrigins",
        cors(allowOrigins=["*", "https://a.example"]),
    ),
    ("cors-wildcard-alone", "spec.rules[0].filters[0].cors.allowMethods", cors(allowMethods=["GET", "*"])),
    ("cors-wildcard-alone", "spec.rules[0].filters[0].cors.allowHeaders", cors(allowHeaders=["x-a", "*"])),
]

ACCEPTED: list[tuple[str, Object]] = [
    ("parent-refs-section-name-all-or-none", parents({}, {"name": "other", "sectionName": "http"})),
    ("parent-refs-section-name-all-or-none", parents({"sectionName": "a"}, {"sectionName": "b"})),
    # A namespace left out is not compared with the route's own.
    ("parent-refs-distinct", parents({}, {"namespace": "gamma-producer"})),
    ("parent-refs-distinct", parents({}, {"kind": "Other"})),
    ("parent-refs-distinct", parents({}, {"group": "example.org"})),
    ("backend-service-needs-port", with_rule(backendRefs=[{"group": "example.org", "kind": "Bucket", "name": "a"}])),
    ("backend-service-needs-port", with_rule(backendRefs=[BACKEND])),
    ("matches-at-most-128", rules_with_matches(64, 64)),
    ("redirect-without-backends", with_filters(redirect(hostname="b"), backendRefs=[])),
    ("redirect-prefix-needs-prefix-match", with_filters(redirect(path=REPLACE_PREFIX), matches=[PREFIX])),
    ("redirect-prefix-needs-prefix-match", with_filters(redirect(path=REPLACE_PREFIX))),
    ("redirect-prefix-needs-prefix-match", with_filters(redirect(path=REPLACE_FULL), matches=[EXACT])),
    ("rewrite-prefix-needs-prefix-match", with_filters(rewrite(path=REPLACE_PREFIX), matches=[PREFIX])),
    ("backend-redirect-prefix-needs-prefix-match", backend(redirect(path=REPLACE_PREFIX), PREFIX)),
    ("backend-rewrite-prefix-needs-prefix-match", backend(rewrite(path=REPLACE_PREFIX), PREFIX)),
    ("backend-timeout-within-request", with_rule(timeouts={"request": "1s", "backendRequest": "1000ms"})),
    ("backend-timeout-within-request", with_rule(timeouts={"request": "0s", "backendRequest": "5s"})),
    ("backend-timeout-within-request", with_rule(timeouts={"backendRequest": "5s"})),
    ("path-absolute", with_path("a.*", "RegularExpression")),
    ("path-no-double-slash", with_path("//", "RegularExpression")),
    ("path-no-dot-segments", with_path("/a/.b/..c/d..")),
    ("path-no-dot-segments", with_path("/../", "RegularExpression")),
    ("path-no-encoded-slash", with_path("/a%2eb")),
    ("path-no-encoded-slash", with_path("%2f", "RegularExpression")),
    ("path-no-fragment", with_path("#", "RegularExpression")),
    ("path-characters", with_path("/-A.b_c~!$&'()*+,;=:@%20/", "Exact")),
    ("path-characters", with_path("[a-z ]+", "RegularExpression")),
    ("redirect-or-rewrite", with_filters(rewrite(hostname="b"), MIRROR)),
    ("filter-not-repeated", with_filters(MIRROR, MIRROR)),
    ("cors-not-repeated", with_filters(CORS, MIRROR)),
    ("filter-has-its-field", with_filters(REQUEST_HEADERS)),
    ("filter-has-no-other-field", with_filters(MIRROR)),
    ("path-modifier-has-its-value", with_filters(rewrite(path={"type": "ReplaceFullPath", "replaceFullPath": ""}))),
    ("path-modifier-has-no-other-value", with_filters(rewrite(path=REPLACE_FULL))),
    ("mirror-percent-or-fraction", mirror(percent=0)),
    ("mirror-percent-or-fraction", mirror(fraction={"numerator": 1, "denominator": 3})),
    ("fraction-at-most-one", mirror(fraction={"numerator": 100})),
    ("cors-wildcard-alone", cors(allowOrigins=["*"], allowMethods=["*"], allowHeaders=["*"])),
    ("cors-wildcard-alone", cors(exposeHeaders=["*", "x-a"])),
]


@pytest.mark.parametrize(("rule", "path", "route"), REFUSED)
def test_refused(rule: str, path: str, route: Object):
    errors = [error for error in crds.validate(route) if error.rule == rule]
    assert [error.path for error in errors] == [path]
    assert crds.tables()["HTTPRoute"].rules[rule].message in errors[0].message


@pytest.mark.parametrize(("rule", "route"), ACCEPTED)
def test_accepted(rule: str, route: Object):
    assert rule in PREDICATES
    assert crds.validate(route) == []


def test_every_rule_has_both_examples():
    rules = set(crds.tables()["HTTPRoute"].rules)
    assert {rule for rule, _, _ in REFUSED} == rules
    assert {rule for rule, _ in ACCEPTED} == rules


def test_every_predicate_is_named_by_a_table():
    named = {rule for bundle in crds.BUNDLES for table in crds.tables(*bundle).values() for rule in table.rules}
    assert set(PREDICATES) | set(TRANSITIONS) == named


def test_equal_rule_names_are_let_through():
    """The standard channel of v1.6 does not check what the documentation asks for."""
    assert crds.validate(http_route(rules=[{"name": "a"}, {"name": "a"}])) == []


def test_two_backends_that_replace_the_prefix_are_let_through():
    """The real API server asks for a prefix match only where exactly one backend replaces the prefix."""
    entry = BACKEND | {"filters": [rewrite(path=REPLACE_PREFIX)]}
    assert crds.validate(with_rule(matches=[EXACT], backendRefs=[entry, entry])) == []


UNITS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


@given(st.lists(st.tuples(st.integers(0, 99_999), st.sampled_from(sorted(UNITS))), min_size=1, max_size=4))
def test_durations_are_added_up(parts: list[tuple[int, str]]):
    text = "".join(f"{number}{unit}" for number, unit in parts)
    assert milliseconds(text) == sum(number * UNITS[unit] for number, unit in parts)
