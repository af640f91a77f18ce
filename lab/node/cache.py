"""What the agent knows of the API: one cache a collection, and the loop that brings keys in order one by one."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from lab.client import ApiError, Client

Object = dict[str, Any]
Key = tuple[str, str]
Listener = Callable[[Object, Object | None], None]

log = logging.getLogger(__name__)

# A conflict or a vanished object means that our cache is behind: it catches up within milliseconds. What the server
# refuses for another reason it may refuse for ever.
_FIRST_RETRY_SECONDS, _LAST_RETRY_SECONDS = 0.02, 5.0
_REMEMBERED_DELETIONS = 1000


def key_of(obj: Object) -> Key:
    """Namespace and name."""
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def owner_uid(obj: Object) -> str:
    """The uid of the controller that made an object, empty if none did."""
    owners = obj["metadata"].get("ownerReferences") or ()
    return next((owner["uid"] for owner in owners if owner.get("controller")), "")


class Cache:
    """The objects of one collection, kept up to date by a watch.

    Listeners get the object and its state before (None when it is new); ``contains`` answers whether it is still
    there. What we wrote ourselves may be shown to ``observe`` and need not be waited for.
    """

    def __init__(self, client: Client, path: str) -> None:
        self._client = client
        self._path = path
        self._listeners: list[Listener] = []
        self._gone: OrderedDict[str, None] = OrderedDict()
        self.objects: dict[Key, Object] = {}
        self.synced = asyncio.Event()

    def __iter__(self) -> Iterator[Object]:
        return iter(list(self.objects.values()))

    def contains(self, obj: Object) -> bool:
        """Whether this very object, by uid, is there still."""
        found = self.objects.get(key_of(obj))
        return found is not None and found["metadata"]["uid"] == obj["metadata"]["uid"]

    def get(self, key: Key) -> Object | None:
        """The object of this key."""
        return self.objects.get(key)

    def subscribe(self, listener: Listener) -> None:
        """Have every change told. Listeners are called in the order in which they came."""
        self._listeners.append(listener)

    def on_change(self, listener: Callable[[Object], None]) -> None:
        """The same, for who does not care what was before."""
        self._listeners.append(lambda obj, _before: listener(obj))

    async def follow(self) -> None:
        """Keep up to date until cancelled."""
        async for event in self._client.watch(self._path):
            if event.type == "SYNCED":
                self.synced.set()
            elif event.type == "DELETED":
                self._remove(event.object)
            else:
                self.observe(event.object)

    def observe(self, obj: Object) -> None:
        """Take in a state of an object unless a newer one is known."""
        if obj["metadata"]["uid"] in self._gone:
            return
        before = self.objects.get(key_of(obj))
        if before is not None and _version(before) >= _version(obj):
            return
        self.objects[key_of(obj)] = obj
        self._notify(obj, before)

    def _remove(self, obj: Object) -> None:
        self._gone[obj["metadata"]["uid"]] = None
        while len(self._gone) > _REMEMBERED_DELETIONS:
            self._gone.popitem(last=False)
        if self.contains(obj):
            before = self.objects.pop(key_of(obj))
            self._notify(obj, before)

    def _notify(self, obj: Object, before: Object | None) -> None:
        for listener in self._listeners:
            listener(obj, before)


def _version(obj: Object) -> int:
    """Versions of our own API server are numbers that only grow."""
    return int(obj["metadata"]["resourceVersion"])


class Reconciler:
    """Calls ``handle`` for every key that was woken: never twice at a time for one key, again if woken meanwhile."""

    def __init__(self, tasks: asyncio.TaskGroup, name: str, handle: Callable[[Key], Awaitable[None]]) -> None:
        self._tasks = tasks
        self._name = name
        self._handle = handle
        self._waiting: set[Key] = set()
        self._active: set[Key] = set()

    def wake(self, key: Key) -> None:
        """Something about this key may have changed."""
        self._waiting.add(key)
        if key not in self._active:
            self._active.add(key)
            self._tasks.create_task(self._work(key))

    async def _work(self, key: Key) -> None:
        pause = _FIRST_RETRY_SECONDS
        while key in self._waiting:
            self._waiting.discard(key)
            try:
                await self._handle(key)
                pause = _FIRST_RETRY_SECONDS
            except ApiError as error:
                log.info("%s %s/%s: %s; again in %g s", self._name, *key, error, pause)
                self._waiting.add(key)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LAST_RETRY_SECONDS)
        self._active.discard(key)
