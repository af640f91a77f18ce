"""One stream of the HTTP/2 echo: what came, what was asked for, and when to answer."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from typing import Protocol

from .drip import Drip
from .frames import INTERNAL_ERROR
from .grpc_framing import CONTENT_TYPE, Messages, framed
from .head import Headers
from .http2 import Fields, fields_of
from .identity import ECHO_HEADER, Identity
from .reply import BODY_TOLD, seen, told
from .wishes import GRPC_STATUSES, WishError, Wishes, wishes_of

_INVALID_ARGUMENT = GRPC_STATUSES.index("INVALID_ARGUMENT")


class EchoConnection(Protocol):
    """What a stream needs of its connection."""

    identity: Identity
    port: int

    def head(self, stream: int, fields: Fields, *, end: bool = False) -> None:
        """Send a head."""

    def data(self, stream: int, data: bytes, *, end: bool = False, trailers: Fields | None = None) -> None:
        """Send data."""

    def reset(self, stream: int, code: int) -> None:
        """Reset the stream."""

    def done(self, stream: int, *, leave: bool) -> None:
        """The stream has been answered."""


class EchoStream(ABC):
    """A request and its answer. Nothing is answered before the delay that was asked for is over."""

    protocol = ""

    def __init__(
        self, connection: EchoConnection, number: int, pseudo: dict[str, str], headers: Headers, attempt: int
    ) -> None:
        self._connection = connection
        self._number = number
        self._pseudo = pseudo
        self._headers = headers
        self._attempt = attempt
        self._wishes = Wishes()
        self._timer: asyncio.TimerHandle | Drip | None = None
        self._ready = False  # whether the delay is over
        self._ended = False  # whether the request is whole
        self._over = False  # whether the answer is

    def begin(self) -> None:
        """The head is there."""
        try:
            self._wishes = wishes_of(self._headers, self._attempt, self._connection.identity.workload)
        except WishError as error:
            self._refuse(str(error))
            return
        if self._wishes.delay:
            self._timer = asyncio.get_running_loop().call_later(self._wishes.delay, self._delay_over)
        else:
            self._ready = True

    def ended(self) -> None:
        """The request is whole."""
        self._ended = True
        self._go_on()

    def cancel(self) -> None:
        """The client has given up."""
        self._over = True
        if self._timer is not None:
            self._timer.cancel()

    @abstractmethod
    def heard(self, data: bytes) -> None:
        """Data of the request."""

    @abstractmethod
    def _answer(self) -> None:
        """Answer as far as can be done now; called again after each further message, and at the end."""

    @abstractmethod
    def _refuse(self, why: str) -> None:
        """Answer a wish that cannot be read."""

    def write(self, data: bytes, /) -> None:
        """Send a part of the answer's body."""
        if not self._over:
            self._connection.data(self._number, data)

    def _delay_over(self) -> None:
        self._timer = None
        self._ready = True
        self._go_on()

    def _go_on(self) -> None:
        if not self._ready or self._over:
            return
        if self._wishes.reset:
            self._connection.reset(self._number, INTERNAL_ERROR)
            self._finish()
        else:
            self._answer()

    def _finish(self) -> None:
        self._over = True
        self._connection.done(self._number, leave=self._wishes.close)

    def _head(self, status: int, kind: str, more: Headers) -> Fields:
        typed = any(name == "content-type" for name, _ in self._wishes.headers)
        usual = [(":status", str(status)), (ECHO_HEADER, self._connection.identity.mark(self._connection.port))]
        return fields_of(
            [*usual, *([] if typed or not kind else [("content-type", kind)]), *more, *self._wishes.headers]
        )

    def _saw(self, body: bytes | None) -> bytes:
        saw = seen(
            method=self._pseudo.get("method", ""),
            path=self._pseudo.get("path", ""),
            host=self._pseudo["authority"],
            protocol=self.protocol,
            headers=self._headers,
            body=body,
        )
        return told(self._connection.identity, self._connection.port, saw, self._wishes.size)

    def _plain(self, status: int, body: bytes) -> None:
        """The whole answer in plain HTTP, its body drop by drop where that was asked for."""
        bodiless = status in (204, 304)
        length = [] if bodiless else [("content-length", str(len(body)))]
        head = self._head(status, "" if bodiless else "application/json", length)
        if bodiless or self._pseudo.get("method") == "HEAD":
            self._connection.head(self._number, head, end=True)
            self._finish()
            return
        self._connection.head(self._number, head)
        if self._wishes.body_delay:
            self._timer = Drip(self, body, self._wishes.body_delay, self._dripped)
        else:
            self._connection.data(self._number, body, end=True)
            self._finish()

    def _dripped(self) -> None:
        self._timer = None
        self._connection.data(self._number, b"", end=True)
        self._finish()


class PlainStream(EchoStream):
    """A plain request; answered when it is whole."""

    protocol = "h2c"
    _length = 0
    _kept = b""

    def heard(self, data: bytes) -> None:
        """A part of the body."""
        self._length += len(data)
        self._kept += data[: max(0, BODY_TOLD - len(self._kept))]

    def _answer(self) -> None:
        if self._ended and self._timer is None:
            self._plain(self._wishes.status, self._saw(self._kept if self._length <= BODY_TOLD else None))

    def _refuse(self, why: str) -> None:
        self._plain(400, json.dumps({"error": why}).encode() + b"\n")


class GrpcStream(EchoStream):
    """A call; each message is answered when it is whole."""

    protocol = "grpc"

    def __init__(
        self, connection: EchoConnection, number: int, pseudo: dict[str, str], headers: Headers, attempt: int
    ) -> None:
        super().__init__(connection, number, pseudo, headers, attempt)
        self._messages = Messages(BODY_TOLD + 1)
        self._waiting: list[bytes] = []
        self._begun = False  # whether the answer's head is out

    def heard(self, data: bytes) -> None:
        """A message, or a part of one."""
        self._waiting += self._messages.feed(data)
        if self._waiting:
            self._go_on()

    def _answer(self) -> None:
        wishes = self._wishes
        if not (self._waiting or self._ended) or self._timer is not None:
            return
        if wishes.grpc_status:
            self._end_at_once(wishes.grpc_status, "asked for")
        elif wishes.grpc_status is None and wishes.status != 200:
            self._plain(wishes.status, self._saw(b""))
        else:
            self._echo()

    def _echo(self) -> None:
        if not self._begun:
            self._begun = True
            self._connection.head(self._number, self._head(200, CONTENT_TYPE, []))
        waiting, self._waiting = self._waiting, []
        answers = b"".join(framed(self._saw(message)) for message in waiting)
        if self._wishes.body_delay and answers:
            self._timer = Drip(self, answers, self._wishes.body_delay, self._dripped)
            return
        if answers:
            self._connection.data(self._number, answers)
        if self._ended:
            self._connection.data(self._number, b"", trailers=[(b"grpc-status", b"0")])
            self._finish()

    def _dripped(self) -> None:
        self._timer = None
        if self._begun:
            self._go_on()
        else:  # an answer in plain HTTP
            super()._dripped()

    def _refuse(self, why: str) -> None:
        self._end_at_once(_INVALID_ARGUMENT, why)

    def _end_at_once(self, status: int, why: str) -> None:
        """Head and trailers in one."""
        more = [("grpc-status", str(status)), ("grpc-message", why)]
        self._connection.head(self._number, self._head(200, CONTENT_TYPE, more), end=True)
        self._finish()
