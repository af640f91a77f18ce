"""Watches: the changes of one collection after a revision, as a stream of JSON lines."""

from __future__ import annotations

import asyncio
import json
import random
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from typing import Any

from lab.api.errors import StatusError, expired
from lab.api.listing import check_not_ahead
from lab.api.resources import Resource
from lab.api.selectors import Predicate, compile_selectors
from lab.api.store import Change, Store, Stored

# How often an idle watch tells the current revision, so that it can resume from there.
_BOOKMARK_SECONDS = 50.0
# A reader that is so many changes behind is cut off; it resumes by its last resourceVersion.
_MOST_PENDING = 10_000
# Real servers end a watch after 30 to 60 minutes unless the client says when.
_DEFAULT_SECONDS = (1800.0, 3600.0)
_INITIAL_END = "k8s.io/initial-events-end"

Encode = Callable[[Stored], bytes]


def _line(kind: str, encoded: bytes) -> bytes:
    return b'{"type":"%b","object":%b}\n' % (kind.encode(), encoded)


def _at_revision(stored: Stored, revision: int) -> Stored:
    """An object in its old state, told as of a later revision."""
    meta = {**stored.obj["metadata"], "resourceVersion": str(revision)}
    return Stored({**stored.obj, "metadata": meta}, revision)


class Watch:
    """One client's watch; ``chunks`` yields bytes to send until it ends."""

    def __init__(
        self, store: Store, resource: Resource, namespace: str, query: Mapping[str, str], encode: Encode
    ) -> None:
        self._store, self._resource, self._namespace, self._encode = store, resource, namespace, encode
        self._query = query
        self._chosen: Predicate | None = compile_selectors(
            query.get("labelSelector", ""), query.get("fieldSelector", ""), resource.selectable
        )
        self._pending: deque[Change] = deque()
        self._wake = asyncio.Event()
        self._bookmarks = query.get("allowWatchBookmarks") in {"true", "1"}
        self._sent = 0
        self._ended = False
        check_not_ahead(store, query.get("resourceVersion", ""))

    def end(self) -> None:
        """End the watch as at its time limit; the client resumes by its last resourceVersion."""
        self._ended = True
        self._wake.set()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Bytes to send: first what there is or was since the given revision, then changes as they happen."""
        table = self._store.table(self._resource.table)
        table.subscribers[self] = self._notice
        try:
            try:
                initial = b"".join(self._initial())
            except StatusError as error:
                yield _line("ERROR", json.dumps(error.to_json()).encode())
                return
            if initial:
                yield initial
            async for chunk in self._follow():
                yield chunk
        finally:
            table.subscribers.pop(self, None)

    async def _follow(self) -> AsyncGenerator[bytes, None]:
        given = float(self._query.get("timeoutSeconds") or 0)
        seconds = given or random.uniform(*_DEFAULT_SECONDS)  # noqa: S311 - spreads reconnects
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        while (left := end - clock()) > 0 and not self._ended:
            self._wake.clear()
            if not self._pending:
                try:
                    await asyncio.wait_for(self._wake.wait(), min(left, _BOOKMARK_SECONDS))
                except TimeoutError:
                    if self._bookmarks and clock() < end:
                        yield self._bookmark({})
                    continue
            if len(self._pending) > _MOST_PENDING:
                return
            lines: list[bytes] = []
            while self._pending:
                change = self._pending.popleft()
                if change.revision > self._sent:
                    lines += self._lines(change)
            if lines:
                yield b"".join(lines)

    def _notice(self, change: Change) -> None:
        if not self._namespace or change.new.obj["metadata"].get("namespace") == self._namespace:
            self._pending.append(change)
            self._wake.set()

    def _initial(self) -> Iterator[bytes]:
        """What the client does not know yet. Raises StatusError (410)."""
        version = self._query.get("resourceVersion", "")
        whole = self._query.get("sendInitialEvents") in {"true", "1"}
        self._sent = self._store.revision
        if whole or (version in {"", "0"} and self._query.get("sendInitialEvents") is None):
            for stored in self._store.list(self._resource.table, self._namespace):
                if self._matches(stored):
                    yield _line("ADDED", self._encode(stored))
            if whole and self._bookmarks:
                yield self._bookmark({_INITIAL_END: "true"})
            return
        table = self._store.table(self._resource.table)
        since = int(version or self._store.revision)
        if since < table.forgotten:
            raise expired(f"too old resource version: {since} ({table.forgotten})")
        for change in table.history:
            outside = self._namespace and change.new.obj["metadata"].get("namespace") != self._namespace
            if change.revision > since and not outside:
                yield from self._lines(change)

    def _matches(self, stored: Stored | None) -> bool:
        return stored is not None and (self._chosen is None or self._chosen(stored.obj))

    def _lines(self, change: Change) -> Iterator[bytes]:
        """The event that a change is to this client: an object that ceases to be selected is deleted for it."""
        now = change.type != "DELETED" and self._matches(change.new)
        before = self._matches(change.old)
        if now:
            yield _line("MODIFIED" if before else "ADDED", self._encode(change.new))
        elif before and change.type == "DELETED":
            yield _line("DELETED", self._encode(change.new))
        elif before and change.old is not None:
            yield _line("DELETED", self._encode(_at_revision(change.old, change.revision)))

    def _bookmark(self, annotations: dict[str, Any]) -> bytes:
        meta: dict[str, Any] = {"resourceVersion": str(self._store.revision), "creationTimestamp": None}
        if annotations:
            meta["annotations"] = annotations
        obj = {"kind": self._resource.kind, "apiVersion": self._resource.api_version, "metadata": meta}
        return _line("BOOKMARK", json.dumps(obj, separators=(",", ":")).encode())
