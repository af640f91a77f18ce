"""The backend of plain connections: one line of JSON for each line that comes, on TCP or inside TLS."""

from __future__ import annotations

import asyncio
import json
import ssl
from pathlib import Path

from .drip import reset
from .head import WireError
from .identity import Identity
from .journal import Journal
from .lines import Lines, Question, question_of
from .reply import seen, told
from .wishes import WishError, Wishes, wishes_of

_LINE_LIMIT = 1 << 20  # bytes
_SERVER_NAME = "gamma_server_name"  # an attribute of ours on a TLS connection's object


class TcpEcho(asyncio.Protocol):
    """One connection, on which the client speaks first. A line is journalled as soon as it is there.

    Of the wishes those for a delay, a reset, the size and the end are heard.
    """

    protocol = "tcp"

    def __init__(self, identity: Identity, port: int, journal: Journal) -> None:
        self._identity = identity
        self._port = port
        self._journal = journal
        self._lines = Lines(_LINE_LIMIT)
        self._transport: asyncio.Transport | None = None
        self._waiting: set[asyncio.TimerHandle] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """End; what was still to be answered is dropped."""
        del exc
        self._transport = None
        for timer in self._waiting:
            timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Lines, or parts of them."""
        try:
            for line in self._lines.feed(data):
                self._ask(question_of(line))
        except (WireError, WishError) as error:
            self._write(json.dumps({"error": str(error)}).encode() + b"\n")
            if self._transport is not None:
                self._transport.close()

    def eof_received(self) -> bool:
        """The client has said all; it still gets what it waits for."""
        return bool(self._waiting)

    def _ask(self, question: Question) -> None:
        loop = asyncio.get_running_loop()
        entry = self._journal.note(question.id, time=loop.time(), method="", path="", host="", port=self._port)
        wishes = wishes_of(question.headers, entry.attempt, self._identity.workload)
        if not wishes.delay:
            self._answer(question, wishes)
            return

        def late() -> None:
            self._waiting.discard(timer)
            self._answer(question, wishes)

        timer = loop.call_later(wishes.delay, late)
        self._waiting.add(timer)

    def _answer(self, question: Question, wishes: Wishes) -> None:
        if self._transport is None:
            return
        if wishes.reset:
            reset(self._transport)
            return
        body = question.body.encode("utf-8", "surrogatepass")
        headers = [(name, value) for name, value in question.headers]
        saw = seen(method="", path="", host="", protocol=self.protocol, headers=headers, body=body)
        self._write(told(self._identity, self._port, {**saw, "sni": self._server_name()}, wishes.size))
        if wishes.close:
            self._transport.close()

    def _server_name(self) -> str:
        connection = self._transport.get_extra_info("ssl_object") if self._transport is not None else None
        return str(getattr(connection, _SERVER_NAME, ""))

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


class TlsEcho(TcpEcho):
    """The same inside TLS; also tells which server name the client asked for."""

    protocol = "tls"


def server_context(folder: Path) -> ssl.SSLContext:
    """TLS with the key pair in this folder. Raises OSError (ssl.SSLError is one) where there is none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")

    def remember(connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        del context
        setattr(connection, _SERVER_NAME, name or "")

    context.sni_callback = remember
    return context
