"""Listeners of Service ports whose connections are governed by TCPRoutes or TLSRoutes, for some callers at least.

A connection is decided on once, when it begins: by the caller's address and, for TLS, by the name that the client says.
So the filter chains of a listener may depend on routes here, and connections that exist stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab.mesh.envoy.clusters import socket_address
from lab.mesh.envoy.listeners import (
    HTTP_INSPECTOR,
    SNIFFED_HTTP,
    http_filter,
    listener_filters,
    split_filter,
    tcp_filter,
)
from lab.mesh.envoy.types import Resource, typed
from lab.mesh.model.connections import REJECT, ConnectionRules, ConnectionTable, Split, best_split
from lab.mesh.model.ports import Protocol

# No cluster has this name, and a connection to a cluster that does not exist is closed at once.
_NOWHERE = "nowhere"
_TLS_INSPECTOR: Resource = {
    "name": "tls_inspector",
    "typed_config": typed("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"),
}
_TLS: Resource = {"transport_protocol": "tls"}


@dataclass(frozen=True, slots=True)
class Callers:
    """Callers that are treated alike, by address; no addresses: everybody else."""

    addresses: tuple[str, ...]
    table: ConnectionTable | None


def callers(
    rules: ConnectionRules, addresses: Mapping[str, tuple[str, ...]], outsiders: tuple[str, ...]
) -> tuple[Callers, ...]:
    """Who is told apart: consumer namespaces, those outside the mesh (who get the plain Service), everybody else.

    Who is treated like everybody else is left to them, so that a new pod changes as little as can be.
    """
    named = [(addresses.get(name, ()), table) for name, table in rules.consumers]
    apart = [Callers(found, table) for found, table in (*named, (outsiders, None)) if found and table != rules.producer]
    return (*apart, Callers((), rules.producer))


@dataclass(frozen=True, slots=True)
class GovernedPort:
    """A Service port with such routes; `cluster` holds the Service's own endpoints."""

    address: str
    port: int
    protocol: Protocol
    cluster: str
    callers: tuple[Callers, ...]

    @property
    def name(self) -> str:
        """The name of the listener, and of the route configuration for what is read as HTTP."""
        return f"{self.address}:{self.port}"


def governed_listener(port: GovernedPort) -> Resource:
    """The listener of such a port.

    Envoy looks at the name, then at TLS or not, then at the protocol inside, then at the source, and never goes back.
    So every combination of conditions that one caller needs is written out for all of them.
    """
    names = sorted({name for each in port.callers if each.table for name, _ in each.table.names} - {""})
    looks_at_tls = any(each.table and each.table.names for each in port.callers)
    filters = [_TLS_INSPECTOR] if looks_at_tls else []
    if port.protocol is Protocol.SNIFFED:
        filters.append(HTTP_INSPECTOR)
    chains = [
        _chain(conditions, each.addresses, chosen)
        for each in port.callers
        for conditions, chosen in _cases(port, each.table, names, tls=looks_at_tls)
    ]
    resource: Resource = {"name": port.name, "address": socket_address(port.address, port.port)}
    return resource | {"filter_chains": chains} | (listener_filters(*filters) if filters else {})


def _chain(conditions: Resource, addresses: Sequence[str], chosen: Resource) -> Resource:
    sources = [{"address_prefix": address, "prefix_len": 32} for address in addresses]
    matched = conditions | ({"source_prefix_ranges": sources} if sources else {})
    return {"filter_chain_match": matched, "filters": [chosen]} if matched else {"filters": [chosen]}


def _cases(
    port: GovernedPort, table: ConnectionTable | None, names: Sequence[str], *, tls: bool
) -> Iterator[tuple[Resource, Resource]]:
    """All conditions that this listener tells apart, each with the filter that one kind of caller meets there."""
    plain = tcp_filter(port.name, port.cluster)
    http = plain if port.protocol is Protocol.TCP else http_filter(port.name)
    unread = http if port.protocol is Protocol.HTTP else plain
    for name in (*names, "") if tls else ():
        conditions = {"server_names": [name]} if name else _TLS
        yield conditions, _split(port, best_split(table, name)) if table else unread
    raw = unread if table is None else _split(port, table.all or REJECT)
    if port.protocol is Protocol.SNIFFED:
        yield SNIFFED_HTTP, http if table is None else raw
    yield {}, raw


def _split(port: GovernedPort, split: Split) -> Resource:
    return split_filter(
        port.name, [(weight, str(cluster) if cluster else _NOWHERE) for weight, cluster in split.shares]
    )
