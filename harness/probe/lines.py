"""What our client and our echo say to each other on plain connections: one line of JSON each. No I/O.

There: ``{"id": …, "body": …, "headers": [[name, value], …]}``; the headers are wishes, since TCP has no place for them.
Back: what every echo answers (``reply.told``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .head import TooLongError, WireError
from .identity import Identity

LINE_LIMIT = 17 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Question:
    """What the client says."""

    id: str
    body: str
    headers: tuple[tuple[str, str], ...] = ()

    def line(self) -> bytes:
        """On the wire."""
        told: dict[str, Any] = {"id": self.id, "body": self.body}
        if self.headers:
            told["headers"] = self.headers
        return json.dumps(told, separators=(",", ":")).encode() + b"\n"


class Lines:
    """Cuts bytes into lines. ``feed`` raises WireError for one that is too long."""

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are whole now, without their ends."""
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = bytes(self._buffer) + lines[0]
            self._buffer = bytearray(rest)
        else:
            self._buffer += rest
        if len(self._buffer) > self._limit:
            raise TooLongError(f"a line of more than {self._limit} bytes")
        return lines


def question_of(line: bytes) -> Question:
    """Raises WireError for a line that is no question."""
    found = _object(line)
    try:
        headers = tuple((str(name).lower(), str(value)) for name, value in found.get("headers", ()))
    except (TypeError, ValueError):
        raise WireError(f"headers that are no pairs: {line[:80]!r}") from None
    return Question(str(found.get("id", "")), str(found.get("body", "")), headers)


def mark_of(line: bytes) -> str:
    """The mark of the echo that answered with this line. Raises WireError where no echo of ours did."""
    found = _object(line)
    who = [found.get(name) for name in ("namespace", "workload", "pod")]
    port = found.get("port")
    if not all(isinstance(part, str) and part for part in who[1:]) or not isinstance(who[0], str):
        raise WireError(f"an answer that does not say whose it is: {line[:80]!r}")
    if not isinstance(port, int) or not isinstance(found.get("saw"), dict):
        raise WireError(f"an answer that does not say what was seen: {line[:80]!r}")
    return Identity(*(str(part) for part in who)).mark(port)


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise WireError(f"no JSON: {line[:80]!r}") from None
    if not isinstance(found, dict):
        raise WireError(f"no JSON object: {line[:80]!r}")
    return found
