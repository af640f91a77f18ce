"""One HTTP/1.1 client connection, timed by the monotonic clock of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from .http1 import Headers, ResponseParser, WireError

REFUSED, RESET, CLOSED, MALFORMED, DEADLINE = "refused", "reset", "closed", "malformed", "deadline"


@dataclass(slots=True)
class Raw:
    """What came back for one request: an answer, or a failure in its own words."""

    status: int | None = None
    headers: Headers | None = None
    body: bytes = b""
    failure: str = ""
    detail: str = ""
    untouched: bool = False  # the connection ended before the first byte of an answer


class Connection(asyncio.Protocol):
    """A connection that carries one exchange at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser: ResponseParser | None = None
        self._done: Callable[[Raw], None] | None = None
        self._touched = False
        self.usable = False  # open, idle and good for another request

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.usable = True

    def exchange(self, method: str, request: bytes, done: Callable[[Raw], None]) -> None:
        """Send a request; ``done`` is called once, with what became of it."""
        assert self._transport is not None
        self._parser, self._done, self._touched = ResponseParser(method), done, False
        self.usable = False
        self._transport.write(request)

    def abort(self) -> None:
        """End at once."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Bytes of the answer; bytes that nobody asked for end the connection."""
        if self._parser is None:
            self.abort()
            return
        self._touched = True
        try:
            self._parser.feed(data)
        except WireError as error:
            self._finish(Raw(failure=MALFORMED, detail=str(error)))
            self.abort()
            return
        if self._parser.done:
            self._complete()

    def eof_received(self) -> bool:
        """The peer has said all it has to say."""
        if self._parser is not None:
            if self._parser.end():
                self._complete()
            else:
                self._fail(CLOSED, "the connection was closed before the answer was complete")
        self.usable = False
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self.usable = False
        self._transport = None
        if self._parser is not None:
            self._fail(RESET if exc else CLOSED, str(exc or "the connection was closed"))

    def _complete(self) -> None:
        parser = self._parser
        assert parser is not None
        reusable = parser.reusable and self._transport is not None and not self._transport.is_closing()
        self._finish(Raw(parser.status, parser.headers, parser.body))
        self.usable = reusable
        if not reusable and self._transport is not None:
            self._transport.close()

    def _fail(self, failure: str, detail: str) -> None:
        self._finish(Raw(failure=failure, detail=detail, untouched=not self._touched))

    def _finish(self, raw: Raw) -> None:
        done, self._done, self._parser = self._done, None, None
        if done is not None:
            done(raw)


async def connect(host: str, port: int) -> Connection | Raw:
    """A new connection, or why there is none."""
    loop = asyncio.get_running_loop()
    try:
        _, connection = await loop.create_connection(Connection, host, port)
    except ConnectionResetError as error:
        return Raw(failure=RESET, detail=str(error))
    except OSError as error:
        return Raw(failure=REFUSED, detail=error.strerror or str(error))
    return connection


def request_bytes(method: str, target: str, host: str, headers: Headers, body: bytes | None) -> bytes:
    """A request on the wire. A Host among the headers replaces the given one."""
    own = {name.lower() for name, _ in headers}
    lines = [f"{method} {target} HTTP/1.1"]
    if "host" not in own:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None and "content-length" not in own:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace") + (body or b"")
