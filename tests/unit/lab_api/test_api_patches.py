"""JSON merge patch, JSON patch, strategic merge."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.api.builtin.types import node
from lab.api.errors import StatusError
from lab.api.patch import json_patch, merge_patch
from lab.api.strategic import strategic_merge

scalars = st.one_of(st.booleans(), st.integers(-9, 9), st.text("ab/~", max_size=3))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("ab/~", max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.text("ab/~", max_size=2), values, max_size=4)


def _merge_diff(old: Any, new: Any) -> Any:
    """The merge patch that makes ``new`` of ``old``, by the definition of RFC 7386."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    patch = {key: None for key in old if key not in new}
    return patch | {key: _merge_diff(old.get(key), value) for key, value in new.items() if old.get(key, ...) != value}


@given(objects, objects)
def test_a_merge_patch_leads_to_its_goal(old: dict[str, Any], new: dict[str, Any]) -> None:
    before = deepcopy(old)
    assert merge_patch(old, _merge_diff(old, new)) == new
    assert old == before, "the target is not changed"


@given(objects, objects)
def test_a_merge_patch_is_idempotent(target: dict[str, Any], patch: dict[str, Any]) -> None:
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once


@pytest.mark.parametrize(
    ("target", "patch", "expected"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_examples_of_the_rfc(target: Any, patch: Any, expected: Any) -> None:
    assert merge_patch(target, patch) == expected


def _pointer(*parts: str) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


@given(objects, st.text("ab/~", max_size=2), values)
def test_add_then_remove_is_nothing(target: dict[str, Any], name: str, value: Any) -> None:
    target = {key: part for key, part in target.items() if key != name}
    path = _pointer(name)
    added = json_patch(target, [{"op": "add", "path": path, "value": value}])
    assert added == {**target, name: value}
    assert json_patch(added, [{"op": "test", "path": path, "value": value}, {"op": "remove", "path": path}]) == target


@given(objects)
def test_move_and_copy_keep_values(target: dict[str, Any]) -> None:
    for name, value in target.items():
        moved = json_patch(target, [{"op": "move", "from": _pointer(name), "path": "/new"}])
        assert moved == {**{key: part for key, part in target.items() if key != name}, "new": value}
        assert json_patch(target, [{"op": "copy", "from": _pointer(name), "path": "/new"}])["new"] == value


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([{"op": "add", "path": "/list/1", "value": 9}], {"list": [1, 9, 2]}),
        ([{"op": "add", "path": "/list/-", "value": 9}], {"list": [1, 2, 9]}),
        ([{"op": "replace", "path": "/list/0", "value": 9}], {"list": [9, 2]}),
        ([{"op": "remove", "path": "/list/0"}], {"list": [2]}),
        ([{"op": "replace", "path": "", "value": {}}], {}),
    ],
)
def test_json_patch_of_lists(operations: list[dict[str, Any]], expected: Any) -> None:
    assert json_patch({"list": [1, 2]}, operations) == expected


@pytest.mark.parametrize(
    ("operations", "code"),
    [
        ({"op": "add"}, 400),
        ([{"op": "add", "path": "list"}], 400),
        ([{"op": "add", "path": "/a"}], 400),
        ([{"op": "fly", "path": "/list"}], 422),
        ([{"op": "remove", "path": "/nothing"}], 422),
        ([{"op": "replace", "path": "/nothing", "value": 1}], 422),
        ([{"op": "add", "path": "/list/7", "value": 1}], 422),
        ([{"op": "test", "path": "/list", "value": []}], 422),
        ([{"op": "remove", "path": ""}], 422),
    ],
)
def test_json_patches_that_fail_change_nothing(operations: Any, code: int) -> None:
    target = {"list": [1, 2]}
    with pytest.raises(StatusError) as refused:
        json_patch(target, operations)
    assert refused.value.code == code
    assert target == {"list": [1, 2]}


PORTS = {"ports": [{"port": 80, "name": "a"}, {"port": 90, "name": "b"}], "selector": {"x": "1", "y": "2"}}


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"ports": [{"port": 90, "name": "c"}]}, [("a", 80), ("c", 90)]),
        ({"ports": [{"port": 70, "name": "c"}]}, [("a", 80), ("b", 90), ("c", 70)]),
        ({"ports": [{"port": 80, "$patch": "delete"}]}, [("b", 90)]),
        ({"ports": [{"$patch": "replace"}, {"port": 70, "name": "c"}]}, [("c", 70)]),
        ({"$setElementOrder/ports": [{"port": 90}, {"port": 80}]}, [("b", 90), ("a", 80)]),
        ({"ports": None}, []),
    ],
)
def test_strategic_merge_of_a_list_with_a_key(patch: dict[str, Any], expected: list[tuple[str, int]]) -> None:
    merged = strategic_merge(node("ServiceSpec"), PORTS, patch)
    assert [(port["name"], port["port"]) for port in merged.get("ports", [])] == expected
    assert merged["selector"] == PORTS["selector"]


def test_strategic_merge_of_maps_primitives_and_retained_keys() -> None:
    assert strategic_merge(node("ServiceSpec"), PORTS, {"selector": {"y": None}})["selector"] == {"x": "1"}
    meta = {"finalizers": ["a", "b"]}
    assert strategic_merge(node("ObjectMeta"), meta, {"finalizers": ["c"]})["finalizers"] == ["a", "b", "c"]
    left = strategic_merge(node("ObjectMeta"), meta, {"$deleteFromPrimitiveList/finalizers": ["a"]})
    assert left["finalizers"] == ["b"]
    strategy = {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}
    patch = {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}
    assert strategic_merge(node("DeploymentSpec"), strategy, patch) == {"strategy": {"type": "Recreate"}}


def test_a_list_item_without_its_key_is_refused() -> None:
    with pytest.raises(StatusError, match="does not contain declared merge key: port"):
        strategic_merge(node("ServiceSpec"), PORTS, {"ports": [{"name": "x"}]})
