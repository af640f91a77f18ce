"""The gRPC edge: one stream an Envoy, on a unix socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from envoy.service.discovery.v3 import discovery_pb2

from lab.mesh.ads.delivery import Delivery, Request, Response
from lab.mesh.ads.pack import Snapshot, held_back
from lab.mesh.model.delivery import PROMPT, DeliveryPolicy

log = logging.getLogger(__name__)

_SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService"
# Thousands of resources fit in one message; the default limit of 4 MiB is for what strangers send.
_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


@dataclass(frozen=True, slots=True)
class _Publication:
    """A snapshot, how it is delivered, and its place in the order of publications."""

    number: int = 0
    snapshot: Snapshot = field(default_factory=dict)
    policy: DeliveryPolicy = PROMPT


@dataclass
class _Session:
    """One connected Envoy; `arrived` is the number of the publication that its delivery aims at."""

    delivery: Delivery
    node: str = ""
    arrived: int = 0
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def arrive(self, publication: _Publication) -> None:
        """Aim at this publication, unless a newer one was faster."""
        if publication.number > self.arrived:
            self.arrived = publication.number
            reached, policy = self.delivery.target, publication.policy
            self.delivery.target = held_back(reached, publication.snapshot, self.node, policy.holds_back)
            self.wake.set()


class AdsServer:
    """Serves the newest snapshot to every Envoy that connects, each at its own pace."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._newest = _Publication()
        self._sessions: dict[str, _Session] = {}
        self._settled = asyncio.Condition()
        self._server: Any = None

    async def start(self) -> None:
        """Listen on the socket."""
        handler = grpc.stream_stream_rpc_method_handler(
            self._stream,
            request_deserializer=discovery_pb2.DeltaDiscoveryRequest.FromString,
            response_serializer=discovery_pb2.DeltaDiscoveryResponse.SerializeToString,
        )
        # It belongs to the event loop that runs now.
        self._server = grpc.aio.server(options=_OPTIONS)
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(_SERVICE, {"DeltaAggregatedResources": handler}),)
        )
        self._server.add_insecure_port(f"unix:{self._socket}")
        await self._server.start()

    async def stop(self) -> None:
        """Close all streams."""
        if self._server is not None:
            await self._server.stop(grace=None)

    def publish(self, snapshot: Snapshot, policy: DeliveryPolicy = PROMPT) -> None:
        """Bring every Envoy to `snapshot` from now on, as the policy delays or curtails it for the node."""
        self._newest = _Publication(self._newest.number + 1, snapshot, policy)
        for node, session in self._sessions.items():
            delay = policy.delay(node)
            if delay > 0:
                asyncio.get_running_loop().call_later(delay, session.arrive, self._newest)
            else:
                session.arrive(self._newest)

    def rejections(self, node: str) -> list[str]:
        """What this node's Envoy has refused since it connected."""
        return self._sessions[node].delivery.rejections

    async def wait_settled(self, nodes: set[str]) -> None:
        """Return when these nodes have confirmed what reaches them of the newest snapshot."""
        async with self._settled:
            await self._settled.wait_for(lambda: nodes <= self._settled_nodes())

    def _settled_nodes(self) -> set[str]:
        return {
            node
            for node, session in self._sessions.items()
            if session.arrived == self._newest.number and session.delivery.settled
        }

    async def _stream(self, requests: AsyncIterator[Any], context: Any) -> None:
        """One Envoy's stream, until it ends."""
        session = _Session(Delivery())
        reader = asyncio.create_task(self._read(requests, session))
        try:
            while not reader.done():
                await session.wake.wait()
                session.wake.clear()
                for response in session.delivery.advance():
                    await context.write(_to_message(response))
                async with self._settled:
                    self._settled.notify_all()
        finally:
            reader.cancel()
            self._sessions = {node: known for node, known in self._sessions.items() if known is not session}

    async def _read(self, requests: AsyncIterator[Any], session: _Session) -> None:
        node = ""
        try:
            async for message in requests:
                if message.node.id and not node:
                    node = session.node = message.node.id
                    self._sessions[node] = session
                    session.arrive(self._newest)
                rejected = len(session.delivery.rejections)
                session.delivery.receive(_from_message(message))
                for rejection in session.delivery.rejections[rejected:]:
                    log.error("%s REJECTED configuration: %s", node, rejection)
                session.wake.set()
        finally:
            session.wake.set()


def _from_message(message: Any) -> Request:
    return Request(
        type_url=message.type_url,
        nonce=message.response_nonce,
        error=message.error_detail.message,
        subscribe=tuple(message.resource_names_subscribe),
        unsubscribe=tuple(message.resource_names_unsubscribe),
        known=dict(message.initial_resource_versions),
    )


def _to_message(response: Response) -> Any:
    message = discovery_pb2.DeltaDiscoveryResponse(
        type_url=response.type_url, nonce=response.nonce, removed_resources=response.removed
    )
    for packed in response.resources:
        resource = message.resources.add(name=packed.name, version=packed.version)
        resource.resource.type_url = response.type_url
        resource.resource.value = packed.payload
    return message
