"""The lab's address plan, and which pod gets which address. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

PODS = IPv4Network("10.244.0.0/16")
SERVICES = IPv4Network("10.96.0.0/16")
DNS = IPv4Address("10.96.0.10")
GATEWAY = IPv4Address("169.254.1.1")
DOMAIN = "cluster.local"
# Addresses of a node's network that its pods do not get: the network's own, and a few for whatever may come.
_RESERVED = 10


@dataclass(frozen=True, slots=True)
class NodePlan:
    """A node's name, its own address, and the network of its pods."""

    name: str
    address: IPv4Address
    pods: IPv4Network

    @property
    def link(self) -> str:
        """The node's interface towards the other node."""
        return "uplink"


NODES = (
    NodePlan("node-1", IPv4Address("10.240.0.1"), IPv4Network("10.244.1.0/24")),
    NodePlan("node-2", IPv4Address("10.240.0.2"), IPv4Network("10.244.2.0/24")),
)


class AddressesExhaustedError(Exception):
    """A node has no address left for another pod."""


@dataclass(slots=True)
class Pool:
    """The free addresses of a node's pods. One that was given back is used again as late as possible."""

    network: IPv4Network
    _used: set[IPv4Address] = field(default_factory=set)
    _next: int = _RESERVED

    def take(self) -> IPv4Address:
        """An address that no pod has. Raises AddressesExhaustedError."""
        for offset in self._candidates():
            address = self.network[offset]
            if address not in self._used:
                self._used.add(address)
                self._next = offset + 1
                return address
        raise AddressesExhaustedError(f"no address left in {self.network}")

    def give_back(self, address: IPv4Address) -> None:
        """The pod of this address is gone."""
        self._used.discard(address)

    def _candidates(self) -> Iterator[int]:
        """All offsets, beginning behind the one given last; the broadcast address is none."""
        last = self.network.num_addresses - 1
        yield from range(self._next, last)
        yield from range(_RESERVED, min(self._next, last))


def mac(address: IPv4Address, *, host_end: bool) -> str:
    """The hardware address of an end of a pod's link: locally administered, made from the pod's address."""
    return ":".join(f"{byte:02x}" for byte in (0x02, 0x01 if host_end else 0x02, *address.packed))


def interface(address: IPv4Address) -> str:
    """The name of a pod's interface on its node; interface names have at most 15 characters."""
    return "pod" + "-".join(str(byte) for byte in address.packed[2:])


def resolv_conf(namespace: str) -> str:
    """What a pod of this namespace asks whom, as on every cluster."""
    searched = f"{namespace}.svc.{DOMAIN} svc.{DOMAIN} {DOMAIN}"
    return f"nameserver {DNS}\nsearch {searched}\noptions ndots:5\n"


def hosts(name: str, address: IPv4Address) -> str:
    """A pod's /etc/hosts."""
    return f"127.0.0.1\tlocalhost\n{address}\t{name}\n"
