"""The backend: answers every request with who it is and what it saw, and enters it in the journal."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus

from .duration import seconds
from .head import HeadTooLongError, TooLongError, WireError
from .identity import DELAY_HEADER, ECHO_HEADER, ID_HEADER, STATUS_HEADER, Identity
from .journal import Journal
from .request import RequestHead, RequestParser

PROTOCOLS = {"HTTP/1.1": "http1", "HTTP/1.0": "http1.0"}
_PAUSE_ABOVE = 1 << 18  # bytes of pipelined requests that wait for a delayed answer
_DELAY_AT_MOST = 3600.0  # seconds


class Http1Echo(asyncio.Protocol):
    """One HTTP/1.1 connection. Takes in the next request when the one before has been answered.

    A request is journalled as soon as its head is there: from then on a backend has seen it. Idle connections stay
    open: whether to close them is left to the other side.
    """

    def __init__(self, identity: Identity, port: int, journal: Journal) -> None:
        self._identity = identity
        self._port = port
        self._journal = journal
        self._parser = RequestParser()
        self._request: RequestHead | None = None  # whose body is being taken in, or that waits for its answer
        self._timer: asyncio.TimerHandle | None = None
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
        self._journal.note(id_, time=now, method=request.method, path=request.target, host=host, port=self._port)

    def _begin_answer(self, request: RequestHead) -> None:
        wish = request.first(DELAY_HEADER)
        if wish is None:
            self._answer(request)
            return
        try:
            delay = min(seconds(wish.strip()), _DELAY_AT_MOST)
        except ValueError as error:
            self._refuse(400, f"{DELAY_HEADER}: {error}")
            return
        self._timer = asyncio.get_running_loop().call_later(delay, self._answer_delayed)

    def _answer_delayed(self) -> None:
        self._timer = None
        if self._request is not None:
            self._answer(self._request)
        self._advance()
        if self._ended and self._timer is None and self._transport is not None:
            self._transport.close()

    def _answer(self, request: RequestHead) -> None:
        self._request = None
        if self._transport is None:
            return
        wish = request.first(STATUS_HEADER)
        if wish is not None and not (wish.isascii() and wish.isdigit() and 200 <= int(wish[:4]) <= 599):
            self._refuse(400, f"{STATUS_HEADER}: not a status from 200 to 599: {wish[:40]!r}")
            return
        body = self._saw(request)
        self._transport.write(self._message(int(wish or 200), body, only_head=request.method == "HEAD"))
        if not request.persistent:
            self._transport.close()

    def _saw(self, request: RequestHead) -> bytes:
        saw = {
            "method": request.method,
            "path": request.target,
            "host": request.first("host") or "",
            "protocol": PROTOCOLS[request.version],
            "headers": request.headers,
        }
        me = self._identity
        who = {"namespace": me.namespace, "workload": me.workload, "pod": me.pod, "port": self._port, "saw": saw}
        return json.dumps(who, separators=(",", ":")).encode() + b"\n"

    def _refuse(self, status: int, why: str) -> None:
        """Answer, with our mark, what we cannot understand, and hang up: where the next request begins is unknown."""
        self._request = None
        if self._transport is not None:
            self._transport.write(self._message(status, json.dumps({"error": why}).encode() + b"\n"))
            self._transport.close()

    def _message(self, status: int, body: bytes, *, only_head: bool = False) -> bytes:
        """An answer on the wire: nothing in it changes from one request to the next but what was asked for."""
        head = f"HTTP/1.1 {status} {_reason(status)}\r\n{ECHO_HEADER}: {self._identity.mark(self._port)}\r\n"
        if status in (204, 304):  # they have no body
            return head.encode("latin-1") + b"\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        return head.encode("latin-1") + (b"" if only_head else body)

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
