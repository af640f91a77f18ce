"""The server's half of HTTP/1.1: from bytes to requests, one after the other. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .body import Body, body_for
from .head import (
    Framing,
    Headers,
    TooLongError,
    WireError,
    content_length,
    stays_open,
    take_head,
    transfer_framing,
    values,
)

BODY_LIMIT = 64 << 20  # bytes; bodies are counted, and their beginnings kept where that is wanted
_REQUEST_LINE = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}) ([^ ]+) (HTTP/1\.[01])").fullmatch


@dataclass(slots=True)
class RequestHead:
    """What came before the body."""

    method: str
    target: str
    version: str
    headers: Headers

    def first(self, name: str) -> str | None:
        """The first value of a field."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def persistent(self) -> bool:
        """Whether the client keeps the connection."""
        return stays_open(self.version, self.headers)

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits for leave to send the body (RFC 9110, section 10.1.1)."""
        return self.version == "HTTP/1.1" and "100-continue" in (v.lower() for v in values(self.headers, "expect"))


class RequestParser:
    """Requests of one connection. Call ``head``, then ``body`` until it says True, then ``head`` again.

    Both raise WireError and nothing else; after that the connection is of no use.
    """

    def __init__(self, body_limit: int = BODY_LIMIT, keep: int = 0) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._body: Body | None = None
        self._body_limit = body_limit
        self._keep = keep

    @property
    def content(self) -> bytes | None:
        """The body taken in so far; None where it is longer than what is kept."""
        if self._body is None:
            return b""
        return bytes(self._body.kept) if self._body.length == len(self._body.kept) else None

    def rest(self) -> bytes:
        """Take out all that came after the request: after an upgrade it is of another protocol."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    @property
    def waiting(self) -> int:
        """Bytes taken in and not used yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take in bytes."""
        self._buffer += data

    def head(self) -> RequestHead | None:
        """The next request's head, when it is whole."""
        taken = take_head(self._buffer, self._searched)
        if isinstance(taken, int):
            self._searched = taken
            return None
        self._searched = 0
        start, headers = taken
        match = _REQUEST_LINE(start)
        if not match:
            raise WireError(f"not a request line: {start[:80]!r}")
        framing = request_framing(headers)
        if isinstance(framing, int) and framing > self._body_limit:
            raise TooLongError(f"a body of {framing} bytes")
        self._body = body_for(framing, self._keep)
        return RequestHead(match[1], match[2], match[3], headers)

    def body(self) -> bool:
        """Take in what is there of the body; whether it is whole."""
        assert self._body is not None
        self._body.feed(self._buffer)
        if self._body.length > self._body_limit:
            raise TooLongError(f"a body of more than {self._body_limit} bytes")
        return self._body.done


def request_framing(headers: Headers) -> Framing | int:
    """Where the body of a request ends; one that does not say has none (RFC 9112, section 6.3)."""
    framing = transfer_framing(headers)
    if framing is Framing.CHUNKED:
        return framing
    if framing is not None:
        raise WireError("a transfer-encoding that does not end in chunked")
    return content_length(headers) or 0
