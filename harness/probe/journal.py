"""What this pod has seen: numbered, bounded, and honest about what it no longer knows."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Collection
from typing import Any, NamedTuple

LIMIT = 200_000  # entries, some 80 MB when full
ANSWER_LIMIT = 100_000  # entries in one answer
_TEXT_KEPT = 1024  # characters of an id, a path or a host


class Entry(NamedTuple):
    """One request whose head has arrived, whatever became of it."""

    seq: int
    id: str
    attempt: int  # 1 for the first arrival of this id here; copies by retries and mirrors count on
    time: float  # by this machine's monotonic clock
    method: str
    path: str
    host: str
    port: int


class Journal:
    """A ring of entries. Those of one id prefix (the part before the last dash) are found without a search."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.epoch = secrets.token_hex(8)  # another one after every start of the process
        self._limit = limit
        self._entries: deque[Entry] = deque()
        self._by_prefix: dict[str, deque[Entry]] = {}
        self._attempts: dict[str, int] = {}
        self._next = 0

    def position(self) -> dict[str, Any]:
        """Where the journal stands: what is entered from now on has at least the number ``next``."""
        oldest = self._entries[0].seq if self._entries else self._next
        return {"epoch": self.epoch, "oldest": oldest, "next": self._next, "held": len(self._entries)}

    def note(self, id_: str, *, time: float, method: str, path: str, host: str, port: int) -> Entry:
        """Enter a request. One without an id (an empty one) is counted, but no query finds it."""
        id_ = id_[:_TEXT_KEPT]
        attempt = self._attempts.get(id_, 0) + 1
        entry = Entry(self._next, id_, attempt, time, method, path[:_TEXT_KEPT], host[:_TEXT_KEPT], port)
        self._next += 1
        self._entries.append(entry)
        if id_:
            self._attempts[id_] = attempt
            self._by_prefix.setdefault(prefix_of(id_), deque()).append(entry)
        if len(self._entries) > self._limit:
            self._forget(self._entries.popleft())
        return entry

    def query(self, since: int, prefixes: Collection[str], *, details: bool = False) -> dict[str, Any]:
        """The position, and the entries from number ``since`` on whose id has one of the prefixes.

        Under each prefix: [rest of the id, attempt], with details also number, time, method, path, host and port.
        ``truncated`` says that the answer does not hold all of them.
        """
        hits: dict[str, list[list[Any]]] = {}
        room = ANSWER_LIMIT
        truncated = False
        for prefix in dict.fromkeys(prefixes):
            found = [entry for entry in self._by_prefix.get(prefix, ()) if entry.seq >= since]
            truncated = truncated or len(found) > room
            if found:
                hits[prefix] = [_row(entry, len(prefix) + 1, details) for entry in found[:room]]
            room -= len(found[:room])
        return {**self.position(), "truncated": truncated, "hits": hits}

    def _forget(self, entry: Entry) -> None:
        if not entry.id:
            return
        if self._attempts.get(entry.id) == entry.attempt:  # its latest arrival
            del self._attempts[entry.id]
        prefix = prefix_of(entry.id)
        same = self._by_prefix[prefix]
        same.popleft()  # the oldest of all is the oldest of its prefix
        if not same:
            del self._by_prefix[prefix]


def prefix_of(id_: str) -> str:
    """``a.b-12`` is number 12 of ``a.b``."""
    return id_.rpartition("-")[0]


def _row(entry: Entry, cut: int, details: bool) -> list[Any]:
    rest = [entry.id[cut:], entry.attempt]
    return [*rest, entry.seq, entry.time, entry.method, entry.path, entry.host, entry.port] if details else rest
