"""Connections that carry one exchange and are spent: a conversation without I/O, and the link that it goes over."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

from .exchange import AGENT, CLOSED, MALFORMED, REFUSED, RESET, Done, GiveUp, Raw, address_of
from .head import WireError
from .link import OURS, Link


class HangUpError(Exception):
    """The peer has ended the conversation, in the words of its protocol."""


class Talk(ABC):
    """One exchange. ``received`` raises WireError for bytes that are no answer, and HangUpError."""

    def __init__(self) -> None:
        self.raw = Raw()  # the answer, once it is done
        self.done = False

    @abstractmethod
    def opening(self) -> bytes:
        """What is sent as soon as the connection stands."""

    @abstractmethod
    def received(self, data: bytes) -> bytes:
        """Take in bytes; what is to be sent now."""

    def ended(self) -> bool:
        """The peer has closed; whether the answer is whole."""
        return self.done

    def farewell(self) -> bytes:
        """What is sent after a whole answer, before hanging up."""
        return b""

    @property
    def how_far(self) -> str:
        """How far it went, for the text of a failure."""
        return "before the answer"


class OneShot:
    """A connection for one exchange; see ``exchange.Connection``."""

    def __init__(self, host: str, port: int, number: int) -> None:
        self._host, self._port = host, port
        self._loop = asyncio.get_running_loop()
        self._link = Link(self._loop, self)
        self._talk: Talk | None = None
        self._done: Done | None = None
        self._connected: float | None = None
        self._first: float | None = None
        self.number = number
        self.usable = True
        self.spent = False

    @property
    def address(self) -> str:
        """``10.96.3.7:80``."""
        return address_of(self._host, self._port)

    def exchange(self, message: Talk, done: Done) -> GiveUp:
        """Connect and talk."""
        self._talk, self._done = message, done
        self.usable = False
        self._link.open(self._host, self._port)
        return self.close

    def close(self) -> None:
        """Hang up."""
        self.usable, self.spent = False, True
        self._done = self._talk = None
        self._link.close()

    def opened(self) -> None:
        """The connection stands: begin."""
        assert self._talk is not None
        self._connected = self._loop.time()
        self._link.send(self._talk.opening())

    def received(self, data: bytes) -> None:
        """Bytes of the answer."""
        talk = self._talk
        if talk is None:
            return
        if self._first is None:
            self._first = self._loop.time()
        try:
            reply = talk.received(data)
        except WireError as error:
            self._finish(Raw(failure=MALFORMED, detail=str(error)))
        except HangUpError as error:
            self._finish(Raw(failure=CLOSED, detail=str(error)))
        else:
            reply += talk.farewell() if talk.done else b""
            if reply:
                self._link.send(reply)
            if talk.done:
                self._finish(talk.raw)

    def ended(self, error: OSError | None) -> None:
        """The connection is gone."""
        talk = self._talk
        if talk is None:
            self.close()
        elif error is None and talk.ended():
            self._finish(talk.raw)
        else:
            self._finish(self._failure(error, talk.how_far))

    def _failure(self, error: OSError | None, how_far: str) -> Raw:
        if error is None:
            return Raw(failure=CLOSED, detail=f"the connection was closed {how_far}")
        words = error.strerror or str(error)
        if error.errno in OURS:
            return Raw(failure=AGENT, detail=words)
        if self._connected is not None or isinstance(error, ConnectionResetError):
            return Raw(failure=RESET, detail=f"{words} {how_far}")
        return Raw(failure=REFUSED, detail=words)

    def _finish(self, raw: Raw) -> None:
        done = self._done
        raw.connected, raw.first = self._connected, self._first
        self.close()
        if done is not None:
            done(raw)
