"""HTTP/2 exchanges on one connection (prior knowledge): many at once, each on a stream of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from h2.events import DataReceived, Event, ResponseReceived, StreamEnded, StreamReset, TrailersReceived

from .exchange import AGENT, CLOSED, MALFORMED, REFUSED, RESET, Done, GiveUp, Raw, address_of
from .frames import CANCEL, REFUSED_STREAM, GoAway, error_name
from .head import WireError
from .http2 import Fields, Http2, headers_of
from .link import OURS, Link


class Talk(Protocol):
    """What is said on one stream; made for one request."""

    fields: Fields

    def opening(self) -> tuple[bytes, bool]:
        """The first data, and whether that is all."""

    def heard(self, data: bytes) -> tuple[bytes, bool]:
        """Data of the answer; what is said to that, and whether that is all. Nothing: ``b"", False``."""

    def complete(self, raw: Raw) -> None:
        """The answer is over: add to what came of it (head and trailers are there)."""


@dataclass(slots=True, eq=False)
class _Exchange:
    """One request under way."""

    talk: Talk
    done: Done
    raw: Raw
    stream: int = 0  # 0: the connection does not stand yet
    said_all: bool = False
    reused: bool = False  # the connection has carried another exchange before
    proven: bool = False  # the connection has brought an answer before
    heard_before: int = 0  # how often the connection had brought something when it began


class H2ClientConnection:
    """Carries as many exchanges at once as the peer allows; connects when the first one begins."""

    def __init__(self, host: str, port: int, number: int) -> None:
        self._host, self._port = host, port
        self._loop = asyncio.get_running_loop()
        self._link: Link | None = None
        self._http2 = Http2(client=True)
        self._stands = False
        self._waiting: list[_Exchange] = []  # for the connection to stand
        self._streams: dict[int, _Exchange] = {}
        self._heard = 0
        self._answered = False
        self.number = number
        self.spent = False

    @property
    def address(self) -> str:
        """``10.96.3.7:80``."""
        return address_of(self._host, self._port)

    @property
    def usable(self) -> bool:
        """Whether the peer allows another stream; one is always tried."""
        under_way = len(self._streams) + len(self._waiting)
        return not self.spent and (under_way == 0 or under_way < self._http2.streams_allowed)

    def exchange(self, talk: Talk, done: Done) -> GiveUp:
        """Send a request. Giving it up resets its stream; the others go on."""
        exchange = _Exchange(talk, done, Raw())
        if self._stands:
            self._begin(exchange)
            self._flush()
        else:
            self._waiting.append(exchange)
        if self._link is None:
            self._link = Link(self._loop, self)
            self._link.open(self._host, self._port)
        return lambda: self._give_up(exchange)

    def close(self) -> None:
        """Hang up."""
        self.spent = True
        self._waiting, self._streams = [], {}
        if self._link is not None:
            if self._stands:
                self._stands = False
                self._http2.say_goodbye()
                self._link.send(self._http2.output())
            self._link.close()

    def opened(self) -> None:
        """The connection stands: send what waits."""
        self._stands = True
        now = self._loop.time()
        waiting, self._waiting = self._waiting, []
        for exchange in waiting:
            exchange.raw.connected = now
            self._begin(exchange)
        self._flush()

    def received(self, data: bytes) -> None:
        """Frames."""
        self._heard += 1
        try:
            for event in self._http2.feed(data):
                self._handle(event)
                if not self._stands:
                    return  # who got an answer has hung up
        except WireError as error:
            self._flush()  # the library's last words
            self._fail_all(MALFORMED, str(error))
            return
        self._flush()
        self._close_when_drained()

    def ended(self, error: OSError | None) -> None:
        """The connection is gone."""
        words = "" if error is None else error.strerror or str(error)
        if error is None:
            self._fail_all(CLOSED, "the connection was closed before the answer was complete")
        elif error.errno in OURS:
            self._fail_all(AGENT, words)
        elif self._stands or isinstance(error, ConnectionResetError):
            self._fail_all(RESET, f"{words} before the answer was complete")
        else:
            self._fail_all(REFUSED, words)

    def _begin(self, exchange: _Exchange) -> None:
        stream = self._http2.next_stream()
        exchange.reused, exchange.proven, exchange.heard_before = stream > 1, self._answered, self._heard
        data, last = exchange.talk.opening()
        try:
            self._http2.headers(stream, exchange.talk.fields, end=last and not data)
        except WireError as error:
            raw = Raw(failure=AGENT, detail=f"the request cannot be sent: {error}")
            self._loop.call_soon(exchange.done, raw)
            return
        exchange.stream, exchange.said_all = stream, last
        self._streams[stream] = exchange
        if data:
            self._http2.data(stream, data, end=last)

    def _handle(self, event: Event | GoAway) -> None:
        if isinstance(event, GoAway):
            self._leave(event)
            return
        exchange = self._streams.get(getattr(event, "stream_id", 0))
        if exchange is None:
            return
        raw = exchange.raw
        if raw.first is None:
            raw.first = self._loop.time()
        if isinstance(event, ResponseReceived):
            pseudo, raw.headers = headers_of(event.headers)
            raw.version, raw.status = "HTTP/2", _status(pseudo.get("status", ""))
        elif isinstance(event, DataReceived):
            data, last = exchange.talk.heard(event.data)
            if (data or last) and not exchange.said_all:
                exchange.said_all = last
                self._http2.data(exchange.stream, data, end=last)
        elif isinstance(event, TrailersReceived):
            raw.trailers = headers_of(event.headers)[1]
        elif isinstance(event, StreamEnded):
            self._answered = True
            exchange.talk.complete(raw)
            self._finish(exchange, raw)
        elif isinstance(event, StreamReset):
            untouched = int(event.error_code) == REFUSED_STREAM and exchange.reused and raw.status is None
            told = f"the stream was reset: {error_name(int(event.error_code))}"
            self._finish(exchange, Raw(failure=RESET, detail=told, untouched=untouched))

    def _leave(self, goaway: GoAway) -> None:
        """Streams beyond the last one were not looked at; the others may still be answered."""
        self.spent = True
        detail = f"the server takes no more on this connection: GOAWAY, {error_name(goaway.code)}"
        for stream, exchange in list(self._streams.items()):
            if stream > goaway.last:
                untouched = exchange.reused and exchange.raw.first is None
                self._finish(exchange, Raw(failure=CLOSED, detail=detail, untouched=untouched))

    def _fail_all(self, failure: str, detail: str) -> None:
        """The connection is of no use any more."""
        exchanges = [*self._waiting, *self._streams.values()]
        self.close()
        for exchange in exchanges:
            # As with HTTP/1.1: an end that crossed a request on a connection used before.
            crossed = failure != MALFORMED and exchange.proven and self._heard == exchange.heard_before
            self._finish(exchange, Raw(failure=failure, detail=detail, untouched=crossed))

    def _finish(self, exchange: _Exchange, raw: Raw) -> None:
        self._streams.pop(exchange.stream, None)
        if raw.status is not None and (not exchange.said_all or self._http2.owes(exchange.stream)):
            self._http2.reset(exchange.stream, CANCEL)  # answered before all was said
        raw.connected, raw.first = exchange.raw.connected, exchange.raw.first
        exchange.done(raw)

    def _give_up(self, exchange: _Exchange) -> None:
        if exchange in self._waiting:
            self._waiting.remove(exchange)
            self.spent = True  # nobody answers there: the next request dials anew
        elif self._streams.pop(exchange.stream, None) is not None:
            self.spent = self.spent or self._heard == exchange.heard_before  # perhaps it is dead altogether
            self._http2.reset(exchange.stream, CANCEL)
            self._flush()
        self._close_when_drained()

    def _close_when_drained(self) -> None:
        if self.spent and not self._streams and not self._waiting:
            self.close()

    def _flush(self) -> None:
        if self._stands and self._link is not None:
            data = self._http2.output()
            if data:
                self._link.send(data)


def _status(text: str) -> int:
    if not (len(text) == 3 and text.isascii() and text.isdigit()):
        raise WireError(f"not a status: {text[:40]!r}")
    return int(text)
