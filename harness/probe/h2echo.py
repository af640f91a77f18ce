"""The backend for HTTP/2 without TLS, plain and gRPC: who it is and what it saw, on each stream by itself.

A request whose content-type is gRPC's is answered as gRPC, on whichever port it comes: every service and every method
is there. A unary call is a stream of one message; each message gets an answer.
"""

from __future__ import annotations

import asyncio
import contextlib

from h2.events import DataReceived, Event, RequestReceived, StreamEnded, StreamReset

from .frames import GoAway
from .grpc_framing import is_grpc
from .h2stream import EchoStream, GrpcStream, PlainStream
from .head import WireError
from .http2 import Fields, Http2, headers_of
from .identity import ID_HEADER, Identity
from .journal import Journal

_LINGER = 0.5  # seconds: a connection that is closed while requests come in would be reset, and the GOAWAY lost


class Http2Echo(asyncio.Protocol):
    """One HTTP/2 connection; a request is journalled as soon as its head is there. Idle ones stay open."""

    def __init__(self, identity: Identity, port: int, journal: Journal) -> None:
        self.identity = identity
        self.port = port
        self._journal = journal
        self._http2 = Http2(client=False)
        self._transport: asyncio.Transport | None = None
        self._streams: dict[int, EchoStream] = {}
        self._leaving = False
        self._closing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; what was still to be answered is dropped."""
        del exc
        self._transport = None
        if self._closing is not None:
            self._closing.cancel()
        streams, self._streams = list(self._streams.values()), {}
        for stream in streams:
            stream.cancel()

    def data_received(self, data: bytes) -> None:
        """Frames."""
        try:
            for event in self._http2.feed(data):
                self._handle(event)
        except WireError:
            self.flush()
            if self._transport is not None:
                self._transport.close()
            return
        self.flush()

    def head(self, stream: int, fields: Fields, *, end: bool = False) -> None:
        """Send the head of an answer."""
        with contextlib.suppress(WireError):  # the connection has just become useless
            self._http2.headers(stream, fields, end=end)
        self.flush()

    def data(self, stream: int, data: bytes, *, end: bool = False, trailers: Fields | None = None) -> None:
        """Send data of an answer, and perhaps its end."""
        self._http2.data(stream, data, end=end, trailers=trailers)
        self.flush()

    def reset(self, stream: int, code: int) -> None:
        """End a stream without an answer."""
        self._http2.reset(stream, code)
        self.flush()

    def done(self, stream: int, *, leave: bool) -> None:
        """A stream has been answered; with ``leave`` the connection takes no more, and ends once all are."""
        self._streams.pop(stream, None)
        if leave and not self._leaving:
            self._leaving = True
            self._http2.say_goodbye()
            self.flush()
        self._close_when_left()

    def flush(self) -> None:
        """Write what is to be written."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._http2.output())

    def _handle(self, event: Event | GoAway) -> None:
        if isinstance(event, RequestReceived) and not self._leaving:  # else the GOAWAY told that nobody looks at it
            self._begin(event)
        stream = self._streams.get(getattr(event, "stream_id", 0))
        if stream is not None:
            if isinstance(event, DataReceived):
                stream.heard(event.data)
            elif isinstance(event, StreamEnded):
                stream.ended()
            elif isinstance(event, StreamReset):
                stream.cancel()
                del self._streams[event.stream_id]
        self._close_when_left()

    def _begin(self, event: RequestReceived) -> None:
        pseudo, headers = headers_of(event.headers)
        fields = dict(headers)
        host = pseudo.get("authority") or fields.get("host", "")
        entry = self._journal.note(
            next((value for name, value in headers if name == ID_HEADER), ""),
            time=asyncio.get_running_loop().time(),
            method=pseudo.get("method", ""),
            path=pseudo.get("path", ""),
            host=host,
            port=self.port,
        )
        kind = GrpcStream if is_grpc(headers) else PlainStream
        stream = kind(self, event.stream_id, {**pseudo, "authority": host}, headers, entry.attempt)
        self._streams[event.stream_id] = stream
        stream.begin()

    def _close_when_left(self) -> None:
        """Nothing more will come, and nothing waits for the peer's window."""
        left = self._leaving and not self._streams and not self._http2.owing
        if left and self._closing is None and self._transport is not None:
            self._closing = asyncio.get_running_loop().call_later(_LINGER, self._transport.close)
