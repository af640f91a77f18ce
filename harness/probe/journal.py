"""What a backend has seen: numbered, bounded, and honest about what it has forgotten."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Collection
from typing import Any

CAPACITY = 200_000  # entries; some 40 MB


class Journal:
    """The requests that reached this pod, in order.

    ``epoch`` changes with every start of the process; a number that is no longer the oldest's successor is a gap that
    whoever asks can see.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.epoch = secrets.token_hex(8)
        self._entries: deque[tuple[int, str, int]] = deque(maxlen=capacity)
        self._attempts: dict[str, int] = {}
        self._next = 0

    def note(self, request_id: str) -> int:
        """Enter a request; returns how often its id has been seen now, copies by mirrors and retries included."""
        attempt = self._attempts.get(request_id, 0) + 1
        if len(self._entries) == self._entries.maxlen:
            self._forget_oldest()
        self._attempts[request_id] = attempt
        self._entries.append((self._next, request_id, attempt))
        self._next += 1
        return attempt

    def _forget_oldest(self) -> None:
        _, request_id, attempt = self._entries.popleft()
        if self._attempts.get(request_id) == attempt:
            del self._attempts[request_id]

    def position(self) -> dict[str, Any]:
        """Where the journal stands: what is entered from now on has at least the number ``next``."""
        oldest = self._entries[0][0] if self._entries else self._next
        return {"epoch": self.epoch, "oldest": oldest, "next": self._next}

    def since(self, number: int, prefixes: Collection[str]) -> list[tuple[str, int]]:
        """Id and attempt of the entries from ``number`` on whose id, up to its last hyphen, is one of the prefixes."""
        found = []
        for seq, request_id, attempt in reversed(self._entries):
            if seq < number:
                break
            if request_id.rpartition("-")[0] in prefixes:
                found.append((request_id, attempt))
        return found[::-1]
