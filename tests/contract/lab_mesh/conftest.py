"""A real Envoy under the mesh's control, for all tests of this folder."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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
        objects += [pod(P, f"v{number}", ip, app=f"v{number}") for ip in ips]
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

    def __init__(self, directory: Path) -> None:
        command = [sys.executable, "-m", "tests.contract.lab_mesh.sandbox", str(directory)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.log = directory / "envoy-node-1.log"

    def _call(self, command: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the sandbox ended; its messages are above"
        return json.loads(line)

    def apply(self, *objects: dict[str, Any], defect: str = "") -> dict[str, float]:
        """Make the cluster consist of the stage and these objects, and wait until Envoy has it."""
        return self._call({"world": [*stage(), *objects], "defect": defect})["ms"]

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

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("mesh"))
    yield made
    made.close()
