"""A program like `sandbox`, but with the whole mesh process and a real API server: objects are written to the API.

Further commands: {"create": [PATH, OBJECT]}, {"patch": [PATH, BODY]}, {"delete": PATH}, {"read": PATH}, {"ready": 1}.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lab.api.main import ApiConfig, Server
from lab.client import ApiError, Client
from lab.defects.registry import Defect
from lab.mesh import main
from lab.mesh.dataplane import Node
from lab.mesh.envoy.types import ROUTES
from lab.mesh.main import Mesh, MeshConfig
from lab.mesh.model.decisions import CONFORMANT
from lab.mesh.model.delivery import DeliveryPolicy
from tests.contract.lab_mesh.sandbox import Sandbox, isolate, serve

LATE_SECONDS = 0.5


def _delivered(name: str, **policy: Any) -> Defect:
    decisions = replace(CONFORMANT, delivery=DeliveryPolicy(**policy))
    return Defect(name, "for this test", breaks=(), cause="", decisions=decisions)


def add_deliveries() -> None:
    """Let the mesh be told to deliver late, or to lose changes of routes."""
    late = _delivered("test-late", delay=lambda node: LATE_SECONDS)
    lossy = _delivered("test-lossy", holds_back=lambda change: change.type_url == ROUTES)
    main.selectable = MappingProxyType({**main.selectable, late.id: late, lossy.id: lossy})


class WholeMesh(Sandbox):
    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.config = MeshConfig(directory, directory, (Node("node-1", Path("/proc/self/ns/net")),))
        self.api = Server(ApiConfig(self.config.api_socket, directory / "tls", tokens=(), channel="experimental"))

    async def start(self) -> None:
        self.client = Client(self.config.api_socket)
        # The mesh is there before the API: in the lab all processes start at the same time.
        self.mesh = asyncio.create_task(Mesh(self.config, self.client).run())
        await asyncio.sleep(0.1)
        await self.api.start()

    async def stop(self) -> None:
        self.mesh.cancel()
        await asyncio.wait([self.mesh])

    async def answer(self, command: dict[str, Any]) -> Any:
        try:
            return await self._answer(command)
        except ApiError as error:
            return {"error": error.reason, "message": error.message}

    async def _answer(self, command: dict[str, Any]) -> Any:
        if self.mesh.done():
            await self.mesh
        match command:
            case {"create": [path, body]}:
                if body["kind"] == "EndpointSlice":
                    await self._backends([*command["pods"], body])
                return await self.client.create(path, body)
            case {"patch": [path, body]}:
                return await self.client.patch(path, body)
            case {"delete": path}:
                return await self.client.delete(path, grace_seconds=0)
            case {"read": path}:
                return await self.client.get(path)
            case {"ready": _}:
                return await self._wait_ready()
            case _:
                return await super().answer(command)

    async def _wait_ready(self) -> float:
        started = time.monotonic()
        async with asyncio.timeout(20):
            while not self.config.ready_file.exists():
                await asyncio.sleep(0.005)
        return time.monotonic() - started


if __name__ == "__main__":
    add_deliveries()
    isolate("10.96.0.0/16", "10.244.0.0/16")
    asyncio.run(serve(WholeMesh(Path(sys.argv[1]))))
