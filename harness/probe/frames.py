"""HTTP/2 frames (RFC 9113, section 4) as far as they are ours: where each ends, and what a GOAWAY says. No I/O.

The h2 library ends a connection with the first GOAWAY, and fails the streams that may still finish. So those frames
are taken out of the stream of bytes before the library sees them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEAD = 9  # bytes before a frame's payload
_GOAWAY = 7
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
    """Cuts bytes into whole frames. What cannot be one is passed on as it is: the library says what is wrong."""

    def __init__(self, *, preface: bool) -> None:
        self._buffer = bytearray()
        self._preface = len(PREFACE) if preface else 0
        self._spoiled = False

    def feed(self, data: bytes) -> Iterator[bytes | GoAway]:
        """The frames that are whole now."""
        self._buffer += data
        while (size := self._next()) > 0:
            frame = bytes(self._buffer[:size])
            del self._buffer[:size]
            yield _goaway(frame) if not self._spoiled and _is_goaway(frame) else frame

    def _next(self) -> int:
        """The length of what can be passed on; 0 for nothing."""
        there = len(self._buffer)
        wanted, self._spoiled = self._wanted()
        if self._spoiled:
            return there
        if wanted > there:
            return 0
        self._preface = 0
        return wanted

    def _wanted(self) -> tuple[int, bool]:
        """How many bytes the next piece has, as far as can be told; and whether this is not HTTP/2 at all."""
        if self._preface:
            return self._preface, self._spoiled or not PREFACE.startswith(self._buffer[: self._preface])
        size = int.from_bytes(self._buffer[:3], "big") if len(self._buffer) >= _HEAD else 0
        return _HEAD + size, self._spoiled or size > _LONGEST


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
