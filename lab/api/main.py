"""The API server's process: listeners, certificates, an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import logging
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from lab.api import custom, tls
from lab.api.auth import AUTHENTICATED, MASTERS, User
from lab.api.orders import AdmissionOrders
from lab.api.routes import handler
from lab.api.server import Core, build_core
from lab.poses import LAB, pose_of

# What a client may send in one request; real servers take 3 MiB.
_LARGEST_BODY = 3 * 2**20
_BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class TokenUser:
    """A bearer token and whom it stands for; without groups of its own, an administrator."""

    token: str
    name: str
    groups: tuple[str, ...] = (MASTERS,)


@dataclass(frozen=True, slots=True)
class ApiConfig:
    """What a server needs to know.

    ``fd`` is an inherited listening TCP socket, else ``host`` and ``port`` are bound (0 picks a port).
    ``certificates`` are used if given; else an authority is made and written to ``tls_dir`` (ca.crt, tls.crt, tls.key).
    ``crds`` is a release of the Gateway API, empty for none; ``pose`` the mesh whose injector is at work.
    """

    unix_socket: Path
    tls_dir: Path
    tokens: tuple[TokenUser, ...]
    kubelet_socket: Path = Path("/run/gamma-lab/kubelet.sock")
    fd: int | None = None
    host: str = "127.0.0.1"
    port: int = 0
    certificates: tls.Certificates | None = None
    crds: str = "v1.6"
    channel: str = "standard"
    namespaces: tuple[str, ...] = ("gamma-lab-system",)
    audit_file: Path | None = None
    pose: str = LAB.name


class Server:
    """A running server; ``port`` is where it answers HTTPS."""

    def __init__(self, config: ApiConfig) -> None:
        self._config = config
        self._runners: list[web.ServerRunner] = []
        self.certificates = config.certificates or tls.issue()
        self.core: Core = _core(config, self.certificates)
        self.port = 0

    async def start(self) -> None:
        """Open both doors. Raises OSError when an address cannot be bound."""
        config = self._config
        context = tls.server_context(self.certificates, config.tls_dir)
        listener = socket.socket(fileno=config.fd) if config.fd is not None else _bind(config.host, config.port)
        self.port = listener.getsockname()[1]
        config.unix_socket.unlink(missing_ok=True)
        outside = await self._runner(trusted=False)
        await web.SockSite(outside, listener, ssl_context=context, backlog=_BACKLOG).start()
        inside = await self._runner(trusted=True)
        await web.UnixSite(inside, str(config.unix_socket), backlog=_BACKLOG).start()

    async def _runner(self, *, trusted: bool) -> web.ServerRunner:
        # Without cancellation the watch of a client that left would live until its next event.
        server = web.Server(
            handler(self.core, trusted=trusted), request_factory=_request, handler_cancellation=True, access_log=None
        )
        runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=0.2)
        await runner.setup()
        self._runners.append(runner)
        return runner

    async def stop(self) -> None:
        """Close both doors; watches end."""
        await asyncio.gather(*(runner.cleanup() for runner in self._runners))
        self.core.audit.close()


def _request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: web.RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> web.BaseRequest:
    """A request that may be as large as the API allows; the library's own limit is lower."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=_LARGEST_BODY)


def _core(config: ApiConfig, certificates: tls.Certificates) -> Core:
    orders = AdmissionOrders()
    core = build_core(
        tokens={one.token: User(one.name, (*one.groups, AUTHENTICATED)) for one in config.tokens},
        kubelet=config.kubelet_socket,
        authority=certificates.authority,
        gateway_api=custom.from_spec(config.crds, config.channel, orders.admission) if config.crds else None,
        namespaces=config.namespaces,
        audit=config.audit_file,
        pose=pose_of(config.pose),
    )
    orders.follow(core.store)
    return core


def _bind(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def run(config: ApiConfig) -> None:
    """Serve until SIGTERM or SIGINT."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(config))


async def _serve(config: ApiConfig) -> None:
    server = Server(config)
    await server.start()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    logging.getLogger("lab.api").info("serving on port %d and %s", server.port, config.unix_socket)
    await stopped.wait()
    await server.stop()


def to_json(config: ApiConfig) -> str:
    """The configuration as text, for ``python -m lab.api.main``."""
    return json.dumps(dataclasses.asdict(config), default=str)


def from_json(text: str) -> ApiConfig:
    """The configuration that ``to_json`` wrote."""
    raw: dict[str, Any] = json.loads(text)
    for name in ("unix_socket", "tls_dir", "kubelet_socket", "audit_file"):
        if raw.get(name) is not None:
            raw[name] = Path(raw[name])
    raw["namespaces"] = tuple(raw.get("namespaces", ()))
    if raw.get("certificates"):
        raw["certificates"] = tls.Certificates(**raw["certificates"])
    raw["tokens"] = tuple(TokenUser(one["token"], one["name"], tuple(one["groups"])) for one in raw["tokens"])
    return ApiConfig(**raw)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve as the configuration file named by the one argument says."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m lab.api.main CONFIG.json\n")
        return 4
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    run(from_json(Path(arguments[0]).read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
