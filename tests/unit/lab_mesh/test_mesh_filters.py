"""The net effect of header modifiers, path replacements, and which rules are refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.mesh.envoy.actions import path_rewrite
from lab.mesh.model.filters import header_edits
from lab.mesh.model.validity import rule_problem
from lab.mesh.world.parse_route import parse_route
from lab.mesh.world.route import HeaderModifier, PathChange
from tests.contract.lab_mesh.objects import (
    backend,
    edit_request,
    exact,
    header,
    parent,
    prefix,
    redirect,
    replace_path,
    replace_prefix,
    rewrite,
    route,
    rule,
)


def auth(protocol: str, **settings: Any) -> dict[str, Any]:
    asked = {"protocol": protocol, "backendRef": backend("v2"), protocol.lower(): settings}
    return {"type": "ExternalAuth", "externalAuth": asked}


names = st.sampled_from(["a", "A", "b", "B", "c"])
pairs = st.lists(st.tuples(names, st.sampled_from(["1", "2"])), max_size=3).map(tuple)
modifiers = st.builds(HeaderModifier, pairs, pairs, st.lists(names, max_size=2).map(tuple))


def literally(headers: dict[str, list[str]], modifier: HeaderModifier) -> None:
    """What the fields of one modifier say, done to a message: set, add, remove."""
    for name, value in modifier.set:
        headers[name.lower()] = [value]
    for name, value in modifier.add:
        headers[name.lower()] = [*headers.get(name.lower(), []), value]
    for name in modifier.remove:
        headers.pop(name.lower(), None)


@given(st.lists(modifiers, max_size=3), st.dictionaries(st.sampled_from("abc"), st.just(["old"])))
def test_folded_edits_do_what_the_modifiers_do_one_after_the_other(
    found: list[HeaderModifier], before: dict[str, list[str]]
) -> None:
    expected, folded = dict(before), dict(before)
    for modifier in found:
        literally(expected, modifier)
    for edit in header_edits(found):
        kept = [] if edit.replace else folded.get(edit.name.lower(), [])
        folded[edit.name.lower()] = [*kept, *edit.values]
    assert {name: values for name, values in folded.items() if values} == expected


@given(st.lists(modifiers, max_size=3))
def test_one_edit_a_header(found: list[HeaderModifier]) -> None:
    edited = [edit.name.lower() for edit in header_edits(found)]
    assert len(edited) == len(set(edited))


def rewritten(path: str, matched: str, replacement: str) -> str:
    made = path_rewrite(PathChange(whole=False, value=replacement), matched.rstrip("/"))
    return re.sub(made["pattern"]["regex"], made["substitution"], path, count=1)


elements = st.text("ab.*+1%-", min_size=1, max_size=4)
clean = st.lists(elements, max_size=3).map(lambda parts: "".join(f"/{part}" for part in parts))


@given(clean, clean, clean, st.booleans(), st.booleans())
def test_prefix_replacement_works_by_elements(
    matched: str, rest: str, new: str, slash_of_prefix: bool, slash_of_new: bool
) -> None:
    expected = (new + rest) or "/"
    found = rewritten(matched + rest, matched + "/" * slash_of_prefix, new + "/" * slash_of_new)
    if matched + rest:  # a request always has a path
        assert found == expected


@pytest.mark.parametrize(("value", "path"), [("/one", "/one"), ("", "/"), (r"/a\1", r"/a\1")])
def test_full_replacement(value: str, path: str) -> None:
    made = path_rewrite(PathChange(whole=True, value=value), "/x")
    assert re.sub(f"^{made['pattern']['regex']}$", made["substitution"], "/x/y", count=1) == path


def problem_of(made: dict[str, Any]) -> str | None:
    (parsed,) = parse_route(route("r", parent("s"), made)).rules
    problem = rule_problem(parsed)
    return problem.reason if problem else None


def regex(kind: str, pattern: str) -> dict[str, Any]:
    if kind == "path":
        return {"path": {"type": "RegularExpression", "value": pattern}}
    return {kind: [{**header("n", pattern), "type": "RegularExpression"}]}


@pytest.mark.parametrize("kind", ["path", "headers", "queryParams"])
@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("/a+[b-d]?(x|y)*", None),
        (r"/\d{2,3}\.(?:html|txt)", None),
        ("(?i)/abc", None),
        ("(unclosed", "UnsupportedValue"),
        (r"(a)\1", "UnsupportedValue"),
        ("/a(?=b)", "UnsupportedValue"),
        ("/a(?<!b)", "UnsupportedValue"),
        ("/a++", "UnsupportedValue"),
    ],
)
def test_regular_expressions(kind: str, pattern: str, problem: str | None) -> None:
    assert problem_of(rule(regex(kind, pattern), to="v1")) == problem


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (rule(to="v1", filters=[{"type": "Unheard"}]), "UnsupportedValue"),
        (rule(to=backend("v1", filters=[{"type": "Unheard"}])), "UnsupportedValue"),
        (rule(to="v1", filters=[{"type": "ExtensionRef"}]), None),
        (rule({"path": {"type": "Glob", "value": "/*"}}, to="v1"), "UnsupportedValue"),
        (rule({"headers": [{"type": "Glob", "name": "a", "value": "*"}]}, to="v1"), "UnsupportedValue"),
        (rule({"queryParams": [{"type": "Glob", "name": "a", "value": "*"}]}, to="v1"), "UnsupportedValue"),
        (rule(filters=[redirect(statusCode=302)]), None),
        (rule(filters=[redirect(statusCode=304)]), "UnsupportedValue"),
        (rule(filters=[redirect(scheme="gopher")]), "UnsupportedValue"),
        (rule(to="v1", filters=[auth("HTTP")]), None),
        (rule(to="v1", filters=[auth("OTHER")]), "UnsupportedValue"),
        (rule(to="v1", filters=[auth("GRPC", allowedHeaders=["a"])]), "UnsupportedValue"),
        (rule(to=[backend("v1", filters=[auth("HTTP")])], filters=[auth("HTTP")]), "IncompatibleFilters"),
        (rule(filters=[auth("HTTP"), redirect()]), "IncompatibleFilters"),
        (rule(filters=[redirect(), rewrite(hostname="h")]), "IncompatibleFilters"),
        (rule(to="v1", filters=[rewrite(hostname="h"), edit_request(remove=["x"])]), None),
        (rule(exact("/a"), to="v1", filters=[rewrite(path=replace_prefix("/b"))]), "UnsupportedValue"),
        (rule(exact("/a"), to="v1", filters=[rewrite(path=replace_path("/b"))]), None),
        (rule(prefix("/a"), to="v1", filters=[rewrite(path=replace_prefix("/b"))]), None),
        (rule(to="v1", filters=[edit_request(set=[header("Host", "h")])]), None),
        (rule(to="v1", filters=[edit_request(add=[header("Host", "h")])]), "UnsupportedValue"),
        (rule(to="v1", filters=[edit_request(remove=["hOST"])]), "UnsupportedValue"),
        (rule(to="v1", sessionPersistence={"absoluteTimeout": "1s"}), None),
        (rule(to="v1", sessionPersistence={"idleTimeout": "1s"}), "UnsupportedValue"),
        (rule(to="v1", sessionPersistence={"cookieConfig": {"lifetimeType": "Permanent"}}), "UnsupportedValue"),
    ],
)
def test_rules_that_cannot_be_implemented(made: dict[str, Any], problem: str | None) -> None:
    assert problem_of(made) == problem
