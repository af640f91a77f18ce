"""WebSocket frames and the proof of an upgrade (RFC 6455). No I/O; raises nothing but WireError."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from typing import NamedTuple

from .head import TooLongError, WireError

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MESSAGE_LIMIT = 17 << 20  # bytes of one message
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_FIN, _RESERVED, _KIND, _MASKED, _LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
_CONTROL_AT_MOST = 125


class Message(NamedTuple):
    """A whole message, or a control frame."""

    kind: int
    data: bytes


def new_key() -> str:
    """A value for Sec-WebSocket-Key."""
    return base64.b64encode(secrets.token_bytes(16)).decode()


def is_key(key: str) -> bool:
    """Whether this is a Sec-WebSocket-Key: 16 bytes in base64."""
    try:
        return len(base64.b64decode(key.encode("latin-1"), validate=True)) == 16
    except (binascii.Error, UnicodeEncodeError):
        return False


def accept(key: str) -> str:
    """The value for Sec-WebSocket-Accept that belongs to a key."""
    digest = hashlib.sha1(key.encode("latin-1") + _GUID, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def frame(kind: int, data: bytes, *, mask: bytes = b"", final: bool = True) -> bytes:
    """One frame; clients mask theirs with four bytes."""
    head = bytes([(_FIN if final else 0) | kind])
    masked = _MASKED if mask else 0
    if len(data) <= _CONTROL_AT_MOST:
        head += bytes([masked | len(data)])
    elif len(data) < 1 << 16:
        head += bytes([masked | 126]) + len(data).to_bytes(2, "big")
    else:
        head += bytes([masked | 127]) + len(data).to_bytes(8, "big")
    return head + mask + (_mask(data, mask) if mask else data)


class Frames:
    """The messages of one direction of a connection."""

    def __init__(self, *, masked: bool) -> None:
        self._masked = masked  # what clients send is, what servers send is not
        self._buffer = bytearray()
        self._kind = CONTINUATION  # of the message whose frames are coming
        self._parts = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are whole now."""
        self._buffer += data
        found = []
        while (piece := self._take()) is not None:
            message = self._message(*piece)
            if message is not None:
                found.append(message)
        return found

    def _take(self) -> tuple[int, bool, bytes] | None:
        """The next frame: kind, whether it ends its message, and data."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        if buffer[0] & _RESERVED:
            raise WireError("a frame with reserved bits")
        if bool(buffer[1] & _MASKED) is not self._masked:
            raise WireError("a frame that is masked" if not self._masked else "a frame that is not masked")
        length, start = buffer[1] & _LENGTH, 2
        if length > _CONTROL_AT_MOST:
            size = 2 if length == 126 else 8
            if len(buffer) < 2 + size:
                return None
            length, start = int.from_bytes(buffer[2 : 2 + size], "big"), 2 + size
        if length > MESSAGE_LIMIT:
            raise TooLongError(f"a frame of {length} bytes")
        mask = bytes(buffer[start : start + 4]) if self._masked else b""
        start += 4 if self._masked else 0
        if len(buffer) < start + length:
            return None
        data = bytes(buffer[start : start + length])
        kind, final = buffer[0] & _KIND, bool(buffer[0] & _FIN)
        del buffer[: start + length]
        return kind, final, _mask(data, mask) if mask else data

    def _message(self, kind: int, final: bool, data: bytes) -> Message | None:
        """What is whole with this frame."""
        if kind in (CLOSE, PING, PONG):
            if not final or len(data) > _CONTROL_AT_MOST:
                raise WireError("a control frame that is in parts or too long")
            return Message(kind, data)
        if kind not in (CONTINUATION, TEXT, BINARY):
            raise WireError(f"a frame of the unknown kind {kind}")
        if (kind == CONTINUATION) is (self._kind == CONTINUATION):
            raise WireError("a part without a beginning" if kind == CONTINUATION else "a message within another")
        self._kind = kind or self._kind
        self._parts += data
        if len(self._parts) > MESSAGE_LIMIT:
            raise TooLongError(f"a message of more than {MESSAGE_LIMIT} bytes")
        if not final:
            return None
        whole = Message(self._kind, bytes(self._parts))
        self._kind, self._parts = CONTINUATION, bytearray()
        return whole


def _mask(data: bytes, mask: bytes) -> bytes:
    if not data:
        return b""
    repeated = (mask * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(data), "big")
