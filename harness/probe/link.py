"""One TCP connection straight on the event loop's selector.

asyncio's transports cost a task and several futures for each connection. A probe mostly opens a fresh connection for
one request, so that would be most of its price, and would blur its times.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from typing import Protocol

_CHUNK = 1 << 16  # bytes read at once

OURS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL}
)
"""Errors that say that this pod has run out of something: never the fault of what is dialled."""


class LinkUser(Protocol):
    """Who uses a link; called from the event loop, never from within a call of the link's own methods."""

    def opened(self) -> None:
        """The connection stands."""

    def received(self, data: bytes) -> None:
        """Some bytes, at least one."""

    def ended(self, error: OSError | None) -> None:
        """Nothing more will come, and nothing can be sent; without an error the peer closed. Called at most once."""


class Link:
    """A connection to one address. Its user closes it, after ``ended`` too."""

    __slots__ = ("_fd", "_loop", "_pending", "_sock", "_user")

    def __init__(self, loop: asyncio.AbstractEventLoop, user: LinkUser) -> None:
        self._loop = loop
        self._user = user
        self._sock: socket.socket | None = None
        self._fd = -1  # the loop is told the number: for an object it composes, and drops, an error text each time
        self._pending = b""

    def open(self, host: str, port: int) -> None:
        """Begin to connect to a literal address (a name would block the loop)."""
        try:
            sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        except OSError as error:
            self._loop.call_soon(self._user.ended, error)
            return
        sock.setblocking(False)
        self._sock, self._fd = sock, sock.fileno()
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect((host, port))
        except BlockingIOError:
            pass
        except OSError as error:
            self._loop.call_soon(self._late_end, error)
            return
        self._loop.add_writer(self._fd, self._connected)

    def send(self, data: bytes) -> None:
        """Send, now or as soon as the kernel takes it. What cannot be sent any more shows as an end."""
        assert self._sock is not None
        if self._pending:
            self._pending += data
            return
        self._pending = data
        self._flush()
        if self._pending:
            self._loop.add_writer(self._fd, self._writable)

    def close(self) -> None:
        """Hang up; nothing is called any more."""
        sock, self._sock = self._sock, None
        if sock is not None:
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            with contextlib.suppress(OSError):
                sock.close()

    def _late_end(self, error: OSError) -> None:
        if self._sock is not None:
            self._user.ended(error)

    def _connected(self) -> None:
        assert self._sock is not None
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._loop.remove_writer(self._fd)
        if code:
            self._user.ended(OSError(code, os.strerror(code)))
        else:
            self._loop.add_reader(self._fd, self._readable)
            self._user.opened()

    def _readable(self) -> None:
        assert self._sock is not None
        try:
            data = self._sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._loop.remove_reader(self._fd)
            self._user.ended(error)
            return
        if data:
            self._user.received(data)
        else:
            self._loop.remove_reader(self._fd)
            self._user.ended(None)

    def _writable(self) -> None:
        self._flush()
        if not self._pending:
            self._loop.remove_writer(self._fd)

    def _flush(self) -> None:
        assert self._sock is not None
        try:
            sent = self._sock.send(self._pending)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            # The peer takes no more, yet it may have answered before it stopped listening: reading will tell.
            sent = len(self._pending)
        self._pending = self._pending[sent:]
