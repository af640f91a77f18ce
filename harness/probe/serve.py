"""``serve``: the main process of every pod of ours."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .door import open_door
from .either import HttpEcho
from .engine import Engine
from .identity import Identity
from .journal import LIMIT, Journal
from .late import LateHttp2Echo
from .tcp_echo import TcpEcho, TlsEcho, server_context

_BACKLOG = 1024

LISTENERS: dict[str, Callable[[Identity, int, Journal], asyncio.Protocol]] = {
    "http": HttpEcho,
    "h2c": LateHttp2Echo,
    "grpc": LateHttp2Echo,
    "tcp": TcpEcho,
    "tls": TlsEcho,
}
"""What can be listened with; further protocols register here."""


def serve(
    workload: str, door: str, listen: Sequence[tuple[int, str]], *, journal: int = LIMIT, key_pair: str = ""
) -> int:
    """Serve until SIGTERM or SIGINT; ``key_pair`` is the folder of the TLS key.

    Status 2 for a protocol that is unknown, 1 where a port or socket is taken, or TLS has no key.
    """
    unknown = sorted({protocol for _, protocol in listen} - LISTENERS.keys())
    if unknown:
        sys.stderr.write(f"serve: cannot listen with {', '.join(unknown)}; known: {', '.join(LISTENERS)}\n")
        return 2
    pod = os.environ.get("POD_NAME") or os.uname().nodename
    identity = Identity(os.environ.get("POD_NAMESPACE", ""), workload, pod)
    _raise_file_limit()
    gc.freeze()  # what was imported stays; collections that pause the loop have less to look at
    try:
        asyncio.run(_serve(identity, Path(door), listen, Journal(journal), key_pair))
    except OSError as error:
        sys.stderr.write(f"serve: {error}\n")
        return 1
    return 0


async def _serve(
    identity: Identity, door: Path, listen: Sequence[tuple[int, str]], journal: Journal, key_pair: str
) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _leave, door)
    for port, protocol in listen:
        tls = server_context(Path(key_pair)) if protocol == "tls" else None
        await loop.create_server(_factory(protocol, identity, port, journal), sock=_listening(port), ssl=tls)
    # The door comes last: who can ask the engine may rely on the ports.
    await open_door(Engine(identity, journal, tuple(port for port, _ in listen)), door)
    await asyncio.Event().wait()


def _factory(protocol: str, identity: Identity, port: int, journal: Journal) -> Callable[[], asyncio.Protocol]:
    make = LISTENERS[protocol]
    return lambda: make(identity, port, journal)


def _listening(port: int) -> socket.socket:
    """IPv6 and IPv4 on one socket; IPv4 alone where the pod has no IPv6."""
    if socket.has_dualstack_ipv6():
        with contextlib.suppress(OSError):
            return socket.create_server(("", port), family=socket.AF_INET6, backlog=_BACKLOG, dualstack_ipv6=True)
    return socket.create_server(("", port), backlog=_BACKLOG)


def _raise_file_limit() -> None:
    """As many open files as we may have: each request under way needs one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _leave(door: Path) -> None:
    """End at once: neither a resolver that hangs nor a request under way may delay the end of a pod."""
    with contextlib.suppress(OSError):
        door.unlink(missing_ok=True)
    os._exit(0)
