"""Clients of the sandbox for gRPC and TLS: a call or a handshake's first message, from a source address."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, ResponseReceived, StreamEnded, StreamReset, TrailersReceived

_CHANNELS: dict[str, _Channel] = {}


class _Channel:
    """An HTTP/2 connection that carries one call at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._connection = H2Connection(H2Configuration(header_encoding="utf-8"))
        self._connection.initiate_connection()

    async def call(self, path: str, authority: str, metadata: list[list[str]]) -> dict[str, Any]:
        stream = self._connection.get_next_available_stream_id()
        pseudo = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", authority)]
        fields = [("content-type", "application/grpc"), ("te", "trailers"), *((key, value) for key, value in metadata)]
        self._connection.send_headers(stream, [*pseudo, *fields])
        self._connection.send_data(stream, bytes(5), end_stream=True)
        headers: list[tuple[str, str]] = []
        body = b""
        while True:
            self._writer.write(self._connection.data_to_send())
            data = await self._reader.read(65536)
            if not data:
                return {"error": "closed"}
            for event in self._connection.receive_data(data):
                if isinstance(event, ResponseReceived | TrailersReceived):
                    headers += event.headers
                elif isinstance(event, DataReceived):
                    body += event.data
                    self._connection.acknowledge_received_data(event.flow_controlled_length, stream)
                elif isinstance(event, StreamReset):
                    return {"error": "reset"}
                elif isinstance(event, StreamEnded):
                    found = dict(headers)
                    seen = json.loads(body[5:]) if body else None
                    status = int(found.get("grpc-status", -1))
                    return {"http": int(found[":status"]), "status": status, "headers": headers, "seen": seen}

    def close(self) -> None:
        self._writer.close()


async def call(source: str, to: str, path: str, metadata: list[list[str]], kept: str = "") -> dict[str, Any]:
    """One gRPC call with an empty message, on a connection of its own or on the kept one called `kept`."""
    channel = _CHANNELS.get(kept)
    if channel is None:
        host, port = to.rsplit(":", 1)
        channel = _Channel(*await asyncio.open_connection(host, int(port), local_addr=(source, 0)))
    answer = await channel.call(path, to, metadata)
    if kept:
        _CHANNELS[kept] = channel
    else:
        channel.close()
    return answer


async def hello(source: str, to: str, name: str) -> str:
    """Who answers a TLS client's first message with this server name; "" for a connection that is closed instead."""
    outgoing = ssl.MemoryBIO()
    context = ssl.create_default_context()
    with_name = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with contextlib.suppress(ssl.SSLWantReadError):
        with_name.do_handshake()
    host, port = to.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port), local_addr=(source, 0))
    writer.write(outgoing.read())
    try:
        return (await reader.readline()).decode().strip()
    except ConnectionError:
        return ""
    finally:
        writer.close()
