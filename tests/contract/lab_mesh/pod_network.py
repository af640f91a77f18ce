"""A program: one node with Envoy and two pods in network namespaces of their own, joined as in the lab.

It prints, as JSON, what a client pod gets from pod and cluster addresses: without, with, and again without the
defect that takes pod addresses over.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import socket
import sys
from pathlib import Path

from pyroute2 import IPRoute

from lab.defects.registry import registry
from lab.mesh.ads.pack import Packer
from lab.mesh.ads.server import AdsServer
from lab.mesh.dataplane import Envoy, Node, in_namespace, intercept
from lab.mesh.model.decisions import CONFORMANT
from lab.mesh.plan import Planner
from tests.contract.lab_mesh.objects import C, P, edit_request, endpoints, namespace, parent, pod, prefix, route, rule
from tests.contract.lab_mesh.objects import service as service_of
from tests.contract.lab_mesh.sandbox import backend, isolate
from tests.contract.lab_mesh.worlds import world_of

OWN = Path("/proc/self/ns/net")
CLIENT, SERVER, CLUSTER_IP = "10.244.1.10", "10.244.1.1", "10.96.2.1"
STAMP = edit_request(add=[{"name": "x-stamp", "value": "r"}])
WORLD = world_of(
    [
        namespace(P),
        namespace(C),
        pod(P, "server", SERVER, app="front"),
        pod(C, "client", CLIENT, app="client"),
        service_of("front", CLUSTER_IP),
        endpoints("front", SERVER),
        route("r", parent("front"), rule(prefix("/p"), to="front", filters=[STAMP])),
    ]
)


def pod_namespace(address: str) -> Path:
    """A network namespace with this address, reached over a link of its own."""

    def new() -> int:
        ctypes.CDLL(None).unshare(0x40000000)
        return os.open("/proc/thread-self/ns/net", os.O_RDONLY)

    held = in_namespace(OWN, new)
    link = f"pod{held}"
    with IPRoute() as netlink:
        netlink.link("add", ifname=link, kind="veth", peer={"ifname": "eth0", "net_ns_fd": held})
        index = netlink.link_lookup(ifname=link)[0]
        netlink.link("set", index=index, state="up")
        netlink.addr("add", index=index, address="169.254.1.1", prefixlen=32)
        netlink.route("add", dst=f"{address}/32", oif=index, scope=253)
    path = Path(f"/proc/self/fd/{held}")
    in_namespace(path, lambda: _inside(address))
    return path


def _inside(address: str) -> None:
    with IPRoute() as netlink:
        index = netlink.link_lookup(ifname="eth0")[0]
        netlink.link("set", index=index, state="up")
        netlink.addr("add", index=index, address=address, prefixlen=32)
        netlink.route("add", dst="169.254.1.1/32", oif=index, scope=253)
        netlink.route("add", dst="0.0.0.0/0", gateway="169.254.1.1", oif=index)


def node() -> None:
    """This namespace as a node: forwarding, an address, and table 100 first for what comes from pods."""
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    with IPRoute() as netlink:
        netlink.addr("add", index=1, address="10.244.0.1", prefixlen=32)
        netlink.rule("add", src="10.244.0.0/16", table=100, priority=100)


def listening() -> socket.socket:
    return socket.create_server((SERVER, 8080))


async def ask(client: Path, address: tuple[str, int], path: str) -> str:
    """The status for a request from the client pod, and whether the route's stamp was on it."""
    dialled = await asyncio.to_thread(in_namespace, client, lambda: socket.create_connection(address, timeout=5))
    reader, writer = await asyncio.open_connection(sock=dialled)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    body = await reader.read(4096) if " 200 " in head else b""
    writer.close()
    return head.split(" ")[1] + (" stamped" if b"x-stamp" in body else "")


async def main(directory: Path, client: Path, server: Path) -> None:
    sock = in_namespace(server, listening)
    await asyncio.start_server(lambda reader, writer: backend("server", SERVER, reader, writer), sock=sock)
    ads, packer = AdsServer(directory / "xds.sock"), Packer()
    await ads.start()
    envoy, before = Envoy(Node("node-1", OWN), directory / "xds.sock", directory, directory), frozenset[str]()
    envoy.start()
    seen = []
    for decisions in (CONFORMANT, registry["pod-ip-intercepted"].decisions, CONFORMANT):
        plan = Planner(decisions).plan(WORLD)
        ads.publish(packer.pack(plan.resources))
        await ads.wait_settled({"node-1"})
        await asyncio.to_thread(intercept, envoy.node, plan.intercepted, before)
        before = plan.intercepted
        targets = [((SERVER, 8080), "/p"), ((SERVER, 8080), "/q"), ((CLUSTER_IP, 80), "/p"), ((CLUSTER_IP, 80), "/q")]
        seen.append([await ask(client, *target) for target in targets])
    print(json.dumps(seen), flush=True)  # noqa: T201 - what the test reads
    envoy.stop()
    os._exit(0)


if __name__ == "__main__":
    isolate("10.96.0.0/16")
    node()
    asyncio.run(main(Path(sys.argv[1]), pod_namespace(CLIENT), pod_namespace(SERVER)))
