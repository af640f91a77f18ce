"""Exchanges of one line each way, on plain TCP or inside TLS."""

from __future__ import annotations

import contextlib
import ssl

from .exchange import Connection
from .head import WireError
from .identity import ECHO_HEADER
from .lines import Lines, Question, mark_of
from .one_shot import HangUpError, OneShot, Talk
from .plan import Plan

_CHUNK = 1 << 16


class LineWire:
    """A line to the echo on a connection of its own."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._body = "" if plan.body is None else plan.body.decode("utf-8", "surrogateescape")
        self._context = _client_context() if plan.protocol == "tls" else None

    def connection(self, host: str, port: int, number: int) -> Connection:
        """A connection for one line."""
        return OneShot(host, port, number)

    def message(self, request_id: str) -> Talk:
        """The line with this id."""
        talk = LineTalk(Question(request_id, self._body, self._plan.headers))
        return talk if self._context is None else TlsTalk(talk, self._context, self._plan.sni)


class LineTalk(Talk):
    """One line there, one line back. There is no status; the headers are the echo's mark alone."""

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question
        self._lines = Lines()

    def opening(self) -> bytes:
        """The question."""
        return self._question.line()

    def received(self, data: bytes) -> bytes:
        """The answer."""
        for line in self._lines.feed(data)[:1]:
            self.raw.headers = [(ECHO_HEADER, mark_of(line))]
            self.raw.body = line + b"\n"
            self.done = True
        return b""


class TlsTalk(Talk):
    """Another talk inside TLS. Who the peer is is not asked: the certificate is a throw-away one."""

    def __init__(self, inside: Talk, context: ssl.SSLContext, server_name: str) -> None:
        super().__init__()
        self._inside = inside
        self._from_peer, self._to_peer = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._from_peer, self._to_peer, server_hostname=server_name or None)
        self._ready = False

    def opening(self) -> bytes:
        """The first flight of the handshake."""
        self._advance()
        return self._to_peer.read()

    def received(self, data: bytes) -> bytes:
        """The handshake, then what the inner talk is about."""
        self._from_peer.write(data)
        self._advance()
        return self._to_peer.read()

    def ended(self) -> bool:
        """Whether the inner talk is over with that."""
        self.done = self._ready and self._inside.ended()
        self.raw = self._inside.raw
        return self.done

    def farewell(self) -> bytes:
        """TLS wants a goodbye."""
        with contextlib.suppress(ssl.SSLError):  # ours is out; nobody waits for the peer's
            self._tls.unwrap()
        return self._to_peer.read()

    @property
    def how_far(self) -> str:
        """How far it went."""
        return self._inside.how_far if self._ready else "during the TLS handshake"

    def _advance(self) -> None:
        try:
            if not self._ready:
                self._tls.do_handshake()
                self._ready = True
                self._tls.write(self._inside.opening())
            while not self._inside.done:
                data = self._tls.read(_CHUNK)
                if not data:
                    raise HangUpError(f"TLS was ended {self.how_far}")
                reply = self._inside.received(data)
                if reply:
                    self._tls.write(reply)
            self.raw, self.done = self._inside.raw, True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            raise HangUpError(f"TLS was ended {self.how_far}") from None
        except ssl.SSLError as error:
            raise WireError(f"TLS: {error.reason or error} {self.how_far}") from None


def _client_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
