"""The name server: UDP and TCP on one address in each node's network."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterable
from typing import cast

from lab.node.addresses import DNS
from lab.node.dns.answers import answer
from lab.node.dns.zone import Zone
from lab.node.network import Netns

_PORT = 53
_IDLE_SECONDS = 10.0


class NameServer:
    """Answers from ``zone``, which whoever follows the API replaces when something changed."""

    def __init__(self) -> None:
        self.zone: Zone = {}

    async def serve(self, netns: Iterable[Netns]) -> None:
        """Open the doors in these network namespaces and return. Raises OSError."""
        loop = asyncio.get_running_loop()
        for one in netns:
            datagrams, stream = one.run(_sockets)
            await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=datagrams)
            await asyncio.start_server(self._serve_stream, sock=stream)

    async def _serve_stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Queries of one TCP connection, each with its length before it."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            while True:
                async with asyncio.timeout(_IDLE_SECONDS):
                    (length,) = struct.unpack(">H", await reader.readexactly(2))
                    packet = await reader.readexactly(length)
                response = answer(self.zone, packet, tcp=True)
                if response is None:
                    break
                writer.write(struct.pack(">H", len(response)) + response)
                await writer.drain()
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # asyncio's own is no subclass before 3.12

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        response = answer(self._server.zone, data, tcp=False)
        if response is not None and self._transport is not None:
            self._transport.sendto(response, addr)


def _sockets() -> tuple[socket.socket, socket.socket]:
    """The two sockets, in the network namespace that this thread is in."""
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for one in (datagrams, stream):
        one.setblocking(False)
        one.bind((str(DNS), _PORT))
    return datagrams, stream
