"""The ADS server over real streams: every node has its own delivery, which may be late or incomplete."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
from envoy.config.core.v3 import base_pb2
from envoy.service.discovery.v3 import discovery_pb2

from lab.mesh.ads.pack import Packed
from lab.mesh.ads.server import AdsServer
from lab.mesh.envoy.types import CLUSTER, ENDPOINTS, LISTENER, ROUTES
from lab.mesh.model.delivery import PROMPT, Change, DeliveryPolicy

METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"
DELAY = 0.4
NODES = {"node-1", "node-2"}


def snapshot(**listeners: str) -> dict[str, dict[str, Packed]]:
    named = {name: Packed(name, version, b"") for name, version in listeners.items()}
    return {CLUSTER: {}, ENDPOINTS: {}, LISTENER: named, ROUTES: {}}


class Node:
    """An Envoy as far as the server can tell: confirms everything, remembers which listeners it has."""

    def __init__(self, name: str, channel: grpc.aio.Channel) -> None:
        self.name = name
        self.listeners: dict[str, str] = {}
        self._stream = channel.stream_stream(
            METHOD,
            request_serializer=discovery_pb2.DeltaDiscoveryRequest.SerializeToString,
            response_deserializer=discovery_pb2.DeltaDiscoveryResponse.FromString,
        )()

    async def run(self) -> None:
        for type_url in (CLUSTER, LISTENER):
            await self._say(type_url=type_url)
        async for response in self._stream:
            if response.type_url == LISTENER:
                self.listeners |= {each.name: each.version for each in response.resources}
                for name in response.removed_resources:
                    self.listeners.pop(name, None)
            await self._say(type_url=response.type_url, response_nonce=response.nonce)

    async def _say(self, **fields: Any) -> None:
        node = base_pb2.Node(id=self.name)
        await self._stream.write(discovery_pb2.DeltaDiscoveryRequest(node=node, **fields))


@asynccontextmanager
async def cluster(directory: Path) -> AsyncIterator[tuple[AdsServer, Node, Node]]:
    server = AdsServer(directory / "xds.sock")
    await server.start()
    async with grpc.aio.insecure_channel(f"unix:{directory / 'xds.sock'}") as channel:
        one, two = Node("node-1", channel), Node("node-2", channel)
        tasks = [asyncio.create_task(node.run()) for node in (one, two)]
        server.publish(snapshot(a="1"))
        async with asyncio.timeout(20):
            await server.wait_settled(NODES)
            yield server, one, two
        for task in tasks:
            task.cancel()
    await server.stop()


def play(directory: Path, scenario: Callable[[AdsServer, Node, Node], Awaitable[None]]) -> None:
    async def run() -> None:
        async with cluster(directory) as parts:
            await scenario(*parts)

    asyncio.run(run())


def test_a_node_may_be_late_and_catches_up(tmp_path: Path) -> None:
    late = DeliveryPolicy(delay=lambda node: DELAY if node == "node-2" else 0)

    async def scenario(server: AdsServer, one: Node, two: Node) -> None:
        started = time.monotonic()
        server.publish(snapshot(a="2"), late)
        await server.wait_settled({"node-1"})
        assert one.listeners == {"a": "2"}
        if time.monotonic() - started < DELAY:
            assert two.listeners == {"a": "1"}
        await server.wait_settled(NODES)
        assert time.monotonic() - started >= DELAY
        assert two.listeners == {"a": "2"}

    play(tmp_path, scenario)


def test_what_was_late_does_not_undo_what_came_promptly(tmp_path: Path) -> None:
    async def scenario(server: AdsServer, _: Node, two: Node) -> None:
        server.publish(snapshot(a="2"), DeliveryPolicy(delay=lambda _: DELAY))
        server.publish(snapshot(a="3"), PROMPT)
        await server.wait_settled(NODES)
        assert two.listeners == {"a": "3"}
        await asyncio.sleep(1.5 * DELAY)
        await server.wait_settled(NODES)
        assert two.listeners == {"a": "3"}

    play(tmp_path, scenario)


def test_a_node_may_miss_changes_until_the_loss_ends(tmp_path: Path) -> None:
    def removals(change: Change) -> bool:
        return change.node == "node-2" and change.after is None

    async def scenario(server: AdsServer, one: Node, two: Node) -> None:
        for _ in range(2):
            server.publish(snapshot(b="1"), DeliveryPolicy(holds_back=removals))
            await server.wait_settled(NODES)
            assert (one.listeners, two.listeners) == ({"b": "1"}, {"a": "1", "b": "1"})
        server.publish(snapshot(b="1"), PROMPT)
        await server.wait_settled(NODES)
        assert two.listeners == {"b": "1"}

    play(tmp_path, scenario)


def test_updates_and_additions_may_be_lost_too(tmp_path: Path) -> None:
    async def scenario(server: AdsServer, one: Node, two: Node) -> None:
        server.publish(snapshot(a="2", b="1"), DeliveryPolicy(holds_back=lambda change: change.node == "node-1"))
        await server.wait_settled(NODES)
        assert (one.listeners, two.listeners) == ({"a": "1"}, {"a": "2", "b": "1"})

    play(tmp_path, scenario)
