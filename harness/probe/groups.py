"""Equal answers are counted, and only one of them is kept and sent to the harness.

Told apart are: status, failure, the backend that answered and what it saw, the body, all headers and trailers, and what
became of a gRPC call; of headers that differ from request to request by their nature, only whether they are there.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from .exchange import AGENT, Raw
from .head import Headers
from .identity import ECHO_HEADER, ID_HEADER

VOLATILE = frozenset(
    {
        *(ID_HEADER, "date", "age", "content-length", "x-request-id", "x-correlation-id", "l5d-request-id"),
        *("traceparent", "tracestate", "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "uber-trace-id"),
        *("x-ot-span-context", "x-cloud-trace-context", "grpc-trace-bin", "x-envoy-upstream-service-time"),
    }
)
"""Headers whose values are fresh for each request."""

SAMPLES_LIMIT = 16 << 20  # characters of all samples of a batch
_BODY_SHOWN = 4096  # characters of a body that is not an echo's
_HEADERS_SHOWN = 1 << 16  # characters of one answer's headers
_SHORT_CUTS = 512


class Groups:
    """The different answers of one batch, numbered in the order of their first appearance."""

    def __init__(self, keep: Collection[str] = (), limit: int = SAMPLES_LIMIT) -> None:
        self.samples: list[dict[str, Any]] = []
        self._volatile = VOLATILE.difference(name.lower() for name in keep)
        self._room = limit
        self._by_bytes: dict[object, int] = {}
        self._by_meaning: dict[object, int] = {}

    def number(self, raw: Raw, request_id: str) -> int:
        """The number of the group that this answer belongs to.

        When there is no room for another group, the answer is told as a failure of ours: better than a guess.
        """
        body = raw.body.replace(request_id.encode(), b"")
        told = (raw.status, raw.failure, raw.detail, raw.grpc_status, raw.messages)
        key = (told, self._stable(raw.headers), self._stable(raw.trailers), body)
        known = self._by_bytes.get(key)
        if known is not None:
            return known
        meaning = (*key[:3], self._meaning(raw, body))
        known = self._by_meaning.get(meaning)
        if known is None:
            known = self._new(meaning, raw)
        if len(self._by_bytes) >= _SHORT_CUTS:  # what backends saw differs each time: the short cut helps nobody
            self._by_bytes.clear()
        self._by_bytes[key] = known
        return known

    def _new(self, meaning: object, raw: Raw) -> int:
        sample = _sample(raw)
        size = len(sample["body"]) + sum(len(name) + len(value) for name, value in _lines(sample)) + 200
        if size > self._room:
            return self._overflow()
        self._room -= size
        return self._append(meaning, sample)

    def _overflow(self) -> int:
        known = self._by_meaning.get(AGENT)
        if known is not None:
            return known
        return self._append(AGENT, _sample(Raw(failure=AGENT, detail="more different answers than the agent can keep")))

    def _append(self, meaning: object, sample: dict[str, Any]) -> int:
        self.samples.append(sample)
        self._by_meaning[meaning] = len(self.samples) - 1
        return len(self.samples) - 1

    def _stable(self, headers: Headers) -> tuple[tuple[str, str], ...]:
        volatile = self._volatile
        return tuple((name, "") if name in volatile else (name, value) for name, value in headers)

    def _meaning(self, raw: Raw, body: bytes) -> object:
        """An echo's body without the values of volatile headers that the backend saw; any other body as it is."""
        if all(name != ECHO_HEADER for name, _ in raw.headers):
            return body
        try:
            who = json.loads(raw.body)
            saw = who["saw"]
            saw["headers"] = self._stable([(str(name).lower(), str(value)) for name, value in saw["headers"]])
            return json.dumps(who, sort_keys=True)
        except (ValueError, KeyError, TypeError, RecursionError):
            return body


def _sample(raw: Raw) -> dict[str, Any]:
    marked = any(name == ECHO_HEADER for name, _ in raw.headers)
    body = raw.body.decode("utf-8", "backslashreplace")
    return {
        "version": raw.version,
        "status": raw.status,
        "reason": raw.reason[:200],
        "headers": _shortened(raw.headers),
        "trailers": _shortened(raw.trailers),
        "grpc_status": raw.grpc_status,
        "messages": raw.messages,
        "body": body if marked else body[:_BODY_SHOWN],
        "failure": raw.failure,
        "detail": raw.detail[:1000],
    }


def _lines(sample: dict[str, Any]) -> Headers:
    return [*sample["headers"], *sample["trailers"]]


def _shortened(headers: Headers) -> Headers:
    """The field lines up to a size that no honest answer reaches."""
    shown: Headers = []
    room = _HEADERS_SHOWN
    for name, value in headers:
        room -= len(name) + len(value)
        if room < 0:
            break
        shown.append((name, value))
    return shown
