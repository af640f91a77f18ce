"""The client's half of HTTP/1.1: from bytes of an untrusted peer to an answer. No I/O."""

from __future__ import annotations

import re

from .body import Body, OpenBody, body_for
from .head import Framing, Headers, WireError, content_length, stays_open, take_head, transfer_framing

BODY_KEPT = 65536  # bytes; enough for an echo that saw many headers
_STATUS_LINE = re.compile(r"(HTTP/1\.[01]) ([1-9][0-9]{2})(?: (.*))?").fullmatch
_BEGINNING = b"HTTP/1."
_INTERIM_AT_MOST = 100  # 1xx answers before the final one


class ResponseParser:
    """One answer to one request. ``feed`` and ``end`` raise WireError and nothing else."""

    def __init__(self, method: str, keep: int = BODY_KEPT) -> None:
        self._method = method
        self._keep = keep
        self._buffer = bytearray()
        self._searched = 0
        self._interim = 0
        self._body: Body | None = None
        self.version = ""
        self.status = 0
        self.reason = ""
        self.headers: Headers = []
        self.begun = False  # whether any byte came
        self.done = False

    @property
    def body(self) -> bytes:
        """The first ``keep`` bytes of the body."""
        return bytes(self._body.kept) if self._body else b""

    @property
    def body_length(self) -> int:
        """How long the body was, or is so far."""
        return self._body.length if self._body else 0

    @property
    def rest(self) -> bytes:
        """What came after the answer: after a 101 it is of another protocol."""
        return bytes(self._buffer)

    @property
    def reusable(self) -> bool:
        """Whether the connection can take another request after this answer."""
        return (
            self.done
            and not self._buffer
            and not isinstance(self._body, OpenBody)
            and self.status != 101
            and stays_open(self.version, self.headers)
        )

    def feed(self, data: bytes) -> bool:
        """Take in bytes; whether the answer is complete."""
        self.begun = self.begun or bool(data)
        self._buffer += data
        if self.done:
            return True
        while self._body is None:
            taken = take_head(self._buffer, self._searched)
            if isinstance(taken, int):
                self._searched = taken
                self._begins_well()
                return False
            self._searched = 0
            self._head(*taken)
        self._body.feed(self._buffer)
        self.done = self._body.done
        return self.done

    def end(self) -> bool:
        """The peer has closed; whether the answer is complete."""
        self.done = self.done or (self._body is not None and self._body.end())
        return self.done

    def _begins_well(self) -> None:
        """Who speaks another language may say a few words and wait: that is told now, not at the deadline."""
        beginning = bytes(self._buffer[: len(_BEGINNING)])
        if not _BEGINNING.startswith(beginning) and beginning != b"\r":
            raise WireError(f"not a status line: {bytes(self._buffer[:80])!r}")

    def _head(self, start: str, headers: Headers) -> None:
        match = _STATUS_LINE(start)
        if not match:
            raise WireError(f"not a status line: {start[:80]!r}")
        self.version, self.status, self.reason = match[1], int(match[2]), match[3] or ""
        if self.status < 200 and self.status != 101:
            self._interim += 1
            if self._interim > _INTERIM_AT_MOST:
                raise WireError(f"more than {_INTERIM_AT_MOST} interim answers")
            return
        self.headers = headers
        self._body = body_for(response_framing(self._method, self.status, headers), self._keep)


def response_framing(method: str, status: int, headers: Headers) -> Framing | int:
    """Where the body of an answer ends (RFC 9112, section 6.3)."""
    if method == "HEAD" or status in (101, 204, 304):
        return 0
    framing = transfer_framing(headers)
    if framing is not None:
        return framing
    length = content_length(headers)
    return Framing.UNTIL_CLOSE if length is None else length
