"""A real API server in a thread of its own, and a kubelet that plays a scripted part."""

from __future__ import annotations

import asyncio
import json
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from lab.api.main import ApiConfig, Server, TokenUser

ADMIN_TOKEN, LIMITED_TOKEN = "admin-token", "limited-token"
_FRAME = struct.Struct(">IB")
T = TypeVar("T")


@dataclass
class FakeKubelet:
    """Answers exec and log requests: ``cat`` echoes stdin, ``exit N`` fails, everything else prints its words."""

    path: Path
    requests: list[dict[str, Any]] = field(default_factory=list)

    async def serve(self) -> asyncio.Server:
        return await asyncio.start_unix_server(self._session, str(self.path))

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = json.loads(await reader.readline())
        self.requests.append(request)
        if request["pod"] == "lost":
            writer.write(b'{"error": "container not found", "code": 404}\n')
        else:
            writer.write(b'{"ok": true}\n')
            play = _log if request["op"] == "logs" else _command
            await play(request, reader, writer)
        await writer.drain()
        writer.close()


async def _log(request: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    lines = [f"line {number}\n" for number in range(5)]
    text = "".join(lines[-request["tail"] :] if request["tail"] is not None else lines)
    writer.write(_frame(1, text.encode()))


async def _command(request: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    command = request["command"]
    status: dict[str, Any] = {"metadata": {}, "status": "Success"}
    if command[0] == "cat":
        await _echo(reader, writer)
    elif command[0] == "vanish":
        return
    elif command[0] == "exit":
        writer.write(_frame(2, b"failing\n"))
        status = {
            "metadata": {},
            "status": "Failure",
            "reason": "NonZeroExitCode",
            "message": f"command terminated with non-zero exit code: exit status {command[1]}",
            "details": {"causes": [{"reason": "ExitCode", "message": command[1]}]},
        }
    else:
        writer.write(_frame(1, " ".join(command).encode() + b"\n"))
    writer.write(_frame(3, json.dumps(status).encode()))


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Return stdin on stdout until stdin is closed or says ``quit``."""
    while True:
        length, channel = _FRAME.unpack(await reader.readexactly(_FRAME.size))
        payload = await reader.readexactly(length)
        if channel == 255 or payload.startswith(b"quit"):
            return
        writer.write(_frame(1, payload))
        await writer.drain()


def _frame(channel: int, payload: bytes) -> bytes:
    return _FRAME.pack(len(payload), channel) + payload


class RunningServer:
    """A server and its kubelet, in a thread with a loop of their own."""

    def __init__(self, folder: Path, **gateway_api: str) -> None:
        self.folder = folder
        self.kubelet = FakeKubelet(folder / "kubelet.sock")
        self.config = ApiConfig(
            unix_socket=folder / "api.sock",
            tls_dir=folder / "tls",
            tokens=(
                TokenUser(ADMIN_TOKEN, "admin"),
                TokenUser(LIMITED_TOKEN, "limited", ("readers",)),
            ),
            kubelet_socket=self.kubelet.path,
            audit_file=folder / "audit.jsonl",
            **gateway_api,
        )
        self.loop = asyncio.new_event_loop()
        self.server = Server(self.config)
        self._grant("readers", [{"verbs": ["get", "list", "watch"], "apiGroups": ["*"], "resources": ["*"]}])
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self._kubelet_server = self.call(self.kubelet.serve())
        self.call(self.server.start())

    def _grant(self, group: str, rules: list[dict[str, Any]]) -> None:
        create, access = self.server.core.create, "rbac.authorization.k8s.io"
        role = {"apiGroup": access, "kind": "ClusterRole", "name": group}
        subjects = [{"apiGroup": access, "kind": "Group", "name": group}]
        create(access, "v1", "clusterroles", {"metadata": {"name": group}, "rules": rules})
        binding = {"metadata": {"name": group}, "roleRef": role, "subjects": subjects}
        create(access, "v1", "clusterrolebindings", binding)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server.port}"

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run something on the server's loop."""

        async def wrapped() -> T:
            return await work()

        return self.call(wrapped())

    async def _end(self) -> None:
        await self.server.stop()
        # TLS connections say goodbye before they close; the loop must live until they have.
        await asyncio.sleep(0.3)
        await self.loop.shutdown_asyncgens()

    def kubeconfig(self, token: str = ADMIN_TOKEN) -> Path:
        found = self.folder / f"kubeconfig-{token}"
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "gamma-lab",
            "clusters": [
                {
                    "name": "lab",
                    "cluster": {"server": self.url, "certificate-authority": str(self.folder / "tls" / "ca.crt")},
                }
            ],
            "users": [{"name": "user", "user": {"token": token}}],
            "contexts": [{"name": "gamma-lab", "context": {"cluster": "lab", "user": "user"}}],
        }
        found.write_text(yaml.safe_dump(config))
        return found

    def close(self) -> None:
        self._kubelet_server.close()
        self.call(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()
