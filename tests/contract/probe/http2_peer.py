"""A server of HTTP/2 that does as it is told, one connection in one thread."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived, StreamEnded


class Peer:
    """Wraps an accepted connection; raises OSError when the client hangs up."""

    def __init__(self, connection: socket.socket, **settings: int) -> None:
        self.socket = connection
        self.h2 = H2Connection(H2Configuration(client_side=False, validate_outbound_headers=False))
        self.h2.initiate_connection()
        if settings:
            self.h2.update_settings({int(code.lstrip("_")): value for code, value in settings.items()})
        self.flush()
        self.paths: dict[int, str] = {}

    def flush(self) -> None:
        self.socket.sendall(self.h2.data_to_send())

    def requests(self) -> Iterator[int]:
        """The streams of whole requests, as they come."""
        while True:
            data = self.socket.recv(65536)
            if not data:
                raise OSError("the client hung up")
            for event in self.h2.receive_data(data):
                if isinstance(event, RequestReceived):
                    found = dict(event.headers)
                    self.paths[event.stream_id] = found[b":path"].decode()
                elif isinstance(event, StreamEnded):
                    yield event.stream_id
            self.flush()

    def answer(self, stream: int, body: bytes = b"ok", *more: tuple[str, str]) -> None:
        self.h2.send_headers(stream, [(":status", "200"), *more])
        self.h2.send_data(stream, body, end_stream=True)
        self.flush()

    def goaway(self, last: int, code: int = 0) -> None:
        """The frame alone: the library would end the connection with it."""
        payload = last.to_bytes(4, "big") + code.to_bytes(4, "big")
        self.socket.sendall(b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + payload)

    def linger(self) -> None:
        """Read until the client hangs up."""
        with contextlib.suppress(OSError):
            while self.socket.recv(65536):
                pass
