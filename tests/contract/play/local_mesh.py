"""Real engines and echoes as processes of this machine, and a small reverse proxy that obeys routes or does not."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness.prober import Pod, Prober
from harness.prober.package import build_zipapp
from harness.prober.transport import SocketTransport, Transport
from harness.scenario.model import Client, Scenario
from harness.settings import Settings
from tests.unit.play.world import scenario


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Agents:
    """One client and two echoes, with more words on their command line and in their environment, by workload."""

    def __init__(
        self,
        folder: Path,
        *,
        words: Mapping[str, Sequence[str]] | None = None,
        environment: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._words, self._environment = words or {}, environment or {}
        self.ports = {"echo-v1": free_port(), "echo-v2": free_port()}
        self.pods = [
            Pod(
                namespace="gamma-consumer",
                name="client-pod",
                uid="uid-consumer-client-pod",
                workload="client",
                echo=False,
            ),
            *(
                Pod(namespace="gamma-producer", name=f"{name}-pod", uid=f"uid-{name}", workload=name, echo=True)
                for name in self.ports
            ),
        ]
        self._program = folder / "probe.pyz"
        self._program.write_bytes(build_zipapp())
        self.sockets = {pod.name: folder / f"{pod.workload}.sock" for pod in self.pods}
        self.processes = {pod.workload: self._start(pod) for pod in self.pods}
        try:
            self._wait()
        except AssertionError:
            self.stop()
            raise

    def _start(self, pod: Pod) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(self._program), "serve", "--workload", pod.workload]
        command += ["--socket", str(self.sockets[pod.name])]
        command += ["--listen", f"{self.ports[pod.workload]}=http"] if pod.echo else []
        names = {"POD_NAME": pod.name, "POD_NAMESPACE": pod.namespace}
        environment = {**os.environ, **names, **self._environment.get(pod.workload, {})}
        return subprocess.Popen([*command, *self._words.get(pod.workload, ())], env=environment)

    def restart(self, workload: str) -> None:
        """As when a container dies and the kubelet starts it anew."""
        pod = next(one for one in self.pods if one.workload == workload)
        self.processes[workload].kill()
        self.processes[workload].wait(10)
        self.sockets[pod.name].unlink(missing_ok=True)
        self.processes[workload] = self._start(pod)

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while not all(path.exists() for path in self.sockets.values()):
            assert time.monotonic() < deadline, "the agents did not start in time"
            assert all(process.poll() is None for process in self.processes.values()), "an agent ended at once"
            time.sleep(0.02)

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            process.wait(10)


def straight(agents: Agents) -> Callable[[Pod], Transport]:
    """To an agent's own door."""
    return lambda pod: SocketTransport(agents.sockets[pod.name])


class LocalProber(Prober):
    """The real prober; every name is the proxy on this machine."""

    def __init__(self, settings: Settings, agents: Agents) -> None:
        super().__init__(settings, pods=lambda: tuple(agents.pods), connect=straight(agents))

    def resolve(self, client: Client, host: str) -> str:
        return "127.0.0.1"


class Proxy:
    """``decide(path)`` names the workload that a request is forwarded to, or the status of the proxy's own answer."""

    def __init__(self, agents: Agents, decide: Callable[[str], str | int]) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                where = decide(self.path)
                leaks = isinstance(where, str) and where.endswith("!")
                if isinstance(where, str):
                    status, headers, body = self._forward(agents.ports[where.rstrip("!")])
                if isinstance(where, int) or leaks:
                    status, headers, body = (where if isinstance(where, int) else 404), [], b"no route"
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in ("content-length", "connection", "date", "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _forward(self, port: int) -> tuple[int, list[tuple[str, str]], bytes]:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", self.path, headers=dict(self.headers))
                answer = connection.getresponse()
                found = answer.status, answer.getheaders(), answer.read()
                connection.close()
                return found

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def at_proxy(port: int, **more: object) -> Scenario:
    """The usual scenario, whose probes dial a proxy on this machine; `more` says what else is special about them."""
    here = {
        name: {**probe.model_dump(by_alias=True), "url": probe.url.replace("producer/", f"producer:{port}/"), **more}
        for name, probe in scenario().probes.items()
    }
    return scenario(probes=here)
