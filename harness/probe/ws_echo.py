"""The backend's half of a WebSocket: says who it is and what it saw, then sends back every message as it came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .head import WireError, values
from .request import RequestHead
from .ws_frames import BINARY, CLOSE, PING, PONG, TEXT, Frames, Message, frame, is_key

_PROTOCOL_ERROR = (1002).to_bytes(2, "big")


def wants_websocket(request: RequestHead) -> bool:
    """Whether a request asks for a WebSocket that we can speak; one that asks for anything else is answered plainly."""
    return (
        request.method == "GET"
        and request.version == "HTTP/1.1"
        and "upgrade" in (option.lower() for option in values(request.headers, "connection"))
        and "websocket" in (protocol.lower() for protocol in values(request.headers, "upgrade"))
        and request.first("sec-websocket-version") == "13"
        and is_key(request.first("sec-websocket-key") or "")
    )


class WebSocketEcho(asyncio.Protocol):
    """Takes over a connection after its upgrade. ``told`` gives the first message, from the body that came."""

    def __init__(self, told: Callable[[bytes], bytes]) -> None:
        self._told: Callable[[bytes], bytes] | None = told
        self._frames = Frames(masked=True)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        del exc
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Frames; after the first that is none nothing is understood any more."""
        try:
            messages = self._frames.feed(data)
        except WireError:
            self._close(_PROTOCOL_ERROR)
            return
        for message in messages:
            self._answer(message)

    def _answer(self, message: Message) -> None:
        if message.kind == CLOSE:
            self._close(message.data[:2])
        elif message.kind == PING:
            self._write(frame(PONG, message.data))
        elif message.kind in (TEXT, BINARY):
            if self._told is not None:
                self._write(frame(TEXT, self._told(message.data)))
                self._told = None
            self._write(frame(message.kind, message.data))

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _close(self, code: bytes) -> None:
        self._write(frame(CLOSE, code))
        if self._transport is not None:
            self._transport.close()
