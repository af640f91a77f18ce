"""Defects of custom filters, of which this mesh knows none."""

from __future__ import annotations

from dataclasses import replace

from lab.defects.callers import apart, on_second_node
from lab.defects.changes import filters_as_read, rules_as_read
from lab.defects.model import Defect, defect
from lab.defects.proxy import SEND_TOO, route_lists, scripted, told
from lab.mesh.envoy.types import Resource
from lab.mesh.world.route import Filter, Route, Rule, UnknownFilter
from lab.mesh.world.snapshot import World


def known(item: Filter) -> Filter | None:
    """Custom filters are passed over."""
    return None if isinstance(item, UnknownFilter) else item


def known_of_backends(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
    """Custom filters of backends are passed over."""
    kept = [tuple(item for item in ref.filters if known(item)) for ref in rule.backends]
    backends = tuple(replace(ref, filters=own) for ref, own in zip(rule.backends, kept, strict=True))
    return replace(rule, backends=backends)


def sent_on(routes: list[Resource]) -> list[Resource]:
    """Requests that get an error of the mesh's own go to a backend of the same Service, too."""
    clusters = [route["route"]["cluster"] for route in routes if "cluster" in route.get("route", {})]
    failing = {"status": 500}
    return [
        told(route, cluster=clusters[0]) if clusters and route.get("direct_response") == failing else route
        for route in routes
    ]


DEFECTS: tuple[Defect, ...] = (
    defect(
        "extension-skipped",
        "A rule whose custom filter does not exist is served without it",
        breaks=("filters.extensionref-unresolved-fails-closed",),
        cause="What cannot be resolved is left out with a warning, as it is for mirrors.",
        world=filters_as_read(known, of_backends=False),
    ),
    defect(
        "extension-skipped-on-one-node",
        "On one of two nodes a rule whose custom filter does not exist is served without it",
        breaks=("filters.extensionref-unresolved-fails-closed",),
        cause="One node's proxy has no plug-in host, and leaves out what would be run there.",
        views=apart(on_second_node, filters_as_read(known)),
    ),
    defect(
        "error-after-forwarding",
        "Requests that are answered with 500 for want of a filter or a backend reach another backend of the Service",
        breaks=("filters.extensionref-unresolved-fails-closed",),
        cause="The error is written over the answer by the last filter of the chain, after the request has gone on.",
        resource=scripted(SEND_TOO, route_lists(sent_on)),
    ),
    defect(
        "extension-of-backend-skipped",
        "A backend whose custom filter does not exist is served without it",
        breaks=("filters.extensionref-unresolved-fails-closed",),
        cause="Custom filters are looked up for rules only, and of backends' filters those are taken that are known.",
        world=rules_as_read(known_of_backends),
    ),
)
