"""Defects in what the area attachment is about: which traffic a route governs, by its parentRefs."""

from __future__ import annotations

from collections.abc import Iterable

from lab.defects import parents
from lab.defects.attachment_ports import DEFECTS as _PORTS
from lab.defects.attachment_rules import DEFECTS as _RULES
from lab.defects.attachment_status import DEFECTS as _STATUS
from lab.defects.attachment_unrouted import DEFECTS as _UNROUTED
from lab.defects.model import Defect, defect
from lab.defects.parents import Worlds, parents_as_read, routes_as_read, sections_as_read
from lab.mesh.world.route import GATEWAY_GROUP, ParentRef, Route
from lab.mesh.world.service import Service
from lab.mesh.world.snapshot import World, endpoints, is_service


def _node_port_refused(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    return () if service.type == "NodePort" else (ref,)


def _several_workloads_refused(world: World, route: Route, ref: ParentRef) -> Iterable[ParentRef]:  # noqa: ARG001
    service = parents.named(world, ref)
    names = {name for name, _ in service.selector} if service is not None else set()
    return () if names and "app" not in names else (ref,)


def _endpointless_refused(world: World, route: Route, ref: ParentRef) -> Iterable[ParentRef]:  # noqa: ARG001
    service = parents.named(world, ref)
    selects_nothing = service is not None and not service.selector and not service.headless
    empty = service is not None and not any(endpoints(world, service.key, port.name) for port in service.ports)
    return () if selects_nothing and empty else (ref,)


def _gateway(ref: ParentRef) -> bool:
    return (ref.group, ref.kind) == (GATEWAY_GROUP, "Gateway")


def _gateway_beside_service(world: World, route: Route) -> bool:  # noqa: ARG001 - part of the signature
    return any(map(_gateway, route.parents)) and any(map(is_service, route.parents))


def _unknown_kind(ref: ParentRef) -> bool:
    return ref.kind == "Service" and ref.group != ""


def _parent(defect_id: str, title: str, breaks: str, cause: str, change: Worlds) -> Defect:
    broken = tuple(f"attachment.{name}" for name in breaks.split())
    return defect(defect_id, title, breaks=broken, cause=cause, world=change)


DEFECTS: tuple[Defect, ...] = (
    _parent(
        "parent-group-defaults-to-core",
        "A parentRef of kind Service without a group attaches to the core Service",
        "parentref-group-default-not-core",
        "The control plane looks at the kind first and fills in the group that belongs to it.",
        parents_as_read(parents.group_defaults_to_core),
    ),
    _parent(
        "parent-kind-ignored",
        "A route for a Gateway attaches to the Service of the same name",
        "parentref-kind-disambiguates",
        "Parents are looked up by namespace and name in one index of everything that routes may attach to.",
        parents_as_read(parents.gateway_is_service),
    ),
    _parent(
        "parent-group-ignored",
        "A Service of a foreign group is taken for the core Service of that name",
        "parentref-kind-disambiguates",
        "The kind is compared without its group, which was the same wherever the author tried it.",
        parents_as_read(parents.any_group),
    ),
    _parent(
        "parent-kind-any-case",
        "The kind of a parentRef is compared without regard to case",
        "parentref-kind-disambiguates",
        "Kinds are put into lower case to look them up in a map of resources, whose names are in lower case.",
        parents_as_read(parents.any_case),
    ),
    _parent(
        "core-group-alias",
        "The group of a parentRef may be spelled core",
        "parentref-group-core-alias",
        "Examples of the documentation spell it so, and a user had copied one.",
        parents_as_read(parents.core_alias),
    ),
    _parent(
        "parentless-route-adopted",
        "A route without parentRefs governs the Service of its own name",
        "route-without-parents-inert",
        "An older API of the mesh had no parents, and routes without any are read as it read them.",
        routes_as_read(parents.by_own_name),
    ),
    _parent(
        "default-gateways-adopt",
        "A route that asks for default Gateways governs the Service of its own name",
        "default-gateway-scope-no-effect",
        "The mesh takes itself for the default Gateway of all Services.",
        routes_as_read(parents.by_default_gateways),
    ),
    _parent(
        "default-gateways-detach",
        "A route that asks for default Gateways is detached from the Services it names",
        "default-gateway-scope-no-effect",
        "Such routes are left to the controller for Gateways as a whole.",
        parents.detached(lambda world, route: bool(route.default_gateways)),  # noqa: ARG005
    ),
    _parent(
        "hostnames-detach",
        "A route with hostnames attaches to no Service",
        "hostnames-ignored",
        "Hostnames are taken for the sign of a route that is meant for a Gateway.",
        parents.detached(lambda world, route: bool(route.sites)),  # noqa: ARG005
    ),
    _parent(
        "missing-gateway-blocks-siblings",
        "A route waiting for its Gateway keeps others with the same backend from taking effect",
        "no-gateway-objects-needed",
        "Backends are resolved once for all their routes, and the attempt ends at the first Gateway that is not there.",
        parents.detached(parents.beside_missing_parent(_gateway)),
    ),
    _parent(
        "unknown-parent-blocks-siblings",
        "A route with a parent of an unknown group takes down those with the same backend",
        "parentref-core-group-empty no-gateway-objects-needed",
        "Routes are grouped by backend, and a group is dropped when one of its members does not convert.",
        parents.detached(parents.beside_missing_parent(_unknown_kind)),
    ),
    _parent(
        "first-service-only",
        "Of several Services that a route names the first is governed",
        "multi-parent-services multi-parent-independent",
        "The translation takes parentRefs[0], as routes for Gateways mostly have one.",
        routes_as_read(parents.one_service(last=False)),
    ),
    _parent(
        "last-service-only",
        "Of several Services that a route names the last is governed",
        "multi-parent-services multi-parent-independent",
        "A loop over the parents writes each result to the same variable.",
        routes_as_read(parents.one_service(last=True)),
    ),
    _parent(
        "first-section-only",
        "Of several ports of one Service that a route names the first is governed",
        "multi-parent-same-service-sections",
        "Parents are kept in a map by kind, namespace and name; the section is no part of the key.",
        routes_as_read(parents.one_section),
    ),
    _parent(
        "sections-mean-all",
        "A route that names two ports of a Service governs all of them",
        "multi-parent-same-service-sections",
        "Equal parents are joined into one for the whole Service, as an optimisation.",
        routes_as_read(parents.all_sections),
    ),
    _parent(
        "node-port-not-a-parent",
        "Services of type NodePort are no parents",
        "nodeport-loadbalancer-parent",
        "The type of the Service is compared with ClusterIP, although the others have a cluster IP as well.",
        sections_as_read(_node_port_refused),
    ),
    _parent(
        "several-workloads-not-a-parent",
        "Services that select by other labels than that of one application are no parents",
        "clusterip-parent-supported",
        "The mesh derives an identity from the application behind a Service, and there has to be one.",
        parents_as_read(_several_workloads_refused),
    ),
    _parent(
        "selectorless-not-a-parent",
        "Services without selector and endpoints are no parents",
        "selectorless-parent",
        "The mesh knows Services by the workloads behind them, and this one has none.",
        parents_as_read(_endpointless_refused),
    ),
    _parent(
        "gateway-beside-service-detaches",
        "A route that names a Gateway does not attach to the Services it names besides",
        "gateway-and-service-parents",
        "Whose route it is was decided once for the whole route, by its first parent.",
        parents.detached(_gateway_beside_service),
    ),
    _parent(
        "external-name-followed",
        "A route for an ExternalName Service governs the Service whose name that stands for",
        "externalname-parent-unsupported",
        "The name is resolved like one that a client dials, and what it leads to gets the rules.",
        parents_as_read(parents.external_name_followed),
    ),
    _parent(
        "headless-fronted",
        "A route for a headless Service governs the addresses of its pods",
        "headless-parent-unsupported",
        "The addresses that the name resolves to are captured, whatever they belong to.",
        parents.headless_fronted,
    ),
    *_PORTS,
    *_RULES,
    *_UNROUTED,
    *_STATUS,
)
