"""Engines on this machine, as processes of the real program: what runs in a pod, without a cluster around it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from harness.mesh_profile import load
from harness.prober import Pod, Prober
from harness.prober.package import build_zipapp
from harness.prober.transport import SocketTransport
from harness.settings import Settings

_TICKS = os.sysconf("SC_CLK_TCK")
_START_LIMIT = 20.0  # seconds


class Engine:
    """One process ``probe.pyz serve``, as a context manager."""

    def __init__(self, folder: Path, workload: str, *, listen: bool = False) -> None:
        self.workload = workload
        self.socket = folder / f"{workload}.sock"
        self.port = _free_port() if listen else 0
        self._program = folder / "probe.pyz"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Engine:
        self._program.write_bytes(build_zipapp())
        command = [
            sys.executable,
            str(self._program),
            "serve",
            "--workload",
            self.workload,
            "--socket",
            str(self.socket),
        ]
        if self.port:
            command += ["--listen", f"{self.port}=http"]
        pod = {"POD_NAME": f"{self.workload}-pod", "POD_NAMESPACE": "gamma-producer"}
        self._process = subprocess.Popen(command, env={**os.environ, **pod})
        deadline = time.monotonic() + _START_LIMIT
        while not self.socket.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the engine {self.workload} did not start")
            time.sleep(0.02)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def cpu_seconds(self) -> float:
        """CPU time of the process so far, its own and the kernel's for it."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


def prober_for(client: Engine, echo: Engine) -> Prober:
    """A prober whose only client pod is ``client`` and whose only backend is ``echo``."""
    pods = {
        Pod("gamma-consumer", "client-pod", "uid-1", "client", echo=False): client.socket,
        Pod("gamma-producer", "echo-v1-pod", "uid-2", echo.workload, echo=True): echo.socket,
    }
    settings = Settings(run_id="bench", run_dir=client.socket.parent, mesh=load("lab"))
    return Prober(settings, pods=lambda: tuple(pods), connect=lambda pod: SocketTransport(pods[pod]))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
