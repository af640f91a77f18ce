"""HTTP/1.1 exchanges on one connection, timed by the event loop's monotonic clock."""

from __future__ import annotations

import asyncio

from .exchange import AGENT, CLOSED, MALFORMED, REFUSED, RESET, Connection, Done, GiveUp, Raw, address_of
from .head import Headers, WireError
from .identity import ID_HEADER
from .link import OURS, Link
from .plan import Plan
from .response import ResponseParser


class Http1Wire:
    """HTTP/1.1: the request of a batch is composed but for its id."""

    def __init__(self, plan: Plan) -> None:
        self._method = plan.method
        self._before, self._after = request_parts(plan.method, plan.target, plan.host, list(plan.headers), plan.body)

    def connection(self, host: str, port: int, number: int) -> Connection:
        """A connection that carries one exchange at a time."""
        return Http1Connection(host, port, number)

    def message(self, request_id: str) -> tuple[str, bytes]:
        """The method, and the request on the wire."""
        return self._method, b"".join((self._before, request_id.encode(), self._after))


class Http1Connection:
    """Carries one exchange at a time; connects when the first one begins."""

    def __init__(self, host: str, port: int, number: int) -> None:
        self._host, self._port = host, port
        self._loop = asyncio.get_running_loop()
        self._link: Link | None = None
        self._stands = False
        self._message = b""
        self._parser: ResponseParser | None = None
        self._done: Done | None = None
        self._raw = Raw()
        self._reused = False
        self.number = number
        self.usable = True
        self.spent = False

    @property
    def address(self) -> str:
        """``10.96.3.7:80``."""
        return address_of(self._host, self._port)

    def exchange(self, message: tuple[str, bytes], done: Done) -> GiveUp:
        """Send a request. Giving it up hangs up: the answer could not be told from that of the next one."""
        method, data = message
        self._parser, self._done, self._raw = ResponseParser(method), done, Raw()
        self.usable = False
        self._reused = self._link is not None
        if self._link is None:
            self._message = data
            self._link = Link(self._loop, self)
            self._link.open(self._host, self._port)
        else:
            self._link.send(data)
        return self.close

    def close(self) -> None:
        """Hang up."""
        self.usable, self.spent = False, True
        self._done = self._parser = None
        if self._link is not None:
            self._link.close()

    def opened(self) -> None:
        """The connection stands: send what waits."""
        assert self._link is not None
        self._stands = True
        self._raw.connected = self._loop.time()
        message, self._message = self._message, b""
        self._link.send(message)

    def received(self, data: bytes) -> None:
        """Bytes of the answer; bytes that nobody asked for end the connection."""
        parser = self._parser
        if parser is None:
            self.close()
            return
        if self._raw.first is None:
            self._raw.first = self._loop.time()
        try:
            if parser.feed(data):
                self._complete(parser)
        except WireError as error:
            self._finish(Raw(failure=MALFORMED, detail=str(error)))

    def ended(self, error: OSError | None) -> None:
        """The connection is gone."""
        parser = self._parser
        if parser is None:
            self.close()
        elif error is None and parser.end():
            self._complete(parser)
        else:
            failure, detail = self._reason(error, parser)
            self._finish(Raw(failure=failure, detail=detail, untouched=self._reused and not parser.begun))

    def _reason(self, error: OSError | None, parser: ResponseParser) -> tuple[str, str]:
        """Which failure an end without answer is, and its words."""
        how_far = f"after {parser.body_length} bytes of the body" if parser.status else "before the answer"
        if error is None:
            return CLOSED, f"the connection was closed {how_far}"
        words = error.strerror or str(error)
        if error.errno in OURS:
            return AGENT, words
        if self._stands or isinstance(error, ConnectionResetError):
            return RESET, f"{words} {how_far}"
        return REFUSED, words

    def _complete(self, parser: ResponseParser) -> None:
        raw = self._raw
        raw.version, raw.status, raw.reason = parser.version, parser.status, parser.reason
        raw.headers, raw.body = parser.headers, parser.body
        self._finish(raw, reusable=parser.reusable)

    def _finish(self, raw: Raw, *, reusable: bool = False) -> None:
        done = self._done
        raw.connected, raw.first = self._raw.connected, self._raw.first
        if reusable:
            self._done = self._parser = None
            self.usable = True
        else:
            self.close()
        if done is not None:
            done(raw)


def request_parts(method: str, target: str, host: str, headers: Headers, body: bytes | None) -> tuple[bytes, bytes]:
    """A request on the wire, cut where the value of one more header, the request's id, belongs.

    A Host among the headers replaces the given one; a body brings its length.
    """
    own = {name.lower() for name, _ in headers}
    lines = [f"{method} {target} HTTP/1.1"]
    if "host" not in own:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None and not own & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    lines.append(f"{ID_HEADER}: ")
    return "\r\n".join(lines).encode("utf-8"), b"\r\n\r\n" + (body or b"")
