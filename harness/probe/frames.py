"""HTTP/2 frames (RFC 9113, section 4) as far as they are ours: where each ends, and what a GOAWAY says. No I/O.

The h2 library ends a connection with the first GOAWAY, and fails the streams that may still finish. So those frames
are taken out of the stream of bytes before the library sees them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from .head import WireError

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEAD = 9  # bytes before a frame's payload
_SETTINGS, _GOAWAY = 4, 7
_LONGEST = 1 << 14  # bytes of a payload; we never allow more
_ERRORS = (
    *("NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED"),
    *("FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM"),
    *("INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"),
)
REFUSED_STREAM = _ERRORS.index("REFUSED_STREAM")
CANCEL = _ERRORS.index("CANCEL")
INTERNAL_ERROR = _ERRORS.index("INTERNAL_ERROR")


@dataclass(frozen=True, slots=True)
class GoAway:
    """The peer takes no new streams; those up to ``last`` it may have looked at, and may still finish."""

    last: int
    code: int


class Splitter:
    """Cuts bytes into whole frames, and tells early what is no HTTP/2: the library waits for what will never come."""

    def __init__(self, *, preface: bool) -> None:
        self._buffer = bytearray()
        self._preface = preface  # whether the peer, a client, begins with one
        self._settled = False  # whether the first frame, which is SETTINGS, has come

    def feed(self, data: bytes) -> Iterator[bytes | GoAway]:
        """The pieces that are whole now: the preface, and frames. Raises WireError."""
        self._buffer += data
        while (size := self._next()) <= len(self._buffer):
            piece = bytes(self._buffer[:size])
            del self._buffer[:size]
            yield _goaway(piece) if _is_goaway(piece) else piece

    def _next(self) -> int:
        """How long the next piece is; its own head, while that is not there."""
        if self._preface:
            if not PREFACE.startswith(self._buffer[: len(PREFACE)]):
                raise WireError(f"no HTTP/2 preface: {bytes(self._buffer[:40])!r}")
            self._preface = len(self._buffer) < len(PREFACE)
            return len(PREFACE)
        if len(self._buffer) < _HEAD:
            return _HEAD
        size = int.from_bytes(self._buffer[:3], "big")
        if size > _LONGEST or not (self._settled or self._buffer[3] == _SETTINGS):
            raise WireError(f"not HTTP/2: {bytes(self._buffer[:80])!r}")
        self._settled = True
        return _HEAD + size


def goaway_frame(last: int) -> bytes:
    """A GOAWAY without an error: streams up to ``last`` will be answered."""
    return struct.pack(">HBBBIII", 0, 8, _GOAWAY, 0, 0, last, 0)


def error_name(code: int) -> str:
    """The name of an error code."""
    return _ERRORS[code] if 0 <= code < len(_ERRORS) else f"error {code}"


def _is_goaway(frame: bytes) -> bool:
    """A well-formed one; another is the library's to complain about."""
    return len(frame) >= _HEAD + 8 and frame[3] == _GOAWAY and not any(frame[5:9])


def _goaway(frame: bytes) -> GoAway:
    last, code = struct.unpack_from(">II", frame, _HEAD)
    return GoAway(last & 0x7FFFFFFF, code)
