"""The node agent: network, controllers, pods and names of both nodes, in one process."""

from __future__ import annotations

import asyncio
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address
from pathlib import Path

from lab.client import ApiError, Client, collection, item
from lab.node import network, places
from lab.node.addresses import Pool
from lab.node.boot import Boot, tell
from lab.node.cache import Cache
from lab.node.controllers.loops import Controllers, World
from lab.node.dns import zone
from lab.node.dns.server import NameServer
from lab.node.kubelet.kubelet import Kubelet
from lab.node.kubelet.pod import Node
from lab.node.kubelet.sessions import SessionServer
from lab.node.network import Netns, NodeNetwork
from lab.node.nodes import SYSTEM_NAMESPACE, mesh_map, node_object
from lab.node.runtime import Runtime

_POLL_SECONDS = 0.005
# Changes of Services come in bursts; the zone is built anew once for each.
_ZONE_SECONDS = 0.002

log = logging.getLogger(__name__)


def run(boot: Boot, zygote: socket.socket) -> None:
    """Run until the process is ended. Raises what ended it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    asyncio.run(_run(boot, zygote))


async def _run(boot: Boot, zygote: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    # One thread for all that enters network namespaces: it changes its own, and netlink sockets belong to it.
    with ThreadPoolExecutor(1, thread_name_prefix="network") as linking:
        networks = await loop.run_in_executor(linking, network.build_nodes)
        names = NameServer()
        await names.serve(one.netns for one in networks)
        runtime = Runtime(zygote)
        runtime.listen()
        await _appear(places.API_SOCKET)
        async with Client(places.API_SOCKET, user_agent="gamma-lab-node") as client, asyncio.TaskGroup() as tasks:
            nodes = {one.plan.name: _node(one, linking) for one in networks}
            await _introduce(client, networks, boot.defect)
            world = World.of(client)
            kubelet = Kubelet(client, runtime, nodes, boot.log_dir / "pods", tasks)
            Controllers(client, world, tuple(nodes), tasks)
            kubelet.attach(world.pods)
            await SessionServer(kubelet.find).serve(places.KUBELET_SOCKET)
            for cache in world.all():
                tasks.create_task(cache.follow())
            tasks.create_task(_keep_zone(world, names))
            await asyncio.gather(*(cache.synced.wait() for cache in world.all()))
            tell(boot.status, "nodes")
            await _appear(places.MESH_READY)
            await _announce(client)
            tell(boot.status, "ready")


def _node(one: NodeNetwork, linking: ThreadPoolExecutor) -> Node:
    async def link(address: IPv4Address) -> Netns:
        return await asyncio.get_running_loop().run_in_executor(linking, one.add_pod, address)

    return Node(one, Pool(one.plan.pods), link)


async def _introduce(client: Client, networks: tuple[NodeNetwork, ...], defect: str) -> None:
    """Make the objects that a new cluster has: the nodes, and what the mesh reads its defect from."""
    await client.create(collection("v1", "configmaps", SYSTEM_NAMESPACE), mesh_map(defect))
    for one in networks:
        node = node_object(one.plan)
        await client.create(collection("v1", "nodes"), node)
        await client.patch_status(item("v1", "nodes", one.plan.name), node["status"])


async def _announce(client: Client) -> None:
    """Tell those who see only the API that the lab is complete."""
    try:
        await client.patch(
            item("v1", "configmaps", "mesh", SYSTEM_NAMESPACE),
            {"metadata": {"annotations": {"gamma-lab/ready": "true"}}},
        )
    except ApiError as error:
        log.warning("cannot announce the mesh: %s", error)


async def _appear(file: Path) -> None:
    """Wait for a file that another process of the lab makes; init ends the lab should that process fail."""
    while not file.exists():
        await asyncio.sleep(_POLL_SECONDS)


async def _keep_zone(world: World, names: NameServer) -> None:
    """Rebuild the cluster's names whenever what they are made of has changed."""
    changed = asyncio.Event()
    changed.set()
    for cache in (world.services, world.slices, world.namespaces):
        cache.on_change(lambda _obj: changed.set())
    while True:
        await changed.wait()
        await asyncio.sleep(_ZONE_SECONDS)
        changed.clear()
        names.zone = zone.build(world.services, world.slices, _names(world.namespaces))


def _names(namespaces: Cache) -> list[str]:
    return [one["metadata"]["name"] for one in namespaces]
