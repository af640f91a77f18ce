"""Defects in what the area frontend-backend is about: the names and addresses of a frontend."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from lab.defects import frontends
from lab.defects.frontends import (
    NOT_FOUND,
    Place,
    Rules,
    each_table,
    each_ungoverned,
    entry,
    escaping,
    guarded,
    host_is,
)
from lab.defects.model import Defect, defect
from lab.mesh.model.actions import Entry, RuleTable, Share
from lab.mesh.world.route import Match
from lab.mesh.world.service import Service, ServicePort

_HTTP_PORT = 80


def _spelled(suffix: str) -> Callable[[Place], Iterable[Match]]:
    """Requests whose Host is the name of the Service with its namespace and this."""
    return lambda place: host_is(*frontends.alternatives(place, host=place.host + suffix))


def _short(place: Place) -> Iterable[Match]:
    return host_is(*frontends.alternatives(place, host=place.service.key.name))


def _written_port(place: Place) -> Iterable[Match]:
    return host_is(f"{place.host}:{place.port.port}") if place.port.port == _HTTP_PORT else ()


def _literal(place: Place) -> Iterable[Match]:
    return host_is(*frontends.alternatives(place, host=place.service.cluster_ip))


def _capitals(place: Place) -> Iterable[Match]:  # noqa: ARG001 - part of the signature
    """A name with a letter in upper case before its first dot."""
    return host_is(r"[^.]*[A-Z][^.]*(\..*)?", regex=True)


def _others(place: Place) -> list[tuple[str, Service, ServicePort]]:
    """Other Services of the namespace at the same port, by the name that a Host header has for them."""
    return [
        (f"{key.name}.{key.namespace}", *found)
        for key in sorted(place.world.services)
        if key.namespace == place.service.key.namespace and key != place.service.key
        if (found := frontends.sibling(place, key.name))
    ]


def _to_named_service(place: Place, table: RuleTable) -> RuleTable:
    """A Host header that names another Service, one without a route, leads to that."""
    routed = place.world.routes_by_parent
    other = tuple(
        entry(match, Share(1, frontends.plain_of(service, port)))
        for host, service, port in _others(place)
        if service.key not in routed
        for match in host_is(host)
    )
    return replace(table, entries=(*other, *table.entries))


def _rules_of_named_service(place: Place) -> RuleTable | None:
    """A Host header that names a Service with a route attracts its rules."""
    attracted: list[Entry] = []
    for host, service, port in _others(place):
        table = frontends.producer_table(place.world, service, port)
        if table is not None:
            [guard] = host_is(host)
            attracted += guarded(table, guard, NOT_FOUND).entries
    return RuleTable(tuple(attracted), place.plain) if attracted else None


def _rules(defect_id: str, title: str, breaks: str, cause: str, change: Rules) -> Defect:
    broken = tuple(name if "." in name else f"frontend-backend.{name}" for name in breaks.split())
    return defect(defect_id, title, breaks=broken, cause=cause, rules=change)


DEFECTS: tuple[Defect, ...] = (
    _rules(
        "short-name-escapes",
        "Requests under the short name of a Service escape its routes",
        "all-dns-forms attachment.transparent-to-clients",
        "The list of hosts that a virtual host stands for begins with the name and its namespace.",
        escaping(_short),
    ),
    _rules(
        "svc-name-escapes",
        "Requests under the name of a Service that ends in .svc escape its routes",
        "all-dns-forms",
        "The list of hosts has the short forms and the full one, and not the one between.",
        escaping(_spelled(".svc")),
    ),
    _rules(
        "full-name-escapes",
        "Requests under the full name of a Service escape its routes",
        "all-dns-forms",
        "The suffix of the cluster was configured, and is compared with a final dot.",
        escaping(_spelled(".svc.cluster.local")),
    ),
    _rules(
        "written-port-escapes",
        "Requests whose Host header has the default port written out escape the routes",
        "all-dns-forms",
        "Hosts are listed with their port except for port 80, which nobody writes.",
        escaping(_written_port),
    ),
    _rules(
        "literal-address-escapes",
        "Requests whose Host header is the cluster IP escape the routes of the Service",
        "dial-cluster-ip-literal",
        "The virtual host is chosen by the Host header, and knows names only.",
        escaping(_literal),
    ),
    _rules(
        "capitals-escape",
        "Requests whose Host header has the name in capitals escape the routes",
        "all-dns-forms",
        "Hosts are compared byte by byte.",
        escaping(_capitals),
    ),
    _rules(
        "host-header-escapes",
        "A Host header that names a Service without routes leads there, whatever address was dialled",
        "match-by-cluster-ip",
        "The node has one listener for all Services, and looks for the Service in the Host header.",
        each_table(_to_named_service),
    ),
    _rules(
        "host-header-attracts",
        "A Host header that names a Service attracts its rules, whatever address was dialled",
        "host-header-does-not-attract match-by-cluster-ip",
        "Traffic to Services without routes passes a virtual host for any name that is known.",
        each_ungoverned(_rules_of_named_service),
    ),
)
