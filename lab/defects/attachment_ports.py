"""Defects in what the area attachment is about: which ports of its Service a parentRef means."""

from __future__ import annotations

from collections.abc import Iterable

from lab.defects.model import Defect, defect
from lab.defects.parents import Worlds, all_ports, nowhere, ports_named, sections_as_read
from lab.mesh.world.route import ParentRef
from lab.mesh.world.service import Service


def _has_port(service: Service, ref: ParentRef) -> bool:
    return any(ref.port == port.port for port in service.ports)


def _has_section(service: Service, ref: ParentRef) -> bool:
    return any(ref.section_name == port.name for port in service.ports)


def _pair(ref: ParentRef) -> bool:
    return ref.port is not None and ref.section_name is not None


def _port_ignored(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    known = ref.section_name is None and _has_port(service, ref)
    return all_ports(service, ref) if known else (ref,)


def _unknown_port_ignored(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    unknown = ref.port is not None and not _has_port(service, ref)
    return all_ports(service, ref) if unknown else (ref,)


def _unknown_port_means_last(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    unknown = ref.port is not None and not _has_port(service, ref)
    return ports_named(service, lambda port: port == service.ports[-1], ref) if unknown else (ref,)


def _port_is_target(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    only_port = ref.port is not None and ref.section_name is None
    return ports_named(service, lambda port: port.target == ref.port, ref) if only_port else (ref,)


def _section_ignored(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    known = ref.port is None and _has_section(service, ref)
    return all_ports(service, ref) if known else (ref,)


def _unknown_section_ignored(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    unknown = ref.section_name is not None and not _has_section(service, ref)
    return all_ports(service, ref) if unknown else (ref,)


def _section_by_prefix(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    wanted = ref.section_name
    if wanted is None or ref.port is not None:
        return (ref,)
    return ports_named(service, lambda port: port.name.startswith(wanted), ref)


def _either(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    if not _pair(ref):
        return (ref,)
    return ports_named(service, lambda port: port.port == ref.port or port.name == ref.section_name, ref)


def _section_overrides(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    return ports_named(service, lambda port: port.name == ref.section_name, ref) if _pair(ref) else (ref,)


def _port_overrides(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    return ports_named(service, lambda port: port.port == ref.port, ref) if _pair(ref) else (ref,)


def _pair_unsupported(service: Service, ref: ParentRef) -> Iterable[ParentRef]:  # noqa: ARG001 - part of the signature
    return (nowhere(ref),) if _pair(ref) else (ref,)


def _pair_means_all(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    agree = any((port.port, port.name) == (ref.port, ref.section_name) for port in service.ports)
    return all_ports(service, ref) if _pair(ref) and agree else (ref,)


def _open(ref: ParentRef) -> bool:
    return ref.port is None and ref.section_name is None


def _omitted_means_first(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    return ports_named(service, lambda port: port == service.ports[0], ref) if _open(ref) else (ref,)


def _omitted_means_last(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    return ports_named(service, lambda port: port == service.ports[-1], ref) if _open(ref) else (ref,)


def _unnamed_port_unknown(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    return ports_named(service, lambda port: port.name != "", ref) if _open(ref) else (ref,)


def _parent(defect_id: str, title: str, breaks: str, cause: str, change: Worlds) -> Defect:
    broken = tuple(f"attachment.{name}" for name in breaks.split())
    return defect(defect_id, title, breaks=broken, cause=cause, world=change)


DEFECTS: tuple[Defect, ...] = (
    _parent(
        "parent-port-ignored",
        "A route for one port number governs every port of the Service",
        "port-specific port-other-ports-default",
        "The field is experimental for Gateways, and was left out of the mesh's own types.",
        sections_as_read(_port_ignored),
    ),
    _parent(
        "unknown-port-ignored",
        "A port number that the Service does not have means all of its ports",
        "port-not-in-service",
        "The search for the port returns nothing, and nothing means all.",
        sections_as_read(_unknown_port_ignored),
    ),
    _parent(
        "unknown-port-means-last",
        "A port number that the Service does not have means its last port",
        "port-not-in-service",
        "The loop that looks for the port ends with the last one in its variable.",
        sections_as_read(_unknown_port_means_last),
    ),
    _parent(
        "parent-port-is-target-port",
        "The port of a parentRef is compared with the port of the pods",
        "port-specific",
        "The proxy of the pod knows target ports only, and the number is compared there.",
        sections_as_read(_port_is_target),
    ),
    _parent(
        "section-name-ignored",
        "A route for one port name governs every port of the Service",
        "sectionname-service-port-name",
        "A sectionName is read as the name of a listener, which a Service does not have.",
        sections_as_read(_section_ignored),
    ),
    _parent(
        "unknown-section-ignored",
        "A sectionName that the Service does not have means all of its ports",
        "sectionname-not-in-service",
        "A lookup that fails leaves the selector empty, and an empty selector selects everything.",
        sections_as_read(_unknown_section_ignored),
    ),
    _parent(
        "section-name-by-prefix",
        "A sectionName also selects the ports whose names it begins",
        "sectionname-service-port-name multi-parent-same-service-sections",
        "Port names have a protocol prefix in this mesh, and are compared by their beginning for its sake.",
        sections_as_read(_section_by_prefix),
    ),
    _parent(
        "either-port-or-section",
        "Where port and sectionName are given, one of them is enough",
        "port-and-sectionname-conjunction",
        "The two conditions are joined by the wrong operator.",
        sections_as_read(_either),
    ),
    _parent(
        "section-overrides-port",
        "Where port and sectionName are given, the port is ignored",
        "port-and-sectionname-conjunction",
        "The name is the newer field and was meant to replace the number.",
        sections_as_read(_section_overrides),
    ),
    _parent(
        "port-overrides-section",
        "Where port and sectionName are given, the sectionName is ignored",
        "port-and-sectionname-conjunction",
        "The name is looked at only where there is no number.",
        sections_as_read(_port_overrides),
    ),
    _parent(
        "pair-unsupported",
        "A parentRef with both port and sectionName attaches to nothing",
        "port-and-sectionname-conjunction",
        "A validation from the time when the two excluded each other is still there.",
        sections_as_read(_pair_unsupported),
    ),
    _parent(
        "pair-means-all",
        "A parentRef with both port and sectionName governs the whole Service",
        "port-and-sectionname-conjunction",
        "A parentRef that is neither only a number nor only a name falls into the branch for the whole Service.",
        sections_as_read(_pair_means_all),
    ),
    _parent(
        "omitted-port-means-first",
        "A route that names no port governs the first port of its Service",
        "port-omitted-all-ports",
        "A missing number is zero, and zero is used as an index.",
        sections_as_read(_omitted_means_first),
    ),
    _parent(
        "omitted-port-means-last",
        "A route that names no port governs the last port of its Service",
        "port-omitted-all-ports",
        "One entry a Service is kept, and each of its ports overwrites the one before.",
        sections_as_read(_omitted_means_last),
    ),
    _parent(
        "unnamed-port-not-governed",
        "Ports without a name are governed by no route",
        "port-omitted-all-ports",
        "Ports are matched by name, and an empty one counts as missing.",
        sections_as_read(_unnamed_port_unknown),
    ),
)
