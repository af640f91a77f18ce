"""The backend: answers every request with who it is and what it saw, and enters it in the journal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from .drip import Drip, reset
from .head import HeadTooLongError, TooLongError, WireError
from .identity import ECHO_HEADER, ID_HEADER, Identity
from .journal import Journal
from .reply import BODY_TOLD, body_told, seen, told
from .request import RequestHead, RequestParser
from .wishes import WishError, Wishes, wishes_of
from .ws_echo import WebSocketEcho, wants_websocket
from .ws_frames import accept

PROTOCOLS = {"HTTP/1.1": "http1", "HTTP/1.0": "http1.0"}
_PAUSE_ABOVE = 1 << 18  # bytes of pipelined requests that wait for a delayed answer


class Http1Echo(asyncio.Protocol):
    """One HTTP/1.1 connection. Takes in the next request when the one before has been answered.

    A request is journalled as soon as its head is there: from then on a backend has seen it. Idle connections stay
    open: whether to close them is left to the other side.
    """

    def __init__(self, identity: Identity, port: int, journal: Journal) -> None:
        self._identity = identity
        self._port = port
        self._journal = journal
        self._parser = RequestParser(keep=BODY_TOLD)
        self._request: RequestHead | None = None  # whose body is being taken in, or that waits for its answer
        self._attempt = 1  # the how-manieth arrival of its id here it is
        self._timer: asyncio.TimerHandle | Drip | None = None  # what an answer waits for
        self._transport: asyncio.Transport | None = None
        self._ended = False  # the client sends no more
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """End; what was still to be answered is dropped."""
        del exc
        self._transport = None
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Requests, or parts of them."""
        self._parser.feed(data)
        self._advance()

    def eof_received(self) -> bool:
        """The client has said all; it still gets the answers under way."""
        self._ended = True
        return self._timer is not None

    def _advance(self) -> None:
        """Take in and answer what there is, up to an incomplete request or a delayed answer."""
        try:
            while self._timer is None and self._open and self._next_request():
                pass
        except WireError as error:
            self._refuse(_status_of(error), str(error))
            return
        if self._transport is not None and self._open:
            self._hold_back(self._transport)

    @property
    def _open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def _next_request(self) -> bool:
        """Whether a whole request was there, and was answered or waits for its delay."""
        if self._request is None:
            self._request = self._parser.head()
            if self._request is None:
                return False
            self._note(self._request)
            body_is_there = self._parser.body()
            if self._request.expects_continue and not body_is_there and self._transport is not None:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not self._parser.body():
            return False
        self._begin_answer(self._request)
        return True

    def _note(self, request: RequestHead) -> None:
        now = asyncio.get_running_loop().time()
        id_, host = request.first(ID_HEADER) or "", request.first("host") or ""
        entry = self._journal.note(
            id_, time=now, method=request.method, path=request.target, host=host, port=self._port
        )
        self._attempt = entry.attempt

    def _begin_answer(self, request: RequestHead) -> None:
        try:
            wishes = wishes_of(request.headers, self._attempt, self._identity.workload)
        except WishError as error:
            self._refuse(400, str(error))
            return
        if wishes.delay:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(wishes.delay, self._answer_delayed, request, wishes)
        else:
            self._answer(request, wishes)

    def _answer_delayed(self, request: RequestHead, wishes: Wishes) -> None:
        self._timer = None
        self._answer(request, wishes)
        self._go_on()

    def _go_on(self) -> None:
        """The answer that others waited for is out."""
        self._advance()
        if self._ended and self._timer is None and self._transport is not None:
            self._transport.close()

    def _answer(self, request: RequestHead, wishes: Wishes) -> None:
        self._request = None
        if self._transport is None:
            return
        if wishes.reset:
            reset(self._transport)
            return
        if wishes.status == 200 and wants_websocket(request):
            self._upgrade(self._transport, request, wishes)
            return
        last = wishes.close or not request.persistent
        head, body = self._message(wishes.status, self._saw(request, wishes.size), wishes.headers, close=wishes.close)
        body = b"" if request.method == "HEAD" else body
        if wishes.body_delay and body:
            self._transport.write(head)
            self._timer = Drip(self._transport, body, wishes.body_delay, lambda: self._dripped(last=last))
            return
        self._transport.write(head + body)
        if last:
            self._transport.close()

    def _dripped(self, *, last: bool) -> None:
        self._timer = None
        if last and self._transport is not None:
            self._transport.close()
        self._go_on()

    def _upgrade(self, transport: asyncio.Transport, request: RequestHead, wishes: Wishes) -> None:
        """Hand the connection over, with what came on it already."""
        head = [f"HTTP/1.1 101 {_reason(101)}", f"{ECHO_HEADER}: {self._identity.mark(self._port)}"]
        head += ["connection: Upgrade", "upgrade: websocket"]
        head.append(f"sec-websocket-accept: {accept(request.first('sec-websocket-key') or '')}")
        head += [f"{name}: {value}" for name, value in wishes.headers]
        transport.write("\r\n".join([*head, "", ""]).encode("latin-1"))
        saw = self._seen(request, "websocket")
        protocol = WebSocketEcho(lambda body: told(self._identity, self._port, {**saw, **body_told(body)}, wishes.size))
        if self._paused:
            transport.resume_reading()
        self._transport = None
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(self._parser.rest())

    def _saw(self, request: RequestHead, size: int) -> bytes:
        return told(self._identity, self._port, self._seen(request, PROTOCOLS[request.version]), size)

    def _seen(self, request: RequestHead, protocol: str) -> dict[str, Any]:
        return seen(
            method=request.method,
            path=request.target,
            host=request.first("host") or "",
            protocol=protocol,
            headers=request.headers,
            body=self._parser.content,
        )

    def _refuse(self, status: int, why: str) -> None:
        """Answer, with our mark, what we cannot understand, and hang up: where the next request begins is unknown."""
        self._request = None
        if self._transport is not None:
            self._transport.write(b"".join(self._message(status, json.dumps({"error": why}).encode() + b"\n")))
            self._transport.close()

    def _message(
        self, status: int, body: bytes, more: Collection[tuple[str, str]] = (), *, close: bool = False
    ) -> tuple[bytes, bytes]:
        """Head and body of an answer: nothing in them changes from one request to the next but what was asked for."""
        lines = [f"HTTP/1.1 {status} {_reason(status)}", f"{ECHO_HEADER}: {self._identity.mark(self._port)}"]
        added = [f"{name}: {value}" for name, value in more]
        added += ["connection: close"] if close else []
        if status in (204, 304):  # they have no body
            body = b""
        else:
            typed = any(name == "content-type" for name, _ in more)
            lines += [] if typed else ["content-type: application/json"]
            lines.append(f"content-length: {len(body)}")
        return "\r\n".join([*lines, *added, "", ""]).encode("latin-1"), body

    def _hold_back(self, transport: asyncio.Transport) -> None:
        """Read no further while many requests wait behind a delayed answer."""
        crowded = self._parser.waiting > _PAUSE_ABOVE and self._timer is not None
        if crowded and not self._paused:
            transport.pause_reading()
        elif self._paused and not crowded:
            transport.resume_reading()
        self._paused = crowded


def _status_of(error: WireError) -> int:
    if isinstance(error, HeadTooLongError):
        return 431
    return 413 if isinstance(error, TooLongError) else 400


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Asked For"
