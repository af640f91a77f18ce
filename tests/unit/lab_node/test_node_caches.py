"""What the agent knows of the API: caches that only go forward, and keys that are handled one at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest

from lab.client import ApiError, Event
from lab.node import cache as caching
from lab.node.cache import Cache, Reconciler, key_of, owner_uid

Json = dict[str, Any]


def thing(name: str, version: int, uid: str = "") -> Json:
    return {"metadata": {"namespace": "ns", "name": name, "uid": uid or f"uid-{name}", "resourceVersion": str(version)}}


class ScriptedClient:
    """A watch that delivers a given list of events and ends."""

    def __init__(self, events: list[Event]) -> None:
        self._events = events

    async def watch(self, path: str) -> AsyncIterator[Event]:
        for event in self._events:
            yield event


def followed(*events: Event) -> tuple[Cache, list[tuple[str, str | None, bool]]]:
    """A cache after these events, and what its listener was told: version now, before, whether it is there."""
    cache = Cache(ScriptedClient(list(events)), "/things")
    told: list[tuple[str, str | None, bool]] = []

    def version(obj: Json | None) -> str | None:
        return None if obj is None else obj["metadata"]["resourceVersion"]

    cache.subscribe(lambda obj, before: told.append((version(obj) or "", version(before), cache.contains(obj))))
    asyncio.run(cache.follow())
    return cache, told


def test_a_cache_follows_its_watch():
    cache, told = followed(
        Event("ADDED", thing("a", 1)),
        Event("SYNCED", {}),
        Event("MODIFIED", thing("a", 2)),
        Event("ADDED", thing("b", 3)),
        Event("DELETED", thing("a", 4)),
    )
    assert cache.synced.is_set()
    assert [key_of(obj) for obj in cache] == [("ns", "b")]
    assert told == [("1", None, True), ("2", "1", True), ("3", None, True), ("4", "2", False)]


def test_what_we_wrote_is_known_at_once_and_told_once():
    cache, told = followed(Event("ADDED", thing("a", 1)))
    cache.observe(thing("a", 2))
    cache.observe(thing("a", 2))
    cache.observe(thing("a", 1))  # a late echo of the state before
    assert cache.get(("ns", "a"))["metadata"]["resourceVersion"] == "2"
    assert [now for now, _before, _there in told] == ["1", "2"]


def test_the_late_answer_to_a_write_does_not_raise_the_dead():
    cache, told = followed(Event("ADDED", thing("a", 1)), Event("DELETED", thing("a", 3)))
    cache.observe(thing("a", 2))
    assert list(cache) == []
    cache.observe(thing("a", 4, uid="another"))
    assert [now for now, _before, _there in told] == ["1", "3", "4"]


def test_a_namesake_is_another_object():
    cache, _told = followed(Event("ADDED", thing("a", 1)), Event("DELETED", thing("a", 2)))
    cache.observe(thing("a", 3, uid="second"))
    assert not cache.contains(thing("a", 1))
    assert cache.contains(thing("a", 3, uid="second"))


def test_the_owner_is_the_one_that_controls():
    references = [{"uid": "first"}, {"uid": "second", "controller": True}]
    assert owner_uid({"metadata": {"ownerReferences": references}}) == "second"
    assert owner_uid({"metadata": {}}) == ""


async def _reconcile(handle: Any, wakes: list[str], *, pause: float = 0.0) -> None:
    async with asyncio.TaskGroup() as tasks:
        reconciler = Reconciler(tasks, "test", handle)
        for name in wakes:
            reconciler.wake(("ns", name))
            await asyncio.sleep(pause)


def test_a_key_is_never_handled_twice_at_a_time_and_again_after_a_change():
    running: set[str] = set()
    begun: list[str] = []

    async def play() -> None:
        release = asyncio.Event()

        async def handle(key: tuple[str, str]) -> None:
            assert key[1] not in running
            running.add(key[1])
            begun.append(key[1])
            await release.wait()
            running.discard(key[1])

        async with asyncio.TaskGroup() as tasks:
            reconciler = Reconciler(tasks, "test", handle)
            for name in ["a", "b", "a", "a", "a"]:
                reconciler.wake(("ns", name))
                for _ in range(5):  # let what was woken begin
                    await asyncio.sleep(0)
            release.set()

    asyncio.run(play())
    assert sorted(begun) == ["a", "a", "b"]


def test_a_refused_write_is_tried_again_ever_more_slowly(monkeypatch, caplog):
    monkeypatch.setattr(caching, "_FIRST_RETRY_SECONDS", 0.001)
    tries: list[float] = []

    async def handle(key: tuple[str, str]) -> None:
        tries.append(asyncio.get_running_loop().time())
        if len(tries) < 5:
            raise ApiError(409, "Conflict", "changed meanwhile")

    with caplog.at_level(logging.INFO):
        asyncio.run(_reconcile(handle, ["a"]))
    gaps = [after - before for before, after in pairwise(tries)]
    assert len(tries) == 5
    assert gaps[-1] >= 0.008
    assert "409 Conflict: changed meanwhile; again in 0.001 s" in caplog.text


def test_another_error_ends_the_agent():
    async def handle(key: tuple[str, str]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup):
        asyncio.run(_reconcile(handle, ["a"]))
