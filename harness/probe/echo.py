"""The backend: answers every request with who it is and what it saw, and enters it in the journal."""

from __future__ import annotations

import asyncio
import json
from collections import deque

from .http1 import Request, RequestReader, WireError
from .identity import DELAY_HEADER, ECHO_HEADER, ID_HEADER, STATUS_HEADER, Identity, seconds
from .journal import Journal


class Echo(asyncio.Protocol):
    """One connection to the HTTP/1.1 echo. Answers in the order of the requests, delayed ones too."""

    def __init__(self, identity: Identity, port: int, journal: Journal) -> None:
        self._identity = identity
        self._mark = f"{identity.namespace}/{identity.workload}/{identity.pod}/{port}"
        self._port = port
        self._journal = journal
        self._reader = RequestReader()
        self._waiting: deque[Request] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

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
        assert self._transport is not None
        try:
            requests = self._reader.feed(data)
        except WireError as error:
            self._transport.write(_message(400, [(ECHO_HEADER, self._mark)], f"{error}\n".encode(), close=True))
            self._transport.close()
            return
        for request in requests:
            self._journal.note(request.first(ID_HEADER))
        self._waiting.extend(requests)
        if self._reader.awaiting_body:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self._timer is None:
            self._answer_next()

    def _answer_next(self) -> None:
        self._timer = None
        while self._waiting and self._transport is not None:
            request = self._waiting[0]
            delay = request.first(DELAY_HEADER)
            if delay:
                self._timer = asyncio.get_running_loop().call_later(_delay(delay), self._answer_delayed)
                return
            self._answer(self._waiting.popleft())

    def _answer_delayed(self) -> None:
        if self._waiting:
            self._answer(self._waiting.popleft())
        self._answer_next()

    def _answer(self, request: Request) -> None:
        if self._transport is None:
            return
        wanted = request.first(STATUS_HEADER)
        status = int(wanted) if wanted.isdigit() and 200 <= int(wanted) <= 599 else 200
        body = b"" if status in (204, 304) else self._body(request)
        headers = [(ECHO_HEADER, self._mark), ("content-type", "application/json")]
        shown = b"" if request.method == "HEAD" else body
        self._transport.write(_message(status, headers, shown, len(body), close=not request.keep_alive))
        if not request.keep_alive:
            self._transport.close()

    def _body(self, request: Request) -> bytes:
        saw = {
            "method": request.method,
            "path": request.target,
            "host": request.first("host"),
            "protocol": request.version,
            "headers": request.headers,
        }
        me = self._identity
        who = {"namespace": me.namespace, "workload": me.workload, "pod": me.pod, "port": self._port, "saw": saw}
        return json.dumps(who, separators=(",", ":")).encode() + b"\n"


def _delay(text: str) -> float:
    try:
        return seconds(text)
    except ValueError:
        return 0.0


_REASONS = {200: "OK", 400: "Bad Request"}


def _message(
    status: int, headers: list[tuple[str, str]], body: bytes, length: int | None = None, *, close: bool
) -> bytes:
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Asked For')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if status not in (204, 304):
        lines.append(f"content-length: {len(body) if length is None else length}")
    if close:
        lines.append("connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body
