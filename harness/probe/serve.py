"""``serve``: the main process of every pod of ours."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

from .door import open_door
from .echo import Echo
from .engine import Engine
from .identity import Identity
from .journal import Journal

_BACKLOG = 1024

#: What can be listened with; further protocols register here.
LISTENERS: dict[str, Callable[[Identity, int, Journal], asyncio.Protocol]] = {"http": Echo}


class BadListenError(Exception):
    """An option ``--listen`` that cannot be followed."""


def serve(workload: str, socket: str, listen: list[str]) -> int:
    """Serve until SIGTERM or SIGINT. Raises BadListenError."""
    ports = dict(_listener(text) for text in listen)
    identity = Identity(os.environ.get("POD_NAMESPACE", ""), workload, os.environ.get("POD_NAME", os.uname().nodename))
    asyncio.run(_serve(identity, Path(socket), ports))
    return 0


def _listener(text: str) -> tuple[int, str]:
    port, _, protocol = text.partition("=")
    if not port.isdigit() or protocol not in LISTENERS:
        raise BadListenError(f"--listen {text}: write PORT=PROTOCOL, with one of: {', '.join(LISTENERS)}")
    return int(port), protocol


async def _serve(identity: Identity, socket: Path, ports: dict[int, str]) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    journal = Journal()
    for port, protocol in ports.items():
        factory = LISTENERS[protocol]
        await loop.create_server(
            lambda factory=factory, port=port: factory(identity, port, journal),  # type: ignore[misc]  # bound early
            None,
            port,
            backlog=_BACKLOG,
        )
    # The door comes last: who can ask the engine may rely on the ports.
    await open_door(Engine(identity, journal), socket)
    await stop.wait()
