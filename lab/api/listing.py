"""Lists: selection, and pages that all show the state of the first."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.api.errors import StatusError, bad_request, expired
from lab.api.resources import Resource
from lab.api.selectors import compile_selectors
from lab.api.store import Store, Stored

# Real servers forget after some minutes of compaction; a client that comes back later lists anew.
_KEPT_SECONDS = 300
_MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: its items, the revision they are of, and how to go on."""

    items: list[Stored]
    revision: int
    token: str = ""
    remaining: int | None = None

    def metadata(self) -> dict[str, Any]:
        """As it stands in the list's metadata."""
        found: dict[str, Any] = {"resourceVersion": str(self.revision)}
        if self.token:
            found["continue"] = self.token
            if self.remaining is not None:
                found["remainingItemCount"] = self.remaining
        return found


@dataclass(frozen=True, slots=True)
class _Rest:
    items: list[Stored]
    revision: int
    selected: bool
    until: float


class Lister:
    """Answers lists and keeps what is left of those that are read in pages."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rests: dict[str, _Rest] = {}

    def page(self, resource: Resource, namespace: str, query: Mapping[str, str]) -> Page:
        """A list or one page of it. Raises StatusError (400, 410)."""
        token = query.get("continue", "")
        if token:
            rest = self._rests.pop(token, None)
            if rest is None or rest.until < time.monotonic():
                raise expired("The provided continue parameter is too old to display a consistent list result.")
            return self._page(rest.items, rest.revision, _limit(query), selected=rest.selected)
        check_not_ahead(self._store, query.get("resourceVersion", ""))
        chosen = compile_selectors(query.get("labelSelector", ""), query.get("fieldSelector", ""), resource.selectable)
        items = self._store.list(resource.table, namespace)
        if chosen is not None:
            items = [each for each in items if chosen(each.obj)]
        return self._page(items, self._store.revision, _limit(query), selected=chosen is not None)

    def _page(self, items: list[Stored], revision: int, limit: int, *, selected: bool) -> Page:
        if not limit or len(items) <= limit:
            return Page(items, revision)
        token = secrets.token_urlsafe(12)
        while len(self._rests) >= _MOST_KEPT:
            self._rests.pop(next(iter(self._rests)))
        rest = items[limit:]
        self._rests[token] = _Rest(rest, revision, selected, time.monotonic() + _KEPT_SECONDS)
        return Page(items[:limit], revision, token, None if selected else len(rest))


def check_not_ahead(store: Store, version: str) -> None:
    """Raises StatusError when a client has seen a revision that this server has not (400, 504)."""
    if not version:
        return
    if not version.isdigit():
        raise bad_request(f'Invalid value: "{version}": strconv.ParseUint: parsing "{version}": invalid syntax')
    if int(version) > store.revision:
        message = f"Too large resource version: {version}, current: {store.revision}"
        raise StatusError(504, "Timeout", message, retry_after=1)


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit") or "0"
    if not text.isdigit():
        raise bad_request(f'invalid limit: "{text}"')
    return int(text)
