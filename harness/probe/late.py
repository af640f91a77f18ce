"""HTTP/2 listeners that load their library with the first connection.

Most pods never get one, and the library is large. It is loaded in a thread: the loop may not stand still meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .identity import Identity
from .journal import Journal

if TYPE_CHECKING:
    from .h2echo import Http2Echo


class LateHttp2Echo(asyncio.Protocol):
    """Hands its connection over to the echo for HTTP/2 as soon as that is there."""

    def __init__(self, identity: Identity, port: int, journal: Journal, begun: bytes = b"") -> None:
        self._echo = (identity, port, journal)
        self._begun = begun  # what came before it was known that this is HTTP/2

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Leave what comes in the kernel until the echo takes over."""
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, _load).add_done_callback(lambda found: self._hand_over(transport, found.result()))

    def _hand_over(self, transport: asyncio.Transport, echo: type[Http2Echo]) -> None:
        if transport.is_closing():
            return
        protocol = echo(*self._echo)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self._begun:
            protocol.data_received(self._begun)
        transport.resume_reading()


def _load() -> type[Http2Echo]:
    from .h2echo import Http2Echo  # noqa: PLC0415

    return Http2Echo
