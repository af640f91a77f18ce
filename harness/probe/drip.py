"""Ways to end an answer that no honest server has: drop by drop, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Protocol

_PACE = 0.1  # seconds between drops
_DROPS = 200  # at most
_AT_ONCE = struct.pack("ii", 1, 0)  # linger for 0 s: a close is a reset


class Sink(Protocol):
    """Takes bytes: a transport, or a stream of one."""

    def write(self, data: bytes, /) -> None:
        """Take these."""


class Drip:
    """Writes a body in drops, evenly spread; the last one after ``over`` seconds. Ends with ``then``, or ``cancel``."""

    def __init__(self, sink: Sink, body: bytes, over: float, then: Callable[[], None]) -> None:
        self._sink = sink
        self._body = body
        self._then = then
        self._loop = asyncio.get_running_loop()
        self._begun, self._over = self._loop.time(), over
        self._drops = max(1, min(len(body), _DROPS, int(over / _PACE)))
        self._dropped = 0
        self._timer = self._plan()

    def cancel(self) -> None:
        """Stop; the rest is not written."""
        self._timer.cancel()

    def _plan(self) -> asyncio.TimerHandle:
        return self._loop.call_at(self._begun + self._over * (self._dropped + 1) / self._drops, self._drop)

    def _drop(self) -> None:
        start, end = (len(self._body) * n // self._drops for n in (self._dropped, self._dropped + 1))
        self._dropped += 1
        self._sink.write(self._body[start:end])
        if self._dropped == self._drops:
            self._then()
        else:
            self._timer = self._plan()


def reset(transport: asyncio.Transport) -> None:
    """End the connection so that the peer sees it reset, not closed."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()
