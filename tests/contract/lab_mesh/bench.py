"""The near end of the sandbox: what tests send and what they get."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contract.lab_mesh.objects import C, D, P, endpoints, namespace, pod, service

SOURCES = {
    "producer": "10.244.1.50",
    "consumer": "10.244.2.50",
    "consumer-b": "10.244.2.51",
    "bystander": "10.244.2.60",
}
SOURCES["outside"] = "10.244.2.70"
ROLES = {"producer": P, "consumer": C, "consumer-b": C, "bystander": D, "outside": "gamma-outside"}


def stage() -> list[dict[str, Any]]:
    """Namespaces, clients, and backends v1 and v2 (one pod) and v3 (four), each with a Service."""
    objects = [namespace(name) for name in (P, C, D)]
    objects.append(namespace("gamma-outside", enrolled=False))
    objects += [pod(ROLES[role], f"client-{role}", ip) for role, ip in SOURCES.items()]
    for number, ips in ((1, ["10.244.1.1"]), (2, ["10.244.1.2"]), (3, [f"10.244.1.{n}" for n in range(31, 35)])):
        ports = {"http": 8080, "other": 8081}
        objects += [pod(P, f"v{number}-{index}", ip, app=f"v{number}") for index, ip in enumerate(ips)]
        objects.append(service(f"v{number}", f"10.96.1.{number}", ports={"http": 80, "other": 81}))
        objects.append(endpoints(f"v{number}", *ips, ports=ports))
    return objects


@dataclass
class Answer:
    """What came back for one request."""

    raw: dict[str, Any]

    @property
    def status(self) -> int:
        return int(self.raw.get("status", 0))

    @property
    def backend(self) -> str | None:
        return self.raw["seen"]["name"].split(":")[0] if self.raw.get("seen") else None

    @property
    def port(self) -> str | None:
        return self.raw["seen"]["name"].split(":")[1] if self.raw.get("seen") else None

    @property
    def path(self) -> str:
        return str(self.raw["seen"]["path"])

    @property
    def elapsed(self) -> float:
        return float(self.raw["elapsed"])

    def sees(self, name: str) -> list[str]:
        """The values of a header at the backend, split at commas."""
        lines = self.raw["seen"]["headers"].get(name, [])
        return [value.strip() for line in lines for value in line.split(",")]

    def header(self, name: str) -> list[str]:
        """The values of a header at the client, split at commas."""
        return [part.strip() for key, value in self.raw["headers"] if key == name for part in value.split(",")]


class Bench:
    """The sandbox's other end."""

    program = "tests.contract.lab_mesh.sandbox"

    def __init__(self, directory: Path) -> None:
        command = [sys.executable, "-m", self.program, str(directory)]
        root = Path(__file__).parents[3]
        self._process = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.log = directory / "envoy-node-1.log"
        self._answers: dict[int, Any] = {}
        self._count = 0
        self.rejections: list[str] = []
        self._arrived = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            number, answer = json.loads(line)
            with self._arrived:
                self._answers[number] = answer
                self._arrived.notify_all()
        with self._arrived:
            self._count = -1
            self._arrived.notify_all()

    def _call(self, command: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        with self._arrived:
            assert self._count >= 0, "the sandbox has ended; its messages are above"
            self._count += 1
            number = self._count
            self._process.stdin.write(json.dumps([number, command]) + "\n")
            self._process.stdin.flush()
            self._arrived.wait_for(lambda: number in self._answers or self._count < 0, timeout=60)
            assert number in self._answers, "the sandbox gave no answer; its messages are above"
            return self._answers.pop(number)

    def apply(self, *objects: dict[str, Any], defect: str = "") -> dict[str, float]:
        """Make the cluster consist of the stage and these objects, and wait until Envoy has it."""
        done = self._call({"world": [*stage(), *objects], "defect": defect})
        self.rejections = done["rejections"]
        return done["ms"]

    def get(self, url: str, times: int = 1, **options: Any) -> Any:
        """GET `IP[:PORT]/path`: options are source (a role), method, host, headers, kept (a connection's name)."""
        address, slash, path = url.partition("/")
        to = address if ":" in address else f"{address}:80"
        headers = {"host": options.get("host", address), **options.get("headers", {})}
        lines = [f"{key}: {one}" for key, value in headers.items() for one in _listed(value)]
        head = "\r\n".join([f"{options.get('method', 'GET')} {slash}{path} HTTP/1.1", *lines])
        send = {"source": SOURCES[options.get("source", "bystander")], "to": to, "text": f"{head}\r\n\r\n"}
        answers = self._call({"send": send | {"kept": options.get("kept", "")}, "times": times})
        return Answer(answers[0]) if times == 1 else [Answer(raw) for raw in answers]

    def rpc(self, to: str, path: str, times: int = 1, **options: Any) -> Any:
        """gRPC calls: options are source, metadata (a list of pairs), kept (a connection's name)."""
        call = {"source": SOURCES[options.get("source", "bystander")], "to": to, "path": path}
        call |= {"metadata": options.get("metadata", []), "kept": options.get("kept", "")}
        answers = [Answer(raw) for raw in self._call({"call": call, "times": times})]
        return answers[0] if times == 1 else answers

    def hello(self, to: str, name: str, source: str = "bystander") -> str:
        """The backend that a TLS client asking for `name` reaches; "" where it is refused."""
        found: str = self._call({"hello": {"source": SOURCES[source], "to": to, "name": name}})
        return found.split(":", maxsplit=1)[0]

    def raw(self, to: str, text: str) -> str:
        """The first line of the answer to bytes sent as they are."""
        return str(self._call({"raw": {"source": SOURCES["bystander"], "to": to, "text": text}}))

    def hits(self, *names: str) -> dict[str, int]:
        """How many requests each of these backends has had, on any port."""
        counts: dict[str, int] = self._call({"hits": 1})
        return {name: sum(n for key, n in counts.items() if key.split(":")[0] == name) for name in names}

    def arrivals(self, marked: str) -> list[float]:
        """When requests with this x-id came to backends, in seconds."""
        return list(self._call({"arrivals": marked}))

    def config_values(self, key: str) -> list[Any]:
        """Every value of the field `key` in the configuration that Envoy has in force."""
        return list(_values(self._call({"config": 1}), key))

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Return once the condition holds, fail after 10 s."""
        end = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.02)

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        with self._arrived:
            self._arrived.wait_for(lambda: self._count < 0, timeout=10)
        self._process.stdout.close()


class Client:
    """Requests in the background, one after the other, from a thread of its own, between start and leaving."""

    def __init__(self, bench: Bench, url: str) -> None:
        self._bench, self._url = bench, url
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self.statuses: set[int] = set()

    def start(self) -> None:
        self._thread.start()

    def _send(self) -> None:
        while not self._done.is_set():
            self.statuses |= {answer.status for answer in self._bench.get(self._url, times=5)}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def _values(found: Any, key: str) -> Iterator[Any]:
    if isinstance(found, dict):
        for name, value in found.items():
            if name == key and isinstance(value, dict):
                yield value
            yield from _values(value, key)
    elif isinstance(found, list):
        for value in found:
            yield from _values(value, key)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
