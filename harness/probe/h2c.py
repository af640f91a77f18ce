"""Plain HTTP/2 requests, cleartext with prior knowledge."""

from __future__ import annotations

from .exchange import Connection, Raw
from .h2client import H2ClientConnection
from .http2 import Fields, fields_of
from .identity import ID_HEADER
from .plan import Plan
from .response import BODY_KEPT


class H2cWire:
    """HTTP/2: the head of a batch is composed but for the id."""

    def __init__(self, plan: Plan) -> None:
        self._fields = head(plan, plan.method)
        if plan.body is not None and all(name != b"content-length" for name, _ in self._fields):
            self._fields.append((b"content-length", str(len(plan.body)).encode()))
        self._body = plan.body or b""

    def connection(self, host: str, port: int, number: int) -> Connection:
        """A connection that carries many exchanges at once."""
        return H2ClientConnection(host, port, number)

    def message(self, request_id: str) -> Plain:
        """The request and the reader of its answer."""
        return Plain([*self._fields, (ID_HEADER.encode(), request_id.encode())], self._body)


class Plain:
    """One request and its answer."""

    __slots__ = ("_body", "_kept", "fields")

    def __init__(self, fields: Fields, body: bytes) -> None:
        self.fields = fields
        self._body = body
        self._kept = bytearray()

    def opening(self) -> tuple[bytes, bool]:
        """The whole body."""
        return self._body, True

    def heard(self, data: bytes) -> tuple[bytes, bool]:
        """A part of the answer's body; its beginning is kept."""
        self._kept += data[: max(0, BODY_KEPT - len(self._kept))]
        return b"", False

    def complete(self, raw: Raw) -> None:
        """The body is whole."""
        raw.body = bytes(self._kept)


def head(plan: Plan, method: str) -> Fields:
    """Pseudo-header fields, and the plan's headers; a Host among them is the authority."""
    host = next((value for name, value in plan.headers if name.lower() == "host"), plan.host)
    pseudo = [(":method", method), (":scheme", "http"), (":authority", host), (":path", plan.target)]
    return fields_of([*pseudo, *((name, value) for name, value in plan.headers if name.lower() != "host")])
