"""The listener of ports that say no more than HTTP: HTTP/1.1, or HTTP/2 for clients that begin with its preface.

A mesh may hand a request on in the version in which it came (RFC 9113, section 3.3), so such a port takes both.
"""

from __future__ import annotations

import asyncio

from .echo import Http1Echo
from .identity import Identity
from .journal import Journal
from .late import LateHttp2Echo

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class HttpEcho(asyncio.Protocol):
    """Looks at the first bytes of a connection and hands it to the echo that understands them."""

    def __init__(self, identity: Identity, port: int, journal: Journal) -> None:
        self._made = (identity, port, journal)
        self._transport: asyncio.Transport | None = None
        self._begun = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """The first bytes; no request of HTTP/1.1 begins like the preface for longer than its method."""
        begun = self._begun = self._begun + data
        assert self._transport is not None
        if len(begun) < len(_PREFACE) and _PREFACE.startswith(begun):
            return
        http2 = begun.startswith(_PREFACE)
        echo = LateHttp2Echo(*self._made, begun) if http2 else Http1Echo(*self._made)
        self._transport.set_protocol(echo)
        echo.connection_made(self._transport)
        if not http2:
            echo.data_received(begun)
