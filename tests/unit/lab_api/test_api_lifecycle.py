"""The store and the end of objects, without HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.api.errors import StatusError
from lab.api.operations import Target
from lab.api.options import DeleteOptions, WriteOptions
from lab.api.server import Core, build_core
from lab.api.store import HISTORY, Change, Store

OPTIONS = WriteOptions(manager="test")


@pytest.fixture
def core() -> Core:
    return build_core(tokens={}, kubelet=Path("/nonexistent"))


def _create(core: Core, plural: str, name: str, **metadata: Any) -> dict[str, Any]:
    resource = core.registry.find("", "v1", plural)
    assert resource is not None
    body = {"metadata": {"name": name, **metadata}}
    return core.operations.create(Target(resource, "default", ""), body, OPTIONS).stored.obj


def _delete(core: Core, plural: str, name: str, namespace: str = "default", **options: Any) -> bool:
    resource = core.registry.find("", "v1", plural)
    assert resource is not None
    return core.lifecycle.delete(resource, (namespace, name), DeleteOptions(**options))[1]


def _names(core: Core, plural: str, namespace: str = "default") -> set[str]:
    found = {stored.obj["metadata"]["name"] for stored in core.store.list(("", plural), namespace)}
    return found - {"kube-root-ca.crt"}


def _owner(obj: dict[str, Any]) -> list[dict[str, Any]]:
    meta = obj["metadata"]
    return [{"apiVersion": obj["apiVersion"], "kind": obj["kind"], "name": meta["name"], "uid": meta["uid"]}]


def test_revisions_grow_and_changes_are_told() -> None:
    store = Store()
    told: list[Change] = []
    store.table(("", "things")).subscribers["test"] = told.append
    for state in range(3):
        store.put(("", "things"), ("", "a"), {"apiVersion": "v1", "metadata": {"name": "a"}, "state": state})
    store.remove(("", "things"), ("", "a"))
    assert [change.type for change in told] == ["ADDED", "MODIFIED", "MODIFIED", "DELETED"]
    revisions = [change.revision for change in told]
    assert revisions == sorted(set(revisions))
    assert told[-1].new.obj["metadata"]["resourceVersion"] == str(revisions[-1])


def test_the_history_is_bounded_and_knows_what_it_forgot() -> None:
    store = Store()
    for _ in range(HISTORY + 5):
        store.put(("", "things"), ("", "a"), {"apiVersion": "v1", "metadata": {"name": "a"}})
    table = store.table(("", "things"))
    assert len(table.history) == HISTORY
    assert table.forgotten == table.history[0].revision - 1


def test_dependents_go_when_their_last_owner_goes(core: Core) -> None:
    first, second = _create(core, "configmaps", "first"), _create(core, "configmaps", "second")
    _create(core, "configmaps", "both", ownerReferences=_owner(first) + _owner(second))
    child = _create(core, "secrets", "child", ownerReferences=_owner(first))
    _create(core, "secrets", "grandchild", ownerReferences=_owner(child))
    _delete(core, "configmaps", "first")
    assert _names(core, "configmaps") == {"second", "both"}
    assert _names(core, "secrets") == set()
    _delete(core, "configmaps", "second")
    assert _names(core, "configmaps") == set()


def test_what_is_made_for_an_owner_that_is_gone_goes_at_once(core: Core) -> None:
    owner = _create(core, "configmaps", "owner")
    _delete(core, "configmaps", "owner")
    _create(core, "secrets", "late", ownerReferences=_owner(owner))
    assert _names(core, "secrets") == set()


def test_a_foreground_deletion_waits_for_dependents(core: Core) -> None:
    owner = _create(core, "configmaps", "owner")
    _create(core, "secrets", "held", ownerReferences=_owner(owner), finalizers=["gamma.test/hold"])
    assert _delete(core, "configmaps", "owner", propagation="Foreground") is False
    assert _names(core, "configmaps") == {"owner"}
    resource = core.registry.find("", "v1", "secrets")
    assert resource is not None
    released = {"metadata": {"finalizers": None}}
    core.operations.patch(Target(resource, "default", "held"), "merge", released, OPTIONS)
    assert _names(core, "secrets") == set()
    assert _names(core, "configmaps") == set()


def test_no_finalizer_can_be_added_to_a_dying_object(core: Core) -> None:
    _create(core, "configmaps", "held", finalizers=["gamma.test/hold"])
    _delete(core, "configmaps", "held")
    resource = core.registry.find("", "v1", "configmaps")
    assert resource is not None
    patch = {"metadata": {"finalizers": ["gamma.test/hold", "gamma.test/more"]}}
    with pytest.raises(StatusError, match="no new finalizers can be added"):
        core.operations.patch(Target(resource, "default", "held"), "merge", patch, OPTIONS)


def test_deleting_twice_does_not_prolong(core: Core) -> None:
    pods = core.registry.find("", "v1", "pods")
    assert pods is not None
    body = {"metadata": {"name": "p"}, "spec": {"nodeName": "n", "containers": [{"name": "a", "image": "x:1"}]}}
    core.operations.create(Target(pods, "default", ""), body, OPTIONS)
    key = ("default", "p")
    first, _ = core.lifecycle.delete(pods, key, DeleteOptions(grace=5))
    again, _ = core.lifecycle.delete(pods, key, DeleteOptions())
    assert again is first
    shorter, _ = core.lifecycle.delete(pods, key, DeleteOptions(grace=1))
    assert shorter.obj["metadata"]["deletionGracePeriodSeconds"] == 1
    assert core.lifecycle.delete(pods, key, DeleteOptions(grace=0))[1] is True


def test_stored_objects_never_change(core: Core) -> None:
    """Watches and pages hold references to stored objects."""
    services = core.registry.find("", "v1", "services")
    assert services is not None
    body = {"metadata": {"name": "s", "labels": {"a": "1"}}, "spec": {"ports": [{"port": 80}]}}
    first = core.operations.create(Target(services, "default", ""), body, OPTIONS).stored
    before = first.encode("v1")
    first.encoded.clear()
    target = Target(services, "default", "s")
    core.operations.patch(target, "merge", {"metadata": {"labels": {"a": "2"}}}, OPTIONS)
    core.operations.patch(target, "strategic", {"spec": {"ports": [{"port": 80, "name": "x"}]}}, OPTIONS)
    config = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"selector": {"b": "c"}}}
    core.operations.patch(target, "apply", config, OPTIONS)
    core.lifecycle.delete(services, ("default", "s"), DeleteOptions())
    assert first.encode("v1") == before
