"""Network namespaces of nodes and pods, and the links and routes between them (see docs/architecture.md).

A pod hangs on its node by a point-to-point link: it has a single address, its neighbours are fixed, so nothing is ever
asked by ARP. On the node every ClusterIP is local, and traffic from pods consults table 100 before all others.
Nothing here has a route that leads out of the sandbox. Blocking; all of it runs in one thread, which changes its own
network namespace and must therefore do nothing else.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, TypeVar

from pyroute2 import IPRoute

from lab.node import addresses, syscalls
from lab.node.addresses import GATEWAY, NODES, SERVICES, NodePlan
from lab.node.places import NETNS

T = TypeVar("T")

FROM_PODS_TABLE = 100
_LOCAL_TABLE = 255
_LOOPBACK = 1
_SCOPE_HOST, _SCOPE_LINK = 254, 253
_FROM_PODS_PRIORITY = 100
_PERMANENT = 0x80


class Netns:
    """A network namespace, held open."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def close(self) -> None:
        """Let go; the namespace ends with its last process and its last holder."""
        os.close(self.fd)

    def run(self, function: Callable[[], T]) -> T:
        """Run ``function`` with this thread inside the namespace. Sockets made there stay there. Raises OSError."""
        with _away():
            syscalls.setns(self.fd, syscalls.CLONE_NEWNET)
            return function()


@contextmanager
def _away() -> Iterator[None]:
    """Whatever network namespace the thread enters, it comes back."""
    home = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield
    finally:
        syscalls.setns(home, syscalls.CLONE_NEWNET)
        os.close(home)


def new_netns() -> Netns:
    """A new network namespace. Raises OSError."""
    with _away():
        syscalls.unshare(syscalls.CLONE_NEWNET)
        _no_ipv6_on_links()
        fd = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    return Netns(fd)


def _no_ipv6_on_links() -> None:
    """The lab speaks IPv4; without this every link would chatter about its IPv6 address. Loopback keeps its own."""
    switch = Path("/proc/sys/net/ipv6/conf/default/disable_ipv6")
    if switch.exists():
        switch.write_text("1")


class NodeNetwork:
    """The network of one node and the links of its pods."""

    def __init__(self, plan: NodePlan) -> None:
        self.plan = plan
        self.netns = new_netns()
        self.netlink: Any = self.netns.run(IPRoute)
        self._keep()
        self.netns.run(self._forward)
        self.netlink.link("set", index=_LOOPBACK, state="up")
        self.netlink.route("add", dst=str(SERVICES), oif=_LOOPBACK, type="local", table=_LOCAL_TABLE, scope=_SCOPE_HOST)
        self.netlink.rule("add", src=str(addresses.PODS), table=FROM_PODS_TABLE, priority=_FROM_PODS_PRIORITY)
        self.uplink = 0

    def _keep(self) -> None:
        """Let other processes of the sandbox find the namespace as a file."""
        place = NETNS / self.plan.name
        place.touch()
        syscalls.bind(f"/proc/self/fd/{self.netns.fd}", place)

    @staticmethod
    def _forward() -> None:
        for name, value in (
            ("ip_forward", "1"),
            ("ip_nonlocal_bind", "1"),  # a proxy may take over an address before the route that makes it local is there
            ("conf/all/rp_filter", "0"),
            ("conf/default/rp_filter", "0"),
        ):
            Path("/proc/sys/net/ipv4", name).write_text(value)

    def connect(self, other: NodeNetwork) -> None:
        """Join two nodes by a link with routes to each other's pods."""
        ends = ((self, other), (other, self))
        macs = {node.plan.name: addresses.mac(node.plan.address, host_end=True) for node, _ in ends}
        self.netlink.link(
            "add",
            ifname=self.plan.link,
            kind="veth",
            address=macs[self.plan.name],
            peer={"ifname": other.plan.link, "net_ns_fd": other.netns.fd, "address": macs[other.plan.name]},
        )
        for node, peer in ends:
            node.uplink = node.netlink.link_lookup(ifname=node.plan.link)[0]
            node.netlink.addr("add", index=node.uplink, address=str(node.plan.address), prefixlen=32)
            node.netlink.link("set", index=node.uplink, state="up")
            to = str(peer.plan.address)
            node.netlink.neigh("add", dst=to, lladdr=macs[peer.plan.name], ifindex=node.uplink, state=_PERMANENT)
            source = {"prefsrc": str(node.plan.address)}
            node.netlink.route("add", dst=f"{to}/32", oif=node.uplink, scope=_SCOPE_LINK, **source)
            node.netlink.route("add", dst=str(peer.plan.pods), gateway=to, oif=node.uplink, **source)

    def add_pod(self, address: IPv4Address) -> Netns:
        """A network namespace with this address, linked to the node. Raises OSError or NetlinkError.

        Closing it, once no process is left in it, makes the kernel take away the link and its routes in its own time;
        to have it done at once would take 40 ms a pod.
        """
        pod = new_netns()
        name = addresses.interface(address)
        host_mac, pod_mac = addresses.mac(address, host_end=True), addresses.mac(address, host_end=False)
        self.netlink.link(
            "add",
            ifname=name,
            kind="veth",
            address=host_mac,
            peer={"ifname": "eth0", "net_ns_fd": pod.fd, "address": pod_mac},
        )
        with pod.run(IPRoute) as inside:
            inside.link("set", index=_LOOPBACK, state="up")
            index = inside.link_lookup(ifname="eth0")[0]
            inside.addr("add", index=index, address=str(address), prefixlen=32)
            inside.link("set", index=index, state="up")
            inside.neigh("add", dst=str(GATEWAY), lladdr=host_mac, ifindex=index, state=_PERMANENT)
            inside.route("add", dst=f"{GATEWAY}/32", oif=index, scope=_SCOPE_LINK)
            inside.route("add", dst="default", gateway=str(GATEWAY), oif=index)
        index = self.netlink.link_lookup(ifname=name)[0]
        self.netlink.link("set", index=index, state="up")
        self.netlink.neigh("add", dst=str(address), lladdr=pod_mac, ifindex=index, state=_PERMANENT)
        self.netlink.route("add", dst=f"{address}/32", oif=index, scope=_SCOPE_LINK, prefsrc=str(self.plan.address))
        return pod


def build_nodes() -> tuple[NodeNetwork, ...]:
    """All nodes, connected. Raises OSError or NetlinkError."""
    nodes = tuple(NodeNetwork(plan) for plan in NODES)
    nodes[0].connect(nodes[1])
    for node in nodes:
        (NETNS / f"{node.plan.name}.ready").touch()
    return nodes
