"""Defects in what the area attachment is about: what the status and the API say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lab.admission import Object
from lab.defects.admission import demanding, lacking
from lab.defects.judging import Status, Told, adding, lying
from lab.defects.model import Defect, defect
from lab.defects.parents import named
from lab.mesh.world.route import GATEWAY_GROUP, Match, ParentRef, Route
from lab.mesh.world.service import Service
from lab.mesh.world.snapshot import World

_ACCEPTED = {"Accepted": Told(status=True, reason="Accepted", message="The route governs its parent")}
_PENDING = {"Accepted": Told(status=False, reason="Pending", message="Waiting for a listener")}


def _accepting(when: Callable[[Service, ParentRef], bool]) -> Callable[[World, Route, ParentRef], Mapping[str, Told]]:
    """Accepted is told of references to a Service for which this holds."""

    def lies(world: World, route: Route, parent: ParentRef) -> Mapping[str, Told]:  # noqa: ARG001 - the signature
        service = named(world, parent)
        return _ACCEPTED if service is not None and when(service, parent) else {}

    return lies


def _no_such_port(service: Service, parent: ParentRef) -> bool:
    return parent.port is not None and service.port(parent.port) is None


def _no_such_section(service: Service, parent: ParentRef) -> bool:
    return parent.section_name is not None and parent.section_name not in {port.name for port in service.ports}


def _without_group(world: World, route: Route) -> list[ParentRef]:  # noqa: ARG001 - part of the signature
    return [parent for parent in route.parents if (parent.group, parent.kind) == (GATEWAY_GROUP, "Service")]


def _by_name(world: World, route: Route) -> list[ParentRef]:  # noqa: ARG001 - part of the signature
    if route.parents:
        return []
    raw = {"group": "", "kind": "Service", "name": route.key.name}
    return [ParentRef("", "Service", *route.key, None, None, tuple(raw.items()))]


def _catch_all_pending(world: World, route: Route, parent: ParentRef) -> Mapping[str, Told]:
    everything = bool(route.rules) and all(rule.matches == (Match(),) for rule in route.rules)
    return _PENDING if everything and named(world, parent) else {}


def _section_pending(world: World, route: Route, parent: ParentRef) -> Mapping[str, Told]:  # noqa: ARG001
    return _PENDING if parent.section_name is not None and named(world, parent) else {}


_DISTINCT = (
    "parent-refs-distinct",
    "parent-refs-distinct-by-port",
    "parent-refs-section-name-all-or-none",
    "parent-refs-section-name-and-port-all-or-none",
)


def _service_twice(obj: Object) -> str:
    """The place of the parentRefs if two of them name one object, whatever their sections."""
    names = [(ref.get("namespace"), ref["name"]) for ref in obj["spec"].get("parentRefs") or ()]
    return "spec.parentRefs" if len(set(names)) < len(names) else ""


def _status(defect_id: str, title: str, breaks: str, cause: str, change: Status) -> Defect:
    return defect(defect_id, title, breaks=tuple(breaks.split()), cause=cause, status=change)


DEFECTS: tuple[Defect, ...] = (
    defect(
        "repeated-parents-admitted",
        "Admission lets a route name one parent twice",
        breaks=("attachment.parentrefs-distinct",),
        cause="The mesh installs its own copy of the definitions, without rules that older servers cannot evaluate.",
        admission=lacking("HTTPRoute", *_DISTINCT),
    ),
    defect(
        "two-sections-refused",
        "Admission refuses a route that names two sections of one parent",
        breaks=("attachment.multi-parent-same-service-sections",),
        cause="A webhook of the mesh compares parents by kind and name only.",
        admission=demanding("HTTPRoute", "parents must be distinct", _service_twice),
    ),
    _status(
        "headless-parent-accepted",
        "A route for a headless Service is reported as accepted",
        "attachment.headless-parent-unsupported",
        "Acceptance means that the parent exists.",
        lying(_accepting(lambda service, parent: service.headless)),  # noqa: ARG005
    ),
    _status(
        "external-name-parent-accepted",
        "A route for an ExternalName Service is reported as accepted",
        "attachment.externalname-parent-unsupported",
        "The status is written before the translation finds out that there is no address to attach to.",
        lying(_accepting(lambda service, parent: service.type == "ExternalName")),  # noqa: ARG005
    ),
    _status(
        "unknown-port-accepted",
        "A route for a port that the Service does not have is reported as accepted",
        "attachment.port-not-in-service",
        "The validation of parents knows ports of Gateways only.",
        lying(_accepting(_no_such_port)),
    ),
    _status(
        "unknown-section-accepted",
        "A route for a port name that the Service does not have is reported as accepted",
        "attachment.sectionname-not-in-service",
        "The sectionName is evaluated in the proxy, far from where the status is written.",
        lying(_accepting(_no_such_section)),
    ),
    _status(
        "groupless-parent-accepted",
        "A parentRef of kind Service without a group is reported as accepted",
        "attachment.parentref-group-default-not-core",
        "Whether a parent is the mesh's own is decided by its kind.",
        adding(_without_group),
    ),
    _status(
        "parentless-route-accepted",
        "A route without parentRefs is reported as accepted by the Service of its own name",
        "attachment.route-without-parents-inert",
        "A default parent is filled in where the status is computed.",
        adding(_by_name),
    ),
    _status(
        "catch-all-pending",
        "A route whose rules have no matches is never reported as accepted",
        "status.accepted-true",
        "It counts as incomplete, since an editor would have filled in the default path.",
        lying(_catch_all_pending),
    ),
    _status(
        "section-pending",
        "A route with a sectionName is never reported as accepted",
        "status.accepted-true",
        "The status waits for a listener of that name, while the traffic follows the Service's port.",
        lying(_section_pending),
    ),
)
