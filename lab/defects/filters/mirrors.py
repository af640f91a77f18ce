"""Defects of mirrors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lab.defects.changes import forwards, rules_as_read
from lab.defects.filters.mirror_scripts import AS_A_GET, BEFORE_EVERYTHING, WAITED_FOR
from lab.defects.filters.mirror_shares import all_copied, numerator_as_percent, per_mille, sampled, zero_unset
from lab.defects.filters.mirror_status import spoiling, unreported
from lab.defects.model import Defect, defect
from lab.defects.proxy import each_route, scripted, sometimes, told
from lab.mesh.envoy.types import Resource
from lab.mesh.model.actions import Forward, MirrorTo
from lab.mesh.model.attachment import Refusal
from lab.mesh.model.backends import resolve_backend
from lab.mesh.model.decisions import Resources, Worlds
from lab.mesh.model.sessions import cluster_endpoints
from lab.mesh.world.route import Filter, Mirror, Route, Rule
from lab.mesh.world.snapshot import World


def mirrored(script: str, **facts: Any) -> Resources:
    """Copies are made by a script instead."""

    def change(route: Resource) -> Resource:
        policies = route.get("route", {}).get("request_mirror_policies")
        if not policies:
            return route
        action = {name: value for name, value in route["route"].items() if name != "request_mirror_policies"}
        return told({**route, "route": action}, mirror=policies[0]["cluster"], **facts)

    return scripted(script, each_route(change))


def mirrors(change: Callable[[Mirror, int, int], Mirror | None]) -> Worlds:
    """Each mirror of a rule is read as another one, or not seen; `change` is told which of how many it is."""

    def changed(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
        count = sum(isinstance(item, Mirror) for item in rule.filters)
        made: list[Filter] = []
        index = 0
        for item in rule.filters:
            if isinstance(item, Mirror):
                read = change(item, index, count)
                made += [read] if read else []
                index += 1
            else:
                made.append(item)
        return replace(rule, filters=tuple(made))

    return rules_as_read(changed)


def shares_of(change: Callable[[Mirror], Mirror]) -> Worlds:
    """The share of every mirror is read as another."""
    return mirrors(lambda mirror, index, count: change(mirror))  # noqa: ARG005 - part of the signature


def of_all_rules(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
    """A mirror of one rule copies the requests of all rules of its route."""
    found = [item for each in route.rules if each is not rule for item in each.filters if isinstance(item, Mirror)]
    return replace(rule, filters=(*rule.filters, *found))


def mirrors_last(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
    """Mirrors are taken to stand behind all other filters."""
    return replace(rule, filters=tuple(sorted(rule.filters, key=lambda item: isinstance(item, Mirror))))


def missing(world: World, mirror: Mirror) -> bool:
    """Whether there is no such Service."""
    return isinstance(resolve_backend(world, mirror.backend), Refusal)


def empty(world: World, mirror: Mirror) -> bool:
    """Whether the Service is there and has no endpoints."""
    found = resolve_backend(world, mirror.backend)
    return not isinstance(found, Refusal) and not cluster_endpoints(world, found)


def fails_with(bad: Callable[[World, Mirror], bool]) -> Callable[[World, Route, Rule], Rule]:
    """A rule with such a mirror has no backends left."""

    def changed(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
        found = [item for item in rule.filters if isinstance(item, Mirror)]
        return replace(rule, backends=()) if any(bad(world, mirror) for mirror in found) else rule

    return changed


def answering(action: Forward) -> Forward:
    """The mirror answers the client, and the backend gets the copy."""
    if not action.mirrors:
        return action
    first, *rest = action.mirrors
    return replace(action, cluster=first.cluster, mirrors=(MirrorTo(action.cluster, 1, 1), *rest))


def twice(action: Forward) -> Forward:
    """Every copy is sent twice, to two endpoints where there are."""
    return replace(action, mirrors=action.mirrors * 2)


def answered_by_mirror(route: Resource) -> Resource | None:
    """The route with backend and mirror exchanged."""
    policies = route.get("route", {}).get("request_mirror_policies")
    if not policies:
        return None
    backend, mirror = route["route"]["cluster"], policies[0]["cluster"]
    exchanged = [{**policies[0], "cluster": backend}, *policies[1:]]
    return {**route, "route": {**route["route"], "cluster": mirror, "request_mirror_policies": exchanged}}


DEFECTS: tuple[Defect, ...] = (
    defect(
        "mirror-of-all-rules",
        "A mirror of one rule copies the requests of all rules of its route",
        breaks=("filters.mirror-copies-request",),
        cause="The proxy's mirror policy is set for the virtual host that a route becomes.",
        world=rules_as_read(of_all_rules),
    ),
    defect(
        "mirror-answers",
        "The client gets the answer of the mirror",
        breaks=("filters.mirror-copies-request", "filters.mirror-response-ignored"),
        cause="Mirroring is built from a proxy's fan-out, which hands back the answer of the last target.",
        rules=forwards(answering),
    ),
    defect(
        "mirror-answers-at-times",
        "For three requests in ten the client gets the answer of the mirror",
        breaks=("filters.mirror-copies-request", "filters.mirror-response-ignored"),
        cause="The original and the copy race, and whichever is answered first is handed back.",
        resource=sometimes(30, answered_by_mirror),
    ),
    defect(
        "mirror-copies-twice",
        "A mirror gets every request twice, at two endpoints",
        breaks=("filters.mirror-single-endpoint",),
        cause="The proxies on both sides of a connection know the route, and both copy.",
        rules=forwards(twice),
    ),
    defect(
        "mirror-copies-as-get",
        "The copy for the mirror is a GET request without a body, whatever the request is",
        breaks=("filters.mirror-copies-request",),
        cause="The copy is made by a script that knows the address of the request and nothing else of it.",
        resource=mirrored(AS_A_GET),
    ),
    defect(
        "mirror-copies-original",
        "A mirror that stands after a rewrite gets the request as it came",
        breaks=("filters.order",),
        cause="Mirrors are a filter at the beginning of the proxy's chain, rewrites happen at its end.",
        resource=mirrored(BEFORE_EVERYTHING),
    ),
    defect(
        "mirror-copies-rewritten",
        "A mirror that stands before a rewrite gets the request as the backend gets it",
        breaks=("filters.order",),
        cause="The proxy copies requests when it sends them, after all filters, and nobody compares the order.",
        world=rules_as_read(mirrors_last),
    ),
    defect(
        "mirror-waited-for",
        "The client waits for the answer of the mirror",
        breaks=("filters.mirror-response-ignored",),
        cause="The copy is sent by a call that returns with the answer, before the request goes on.",
        resource=mirrored(WAITED_FOR, minds="nothing"),
    ),
    defect(
        "mirror-error-returned",
        "The client gets an error when the mirror answers with one",
        breaks=("filters.mirror-response-ignored",),
        cause="The results of both calls go through the same check.",
        resource=mirrored(WAITED_FOR, minds="errors"),
    ),
    defect(
        "mirror-breaks-request",
        "The client gets an error when the connection to the mirror breaks",
        breaks=("filters.mirror-response-ignored",),
        cause="Both copies share a stream's state, and a reset of one of them ends it.",
        resource=mirrored(WAITED_FOR, minds="breaks"),
    ),
    defect(
        "mirror-empty-fails-rule",
        "A rule whose mirror has no endpoints answers with an error",
        breaks=("filters.mirror-response-ignored",),
        cause="A rule is ready when all its clusters have endpoints, and mirrors are clusters.",
        world=rules_as_read(fails_with(empty)),
    ),
    defect(
        "mirror-missing-fails-rule",
        "A rule whose mirror does not exist answers with an error",
        breaks=("filters.mirror-invalid-backend",),
        cause="Every reference that does not resolve makes its rule answer with 500, whatever it is for.",
        world=rules_as_read(fails_with(missing)),
    ),
    defect(
        "mirror-missing-unreported",
        "A mirror that does not exist is not mentioned in the status",
        breaks=("filters.mirror-invalid-backend", "status.backend-not-found"),
        cause="References are resolved twice, for traffic and for status, and the second place knows backends only.",
        status=unreported,
    ),
    defect(
        "mirror-ignored-silently",
        "Mirrors have no effect, and routes with one are accepted",
        breaks=("filters.unsupported-filter-not-silent", "filters.mirror-copies-request"),
        cause="A filter of a type that the translation does not know falls through its switch.",
        ignored=frozenset({"HTTPRouteRequestMirror"}),
    ),
    defect(
        "mirror-spoils-other-routes",
        "Beside a route with a mirror no other route of the same Service is accepted",
        breaks=("status.accepted-true",),
        cause="All routes of a Service are translated together, and one that fails fails them all.",
        status=spoiling,
    ),
    defect(
        "mirror-first-only",
        "Of several mirrors the first gets copies",
        breaks=("filters.mirror-multiple",),
        cause="The proxy has a field for one mirror, and the first is put there.",
        world=mirrors(lambda mirror, index, count: mirror if index == 0 else None),  # noqa: ARG005
    ),
    defect(
        "mirror-last-only",
        "Of several mirrors the last gets copies",
        breaks=("filters.mirror-multiple",),
        cause="Filters are kept by their type, and each replaces the one before.",
        world=mirrors(lambda mirror, index, count: mirror if index == count - 1 else None),
    ),
    defect(
        "mirror-sampled",
        "Without a share one request in ten is not copied",
        breaks=("filters.mirror-percent-fraction", "filters.mirror-copies-request"),
        cause="Copies that find the pool of connections to the mirror busy are dropped.",
        world=shares_of(sampled),
    ),
    defect(
        "mirror-share-ignored",
        "Every request is copied, whatever share is set",
        breaks=("filters.mirror-percent-fraction",),
        cause="The fields for the share came later than the filter, and are not read.",
        world=shares_of(all_copied),
    ),
    defect(
        "mirror-percent-per-mille",
        "The percentage of a mirror is read as so many in a thousand",
        breaks=("filters.mirror-percent-fraction",),
        cause="The proxy counts in thousandths here, and nobody multiplied.",
        world=shares_of(per_mille),
    ),
    defect(
        "mirror-fraction-as-percent",
        "The denominator of a mirror's fraction is taken for 100",
        breaks=("filters.mirror-percent-fraction",),
        cause="The default of the denominator is 100, and so is a constant in the translation.",
        world=shares_of(numerator_as_percent),
    ),
    defect(
        "mirror-zero-unset",
        "A mirror with zero percent gets every request",
        breaks=("filters.mirror-zero-percent",),
        cause="Zero is the zero value of the field, and taken for one that is not set.",
        world=shares_of(zero_unset),
    ),
)
