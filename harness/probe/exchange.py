"""What a batch asks of a protocol: the interface between schedules and the wire.

A protocol is a ``Wire`` (made once a batch, from its plan, by ``wires.wire_for``) and the ``Connection`` that it opens:

- ``Wire.message(request_id)`` composes one request; only the connections of the same protocol look inside.
- ``Wire.connection(host, port, number)`` makes a connection that dials when its first exchange begins.
- ``Connection.exchange(message, done)`` begins an exchange and calls ``done(raw)`` once, later (never from within). It
  returns a function that gives up just this exchange: then ``done`` is not called. It is not used after ``done``.
- ``usable`` says that an exchange may begin now; ``spent`` that none ever will again. While it is busy, one that
  carries one exchange at a time is neither. A spent connection still finishes what is under way, then it
  closes itself.
- ``close()`` hangs up; what is under way is dropped without a word.

Batches count on nothing else, so that connections may be kept, shared and replaced without knowing what they speak.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from .head import Headers

REFUSED, RESET, CLOSED, MALFORMED = "refused", "reset", "closed", "malformed"
DEADLINE, UNRESOLVED, AGENT = "deadline", "unresolved", "agent"


@dataclass(slots=True)
class Raw:
    """What came back for one request: an answer, or a failure in its own words. Times by the loop's clock."""

    version: str = ""
    status: int | None = None
    reason: str = ""
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    trailers: Headers = field(default_factory=list)
    grpc_status: str | None = None  # its name, for gRPC calls; mapped where the answer is plain HTTP
    messages: int | None = None  # how many answers came on the stream, for gRPC calls
    failure: str = ""
    detail: str = ""
    untouched: bool = False  # sent on a connection used before, and certainly or probably not looked at: send it again
    connected: float | None = None  # when the connection stood, if it was opened for this request
    first: float | None = None  # when the first byte came


Done = Callable[[Raw], None]
GiveUp = Callable[[], None]


class Connection(Protocol):
    """One connection; see the text above."""

    number: int

    @property
    def address(self) -> str:
        """What is dialled: ``10.96.3.7:80``."""

    @property
    def usable(self) -> bool:
        """Whether an exchange may begin now."""

    @property
    def spent(self) -> bool:
        """Whether no exchange may ever begin again."""

    def exchange(self, message: Any, done: Done) -> GiveUp:
        """Begin an exchange."""

    def close(self) -> None:
        """Hang up."""


class Wire(Protocol):
    """A protocol with the request of one batch."""

    def connection(self, host: str, port: int, number: int) -> Connection:
        """A connection to a literal address; ``number`` is for the records."""

    def message(self, request_id: str) -> Any:
        """The request with this id."""


def address_of(host: str, port: int) -> str:
    """``10.96.3.7:80``, ``[fd00::7]:80``."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
