"""gRPC calls: one message, or several on one stream, each sent when the one before has been answered."""

from __future__ import annotations

from .exchange import Connection, Raw
from .grpc_framing import CONTENT_TYPE, Messages, framed, is_grpc, status_of
from .h2c import head
from .h2client import H2ClientConnection
from .http2 import Fields
from .identity import ID_HEADER
from .plan import Plan
from .response import BODY_KEPT


class GrpcWire:
    """gRPC: head and message of a batch are composed but for the id."""

    def __init__(self, plan: Plan) -> None:
        fields = head(plan, "POST")
        own = {name for name, _ in fields}
        usual = [(b"te", b"trailers"), (b"content-type", CONTENT_TYPE.encode())]
        self._fields = [*fields, *((name, value) for name, value in usual if name not in own)]
        self._message = framed(plan.body or b"")
        self._messages = plan.messages

    def connection(self, host: str, port: int, number: int) -> Connection:
        """A connection that carries many calls at once."""
        return H2ClientConnection(host, port, number)

    def message(self, request_id: str) -> Call:
        """The call and the reader of its answers."""
        return Call([*self._fields, (ID_HEADER.encode(), request_id.encode())], self._message, self._messages)


class Call:
    """One call and its answers; the first answer is the one that is kept."""

    __slots__ = ("_answers", "_data", "_first", "_message", "_messages", "_sent", "fields")

    def __init__(self, fields: Fields, message: bytes, messages: int) -> None:
        self.fields = fields
        self._message = message
        self._messages = messages
        self._sent = 1
        self._answers = Messages(BODY_KEPT)
        self._first: bytes | None = None
        self._data = bytearray()  # as it came: an answer that is no gRPC is told as it is

    def opening(self) -> tuple[bytes, bool]:
        """The first message; where it is the only one, that is all."""
        return self._message, self._messages == 1

    def heard(self, data: bytes) -> tuple[bytes, bool]:
        """Answers; each asks for the next message."""
        self._data += data[: max(0, BODY_KEPT - len(self._data))]
        due = 0
        for payload in self._answers.feed(data):
            self._first = payload if self._first is None else self._first
            due += self._sent + due < self._messages
        self._sent += due
        return self._message * due, due > 0 and self._sent == self._messages

    def complete(self, raw: Raw) -> None:
        """The call is over."""
        assert raw.status is not None
        raw.grpc_status = status_of(raw.status, raw.headers, raw.trailers)
        if not is_grpc(raw.headers):
            raw.body, raw.messages = bytes(self._data), 0
            return
        raw.body, raw.messages = self._first or b"", self._answers.count
        lacking = self._messages == 1 and raw.messages != 1
        if raw.grpc_status == "OK" and (lacking or self._answers.compressed or not self._answers.whole):
            raw.grpc_status = "INTERNAL"  # what libraries make of an answer that cannot be read
