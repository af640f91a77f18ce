"""Watches against lists: whoever applies a watch's events ends with what a list shows."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.api.errors import StatusError
from lab.api.resources import Resource
from lab.api.selectors import compile_selectors
from lab.api.store import HISTORY, Store, Stored
from lab.api.watch import Watch
from lab.client import Event, _differences

TABLE = ("", "things")
RESOURCE = Resource("", "v1", "things", "Thing")

writes = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from(["red", "blue", ""])), max_size=25
)


def _write(store: Store, namespace: str, name: str, colour: str) -> None:
    """Store a thing of this colour; no colour deletes it."""
    key = (namespace, name)
    if colour:
        meta = {"name": name, "namespace": namespace, "labels": {"colour": colour}}
        store.put(TABLE, key, {"apiVersion": "v1", "kind": "Thing", "metadata": meta})
    elif store.get(TABLE, key) is not None:
        store.remove(TABLE, key)


def _encode(stored: Stored) -> bytes:
    return stored.encode("v1")


async def _read(store: Store, namespace: str, query: dict[str, str]) -> list[dict[str, Any]]:
    """The events that a watch delivers at once."""
    watch = Watch(store, RESOURCE, namespace, query, _encode)
    lines: list[bytes] = []
    chunks = watch.chunks()
    watch.end()
    async for chunk in chunks:
        lines += chunk.splitlines()
    return [json.loads(line) for line in lines]


def _replay(state: dict[str, str], events: list[dict[str, Any]]) -> None:
    for event in events:
        meta = event["object"]["metadata"]
        key = f"{meta['namespace']}/{meta['name']}"
        assert (event["type"] == "ADDED") is (key not in state), "added is what was not there, nothing else"
        if event["type"] == "DELETED":
            del state[key]
        else:
            state[key] = meta["resourceVersion"]


@given(writes, writes, st.sampled_from(["", "a"]), st.sampled_from(["", "colour=red", "colour!=red"]))
def test_events_since_a_list_lead_to_the_next_list(
    first: list[tuple[str, str, str]], second: list[tuple[str, str, str]], namespace: str, labels: str
) -> None:
    store = Store()
    chosen = compile_selectors(labels, "") or (lambda _obj: True)

    def listed() -> dict[str, str]:
        found = (each.obj["metadata"] for each in store.list(TABLE, namespace) if chosen(each.obj))
        return {f"{meta['namespace']}/{meta['name']}": meta["resourceVersion"] for meta in found}

    for write in first:
        _write(store, *write)
    state, revision = listed(), store.revision
    for write in second:
        _write(store, *write)
    query = {"labelSelector": labels, "resourceVersion": str(revision)}
    _replay(state, asyncio.run(_read(store, namespace, query)))
    assert state == listed()
    fresh: dict[str, str] = {}
    _replay(fresh, asyncio.run(_read(store, namespace, {"labelSelector": labels})))
    assert fresh == listed()


def test_changes_while_watching_come_once_and_in_order() -> None:
    async def play() -> list[tuple[str, str]]:
        store = Store()
        _write(store, "a", "x", "red")
        watch = Watch(store, RESOURCE, "", {}, _encode)
        found: list[tuple[str, str]] = []
        async for chunk in watch.chunks():
            for line in chunk.splitlines():
                event = json.loads(line)
                found.append((event["type"], event["object"]["metadata"]["name"]))
            if len(found) == 1:
                _write(store, "a", "y", "red")
                _write(store, "a", "x", "blue")
                _write(store, "a", "y", "")
            if len(found) == 4:
                watch.end()
        return found

    assert asyncio.run(play()) == [("ADDED", "x"), ("ADDED", "y"), ("MODIFIED", "x"), ("DELETED", "y")]


def test_an_initial_list_can_be_part_of_the_watch() -> None:
    store = Store()
    _write(store, "a", "x", "red")
    query = {"sendInitialEvents": "true", "allowWatchBookmarks": "true", "resourceVersionMatch": "NotOlderThan"}
    events = asyncio.run(_read(store, "", query))
    assert [event["type"] for event in events] == ["ADDED", "BOOKMARK"]
    meta = events[1]["object"]["metadata"]
    assert meta["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert meta["resourceVersion"] == str(store.revision)


def test_an_idle_watch_tells_the_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.api.watch._BOOKMARK_SECONDS", 0.01)

    async def play() -> dict[str, Any]:
        store = Store()
        watch = Watch(store, RESOURCE, "", {"allowWatchBookmarks": "true", "resourceVersion": "1"}, _encode)
        async for chunk in watch.chunks():
            watch.end()
            event: dict[str, Any] = json.loads(chunk)
        return event

    assert asyncio.run(play())["type"] == "BOOKMARK"


def test_a_time_limit_ends_the_watch() -> None:
    async def play() -> None:
        watch = Watch(Store(), RESOURCE, "", {"timeoutSeconds": "0.01"}, _encode)
        assert [chunk async for chunk in watch.chunks()] == []

    asyncio.run(asyncio.wait_for(play(), 5))


def test_what_was_forgotten_is_gone() -> None:
    store = Store()
    for _ in range(HISTORY + 2):
        _write(store, "a", "x", "red")
    (event,) = asyncio.run(_read(store, "", {"resourceVersion": "1"}))
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")


@pytest.mark.parametrize("version", ["abc", "99"])
def test_impossible_versions_are_refused(version: str) -> None:
    with pytest.raises(StatusError):
        Watch(Store(), RESOURCE, "", {"resourceVersion": version}, _encode)


def _thing(name: str, uid: str, version: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "uid": uid, "resourceVersion": version}}


def test_a_second_list_is_told_as_differences() -> None:
    known: dict[tuple[str, str], dict[str, Any]] = {}
    first = [_thing("same", "1", "1"), _thing("changed", "2", "1"), _thing("gone", "3", "1"), _thing("anew", "4", "1")]
    assert [event.type for event in _differences(known, first)] == ["ADDED"] * 4
    second = [_thing("same", "1", "1"), _thing("changed", "2", "2"), _thing("anew", "5", "3")]
    assert _differences(known, second) == [
        Event("DELETED", first[2]),
        Event("DELETED", first[3]),
        Event("MODIFIED", second[1]),
        Event("ADDED", second[2]),
    ]
    assert _differences(known, second) == []
