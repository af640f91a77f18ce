"""Agents as processes of the real program, and servers that misbehave on purpose."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from harness.mesh_profile import load
from harness.observation import Observation
from harness.prober import Batch, Pod, Prober
from harness.prober.package import build_zipapp
from harness.prober.transport import SocketTransport, Transport
from harness.scenario.model import Client, Probe
from harness.settings import Settings
from harness.stage.key_pair import new_key_pair

PATIENCE = 60.0  # seconds: the machine may be busy


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Agent:
    """One ``probe.pyz serve``."""

    def __init__(self, folder: Path, workload: str, *, listens: bool = False, journal: int = 0, files: int = 0) -> None:
        self.folder = folder
        self.workload = workload
        self.program = folder / "probe.pyz"
        self.program.write_bytes(build_zipapp())
        self.socket = folder / f"{workload}.sock"
        self.port = free_port() if listens else 0
        self.http2_port = free_port() if listens else 0
        self.tcp_port = free_port() if listens else 0
        self.tls_port = free_port() if listens else 0
        self._more = ["--journal", str(journal)] if journal else []
        self._files = files
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            str(self.program),
            "serve",
            "--workload",
            self.workload,
            "--socket",
            str(self.socket),
        ]
        if self.port:
            for name, content in new_key_pair().items():
                (self.folder / name).write_text(content)
            command += ["--listen", f"{self.port}=http", "--listen", f"{self.http2_port}=h2c"]
            command += ["--listen", f"{self.tcp_port}=tcp", "--listen", f"{self.tls_port}=tls"]
            command += ["--key-pair", str(self.folder)]
        names = {"POD_NAME": f"{self.workload}-pod", "POD_NAMESPACE": "x-producer"}
        if self._files:
            command = ["sh", "-c", f'ulimit -n {self._files} && exec "$@"', "sh", *command]
        self.process = subprocess.Popen(command + self._more, env={**os.environ, **names})
        deadline = time.monotonic() + PATIENCE
        while not self.is_ready():
            assert time.monotonic() < deadline, "the agent did not start in time"
            assert self.process.poll() is None, "the agent ended at once"
            time.sleep(0.02)
        return self.process

    def is_ready(self) -> bool:
        with socket.socket(socket.AF_UNIX) as door, contextlib.suppress(OSError):
            door.connect(str(self.socket))
            return True
        return False

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)

    def run(self, *arguments: str, timeout: float = PATIENCE) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, str(self.program), *arguments]
        return subprocess.run(command, capture_output=True, timeout=timeout, check=False)


class Server:
    """Hands each connection, with its number, to ``handle`` in a thread of its own."""

    def __init__(self, handle: Callable[[socket.socket, int], object]) -> None:
        self._handle = handle
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = int(self._socket.getsockname()[1])
        self.accepted = 0
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._open.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection, self.accepted))
                self.accepted += 1
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, contextlib.suppress(OSError):
            self._handle(connection, number)

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)


def read_request(connection: socket.socket) -> bytes:
    """The head of one request; raises OSError when the client hangs up."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(4096)
        if not piece:
            raise OSError("the client hung up")
        data += piece
    return data


class World:
    """A client agent and an echo, and a prober that knows them."""

    def __init__(self, folder: Path) -> None:
        self.client = Agent(folder, "client")
        self.echo = Agent(folder, "echo-v1", listens=True)
        self.pods = {
            Pod("x-consumer", "client-pod", "uid-client", "client", echo=False): self.client,
            Pod("x-producer", "echo-v1-pod", "uid-echo", "echo-v1", echo=True): self.echo,
        }
        profile = load("lab")
        self.settings = Settings(run_id="t", run_dir=folder, mesh=profile, namespace_prefix="x-")

    def prober(self, connect: Callable[[Pod], Transport] | None = None) -> Prober:
        straight = lambda pod: SocketTransport(self.pods[pod].socket)  # noqa: E731 - short
        return Prober(self.settings, pods=lambda: tuple(self.pods), connect=connect or straight)

    def stop(self) -> None:
        self.client.stop()
        self.echo.stop()


_numbers = iter(range(10**9))


def batch(port: int, *, path: str = "/x", host: str = "front.example", **changes: Any) -> Batch:
    """Twenty requests to a port of this machine; probe fields and batch fields may be changed."""
    names = {"from", "method", "headers", "body", "over", "deadline", "protocol", "messages", "sni"}
    fields = names & changes.keys()
    protocol = changes.get("protocol")
    url = f"{protocol}://{host}:{port}" if protocol in ("tcp", "tls") else f"http://{host}{path}"
    probe = {"from": "consumer", "url": url, "deadline": "20s", **{name: changes.pop(name) for name in fields}}
    if "count" not in changes and "duration" not in changes:
        changes["count"] = 20
    usual: dict[str, Any] = {
        "client": Client("consumer"),
        "probe": Probe.model_validate(probe),
        "url": url,
        "address": ("127.0.0.1", port),
        "id_prefix": f"test.{next(_numbers)}",
        "interval": 0.005,
    }
    return Batch(**{**usual, **changes})


@contextlib.contextmanager
def serving(handle: Callable[[socket.socket, int], object]) -> Iterator[Server]:
    server = Server(handle)
    try:
        yield server
    finally:
        server.stop()


def failures(observations: list[Observation]) -> set[str]:
    return {str(one.answer.failure or one.answer.status) for one in observations}
