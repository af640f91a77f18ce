"""Sets of fields, and server-side apply on them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.api import apply as ssa
from lab.api import fields
from lab.api.builtin.types import node
from lab.api.errors import StatusError

SERVICE = node("Service")
NOW = "2026-01-01T00:00:00Z"

ports = st.lists(
    st.fixed_dictionaries(
        {"port": st.integers(80, 83)}, optional={"name": st.sampled_from("abc"), "targetPort": st.integers(1, 3)}
    ),
    max_size=3,
    unique_by=lambda port: port["port"],
)
labels = st.dictionaries(st.sampled_from("xyz"), st.sampled_from("12"), max_size=3)
configs = st.builds(
    lambda ports, labels, selector, kind: {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s", **({"labels": labels} if labels else {})},
        "spec": {
            **({"ports": ports} if ports else {}),
            **({"selector": selector} if selector else {}),
            **({"type": kind} if kind else {}),
        },
    },
    ports,
    labels,
    labels,
    st.sampled_from(["", "ClusterIP", "NodePort"]),
)


def _wanted(config: dict[str, Any]) -> fields.Paths:
    return ssa.ownable(fields.flatten(SERVICE, config), has_status=True, subresource="")


def _apply(live: dict[str, Any] | None, config: dict[str, Any], who: str, *, force: bool = True) -> dict[str, Any]:
    manager = ssa.Manager(who, "Apply", "v1")
    config = deepcopy(config)
    wanted = _wanted(config)
    if live is None:
        ssa.write_owners(config, [ssa.Owned(manager, wanted, NOW)])
        return config
    done = ssa.apply(SERVICE, live, config, ssa.Intent(manager, wanted, NOW, force))
    obj: dict[str, Any] = deepcopy(done.obj)
    ssa.write_owners(obj, done.owners)
    return obj


def _content(obj: dict[str, Any]) -> fields.Flat:
    flat = fields.flatten(SERVICE, obj)
    keep = ssa.ownable(flat, has_status=True, subresource="")
    return {path: value for path, value in flat.items() if path in keep and value not in ({}, [])}


@given(configs)
def test_fields_survive_their_json_form(config: dict[str, Any]) -> None:
    paths = _wanted(config)
    assert fields.from_json(fields.to_json(paths)) == paths


@given(configs, configs)
def test_the_last_apply_of_one_manager_is_the_object(first: dict[str, Any], second: dict[str, Any]) -> None:
    result = _apply(_apply(None, first, "one"), second, "one")
    assert _content(result) == _content(second)


@given(configs)
def test_applying_again_changes_nothing(config: dict[str, Any]) -> None:
    once = _apply(None, config, "one")
    assert _apply(once, config, "one", force=False) == once


@given(configs, configs)
def test_a_forced_apply_gets_all_it_wants(first: dict[str, Any], second: dict[str, Any]) -> None:
    result = _content(_apply(_apply(None, first, "one"), second, "two"))
    for path, value in _content(second).items():
        assert result[path] == value


@given(configs, configs)
def test_another_manager_removes_nothing(first: dict[str, Any], second: dict[str, Any]) -> None:
    result = _content(_apply(_apply(None, first, "one"), second, "two"))
    assert set(result) >= set(_content(first))


@given(configs, configs)
def test_conflicts_are_exactly_the_owned_fields_that_would_change(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    before, after = _content(first), _content(second)
    expected = {path for path in before.keys() & after.keys() if before[path] != after[path]}
    live = _apply(None, first, "one")
    try:
        _apply(live, second, "two", force=False)
    except StatusError as error:
        found = {cause.field for cause in error.causes}
    else:
        found = set()
    assert found == {fields.display(path) for path in expected}


@given(configs, configs)
def test_leaving_gives_the_object_back(first: dict[str, Any], second: dict[str, Any]) -> None:
    """What two managers applied without conflict is, once one applies nothing, what the other one applied."""
    live = _apply(None, first, "one")
    try:
        live = _apply(live, second, "two", force=False)
    except StatusError:
        return
    nothing = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}
    assert _content(_apply(live, nothing, "two")) == _content(first)


def test_display_of_paths() -> None:
    path = ("f:spec", "f:ports", 'k:{"port":80,"protocol":"TCP"}', "f:name")
    assert fields.display(path) == '.spec.ports[port=80,protocol="TCP"].name'
    assert fields.display(("f:metadata", "f:finalizers", 'v:"a"')) == '.metadata.finalizers[="a"]'


def test_duplicate_items_are_refused() -> None:
    config = {"spec": {"ports": [{"port": 80}, {"port": 80, "protocol": "TCP"}]}}
    with pytest.raises(StatusError, match=r'duplicate entries for key \[port=80,protocol="TCP"\]'):
        ssa.merge(SERVICE, {"spec": {"ports": [{"port": 80, "protocol": "TCP"}]}}, config)


def test_items_of_others_keep_their_place() -> None:
    def named(*names: int) -> dict[str, Any]:
        return {"ports": [{"port": port, "protocol": "TCP"} for port in names]}

    merged = ssa.merge(node("ServiceSpec"), named(1, 2, 3, 4), named(4, 2, 5))
    assert [port["port"] for port in merged["ports"]] == [1, 4, 2, 3, 5]


def test_an_update_takes_what_it_changes() -> None:
    one, two = ssa.Manager("one", "Apply", "v1"), ssa.Manager("two", "Update", "v1")
    a, b, c = ("f:spec", "f:a"), ("f:spec", "f:b"), ("f:spec", "f:c")
    owners = [ssa.Owned(one, frozenset({a, b}), NOW)]
    after = ssa.record_update(owners, two, ssa.Written(frozenset({b, c}), frozenset()), "later")
    assert {owned.manager.name: owned.paths for owned in after} == {"one": {a}, "two": {b, c}}
    gone = ssa.record_update(after, one, ssa.Written(frozenset(), frozenset({a, b})), "later")
    assert {owned.manager.name: owned.paths for owned in gone} == {"two": {c}}
