"""The HTTP/2 side of a backend: answers every stream with what it saw."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived, StreamEnded

PREFACE = b"PRI * HTTP/2.0\r\n\r\n"


async def serve_http2(name: str, ip: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve a connection whose first line was the preface, until it ends."""
    connection = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
    connection.initiate_connection()
    connection.receive_data(PREFACE)
    writer.write(connection.data_to_send())
    requests: dict[int, list[tuple[str, str]]] = {}
    while data := await reader.read(65536):
        for event in connection.receive_data(data):
            if isinstance(event, RequestReceived):
                requests[event.stream_id] = list(event.headers)
            elif isinstance(event, StreamEnded):
                _answer(connection, event.stream_id, {"name": name, "ip": ip, **_seen(requests.pop(event.stream_id))})
        writer.write(connection.data_to_send())
        await writer.drain()


def _seen(fields: list[tuple[str, str]]) -> dict[str, Any]:
    pseudo = {key: value for key, value in fields if key.startswith(":")}
    headers: dict[str, list[str]] = {"host": [pseudo.get(":authority", "")]}
    for key, value in fields:
        if not key.startswith(":"):
            headers.setdefault(key, []).append(value)
    return {"http": 2, "method": pseudo[":method"], "path": pseudo[":path"], "headers": headers}


def _answer(connection: H2Connection, stream: int, seen: dict[str, Any]) -> None:
    body = json.dumps(seen).encode()
    if seen["headers"].get("content-type", [""])[0].startswith("application/grpc"):
        extra = [tuple(pair.split("=", 1)) for pair in seen["headers"].get("x-reply", [])]
        connection.send_headers(stream, [(":status", "200"), ("content-type", "application/grpc"), *extra])
        connection.send_data(stream, bytes(1) + len(body).to_bytes(4, "big") + body)
        connection.send_headers(stream, [("grpc-status", "0")], end_stream=True)
        return
    connection.send_headers(stream, [(":status", "200"), ("content-length", str(len(body)))])
    connection.send_data(stream, body, end_stream=True)
