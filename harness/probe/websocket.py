"""WebSocket exchanges: an upgrade, then one text and one binary message that must come back as they were sent.

The echo says first who it is, in a text message of its own; that is the answer's body. Its status is 101 when the
upgrade worked, else it is the answer to an ordinary request.
"""

from __future__ import annotations

import secrets

from .exchange import Connection
from .head import WireError
from .http1 import request_parts
from .one_shot import HangUpError, OneShot, Talk
from .plan import Plan
from .response import ResponseParser
from .ws_frames import BINARY, CLOSE, PING, PONG, TEXT, Frames, Message, accept, frame, new_key

_KINDS = {TEXT: "text", BINARY: "binary"}
_GONE_WELL = (1000).to_bytes(2, "big")


class WebSocketWire:
    """The upgrade of a batch is composed but for its id."""

    def __init__(self, plan: Plan) -> None:
        self._key = new_key()
        upgrade = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", self._key),
        ]
        self._before, self._after = request_parts("GET", plan.target, plan.host, [*plan.headers, *upgrade], None)
        self._body = plan.body

    def connection(self, host: str, port: int, number: int) -> Connection:
        """A connection for one upgrade."""
        return OneShot(host, port, number)

    def message(self, request_id: str) -> Talk:
        """The upgrade with this id, and what is sent after it: the probe's body or, without one, the id."""
        request = b"".join((self._before, request_id.encode(), self._after))
        return WebSocketTalk(request, self._key, request_id.encode() if self._body is None else self._body)


class WebSocketTalk(Talk):
    """One upgrade and what follows."""

    def __init__(self, request: bytes, key: str, payload: bytes) -> None:
        super().__init__()
        self._request = request
        self._accept = accept(key)
        self._payload = payload
        self._parser = ResponseParser("GET")
        self._frames: Frames | None = None
        self._echoes = [Message(TEXT, payload), Message(BINARY, payload)]

    def opening(self) -> bytes:
        """The upgrade."""
        return self._request

    def received(self, data: bytes) -> bytes:
        """The answer to the upgrade, then messages."""
        if self._frames is not None:
            return self._messages(self._frames, data)
        if not self._parser.feed(data):
            return b""
        self._answered()
        if self._parser.status != 101:
            self.done = True
            return b""
        if [value for name, value in self.raw.headers if name == "sec-websocket-accept"] != [self._accept]:
            raise WireError("101, but not with the sec-websocket-accept of this upgrade")
        self._frames = Frames(masked=False)
        sent = b"".join(_masked(kind, self._payload) for kind in (TEXT, BINARY))
        return sent + self._messages(self._frames, self._parser.rest)

    def ended(self) -> bool:
        """Whether that was the end of an ordinary answer."""
        if self._frames is None and self._parser.end():
            self._answered()
            self.done = True
        return self.done

    def farewell(self) -> bytes:
        """The close that RFC 6455 wants."""
        return _masked(CLOSE, _GONE_WELL) if self._frames is not None else b""

    @property
    def how_far(self) -> str:
        """How far it went."""
        return "before the answer" if self._frames is None else "after the upgrade, before all messages came back"

    def _answered(self) -> None:
        parser = self._parser
        self.raw.version, self.raw.status, self.raw.reason = parser.version, parser.status, parser.reason
        self.raw.headers, self.raw.body = parser.headers, parser.body

    def _messages(self, frames: Frames, data: bytes) -> bytes:
        reply = b""
        for message in frames.feed(data):
            if message.kind == CLOSE:
                code = int.from_bytes(message.data[:2], "big")
                raise HangUpError(f"the WebSocket was closed with {code or 'no code'} {self.how_far}")
            if message.kind == PING:
                reply += _masked(PONG, message.data)
            elif message.kind != PONG:
                self._message(message)
        return reply

    def _message(self, message: Message) -> None:
        if not self.raw.body:
            if message.kind != TEXT or not message.data:
                raise WireError("the first message does not say who answers")
            self.raw.body = message.data
        elif not self._echoes or message != self._echoes.pop(0):
            shown = f"{_KINDS[message.kind]} {message.data[:40]!r}"
            raise WireError(f"a message came back that was not sent, or not in this order: {shown}")
        self.done = not self._echoes


def _masked(kind: int, data: bytes) -> bytes:
    return frame(kind, data, mask=secrets.token_bytes(4))
