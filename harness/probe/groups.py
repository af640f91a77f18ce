"""Equal answers are counted, and sent to the harness once.

What is told apart: status, failure, the backend that answered and what it saw, and all headers but those that differ
from request to request by their nature.
"""

from __future__ import annotations

import json
from typing import Any

from .client import Raw
from .identity import ECHO_HEADER, ID_HEADER

#: Headers whose value is fresh for each request; they are shown in the sample but tell nothing apart.
VOLATILE = frozenset(
    {
        *("date", "age", "x-request-id", "traceparent", "tracestate", "b3", "x-correlation-id", ID_HEADER),
        *("x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-envoy-upstream-service-time", "l5d-request-id"),
    }
)


class Groups:
    """The different answers of one batch, numbered in the order of their first appearance."""

    def __init__(self) -> None:
        self.samples: list[dict[str, Any]] = []
        self._by_bytes: dict[object, int] = {}
        self._by_meaning: dict[object, int] = {}

    def number(self, raw: Raw, request_id: str) -> int:
        """The number of the group that this answer belongs to."""
        stable = tuple(pair for pair in raw.headers or () if pair[0] not in VOLATILE)
        body = raw.body.replace(request_id.encode(), b"")
        key = (raw.status, raw.failure, raw.detail, stable, body)
        known = self._by_bytes.get(key)
        if known is None:
            known = self._by_meaning.setdefault((*key[:4], _meaning(raw, body)), len(self.samples))
            if known == len(self.samples):
                self.samples.append(_sample(raw))
            self._by_bytes[key] = known
        return known


def _meaning(raw: Raw, body: bytes) -> object:
    """An echo's body without the volatile headers that the backend saw; any other body as it is."""
    if not any(name == ECHO_HEADER for name, _ in raw.headers or ()):
        return body
    try:
        who = json.loads(raw.body)
        saw = who.pop("saw")
        headers = tuple(tuple(pair) for pair in saw.pop("headers") if pair[0] not in VOLATILE)
        return (tuple(sorted(who.items())), tuple(sorted(saw.items())), headers)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return body


def _sample(raw: Raw) -> dict[str, Any]:
    return {
        "status": raw.status,
        "headers": raw.headers or [],
        "body": raw.body.decode("utf-8", "backslashreplace"),
        "failure": raw.failure,
        "detail": raw.detail,
    }
