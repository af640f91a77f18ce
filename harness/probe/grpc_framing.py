"""gRPC on HTTP/2 (its protocol document "PROTOCOL-HTTP2"): messages, and what an answer means. No I/O."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .head import Headers
from .wishes import GRPC_STATUSES

CONTENT_TYPE = "application/grpc"
_PREFIX = struct.Struct(">BI")  # whether it is compressed, and its length

_BY_HTTP_STATUS = {
    400: "INTERNAL",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "UNIMPLEMENTED",
    429: "UNAVAILABLE",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "UNAVAILABLE",
}


def framed(payload: bytes) -> bytes:
    """A message, not compressed."""
    return _PREFIX.pack(0, len(payload)) + payload


class Messages:
    """Takes messages out of a stream of data; of each only its beginning is kept."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._buffer = bytearray()
        self._left = -1  # bytes of the message that are missing; -1: before its prefix
        self._kept = bytearray()
        self.count = 0
        self.compressed = False  # whether one was, which cannot be read here

    @property
    def whole(self) -> bool:
        """Whether the data ends where a message ends."""
        return self._left < 0 and not self._buffer

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The beginnings of the messages that are whole now."""
        self._buffer += data
        while True:
            if self._left < 0:
                if len(self._buffer) < _PREFIX.size:
                    return
                flag, self._left = _PREFIX.unpack_from(self._buffer)
                del self._buffer[: _PREFIX.size]
                self.compressed = self.compressed or bool(flag)
                self._kept = bytearray()
            piece = self._buffer[: self._left]
            del self._buffer[: self._left]
            self._left -= len(piece)
            self._kept += piece[: max(0, self._keep - len(self._kept))]
            if self._left:
                return
            self._left = -1
            self.count += 1
            yield bytes(self._kept)


def is_grpc(headers: Headers) -> bool:
    """Whether a head says that gRPC follows: ``application/grpc``, perhaps with ``+proto`` and parameters."""
    kind = next((value for name, value in headers if name == "content-type"), "").lower()
    return kind.startswith(CONTENT_TYPE) and kind[len(CONTENT_TYPE) : len(CONTENT_TYPE) + 1] in ("", "+", ";")


def status_of(http_status: int, headers: Headers, trailers: Headers) -> str:
    """The name of the call's status.

    An answer without ``grpc-status`` gets the one that gRPC documents for its HTTP status
    ("http-grpc-status-mapping"); one that is no known number is UNKNOWN.
    """
    told = next((value for name, value in (*trailers, *headers) if name == "grpc-status"), None)
    if told is None:
        return _BY_HTTP_STATUS.get(http_status, "UNKNOWN")
    text = told.strip()
    known = text.isascii() and text.isdigit() and len(text) <= 3 and int(text) < len(GRPC_STATUSES)
    return GRPC_STATUSES[int(text)] if known else "UNKNOWN"
