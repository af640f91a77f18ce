"""Defects in what the area frontend-backend is about: which frontend was dialled, and what is behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from lab.defects import frontends
from lab.defects.frontend_names import DEFECTS as _NAMES
from lab.defects.frontends import (
    Place,
    Rules,
    each_table,
    each_ungoverned,
    entry,
)
from lab.defects.model import Defect, defect
from lab.defects.tables import LATER
from lab.mesh.model.actions import ClusterKey, Entry, Forward, FrontendRules, RuleTable, Share
from lab.mesh.world.route import Match, PathKind
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World

_EVERYTHING = Match()


def _own_table(world: World, forward: Forward) -> RuleTable | None:
    """The rules of the Service that a request is forwarded to."""
    service = world.services.get(forward.cluster.service)
    port = service.port(forward.cluster.port) if service else None
    return frontends.producer_table(world, service, port) if service and port else None


def _only_forward(found: Entry) -> Forward | None:
    action = found.shares[0].action
    return action if len(found.shares) == 1 and isinstance(action, Forward) else None


def _chained(chain: Callable[[Entry, RuleTable], Iterable[Entry]]) -> Rules:
    """A rule for every request that forwards to another Service with rules meets those as well."""

    def change(place: Place, table: RuleTable) -> RuleTable:
        made: list[Entry] = []
        for each in table.entries:
            forward = _only_forward(each) if each.match == _EVERYTHING else None
            other = forward and forward.cluster.service != place.service.key and _own_table(place.world, forward)
            made += chain(each, other) if other else (each,)
        return replace(table, entries=tuple(made))

    return each_table(change)


def _rerouted(found: Entry, table: RuleTable) -> Iterable[Entry]:
    return (*table.entries, found)


def _rejected_again(found: Entry, table: RuleTable) -> Iterable[Entry]:
    passed = tuple(replace(each, shares=found.shares) for each in table.entries)
    return (*passed, entry(_EVERYTHING, Share(1, table.unmatched)))


def _edited_twice(found: Entry, own: ClusterKey) -> Entry:
    """The filters of a rule run twice on what it forwards to its own Service."""

    def share(each: Share) -> Share:
        action = each.action
        if not isinstance(action, Forward) or action.cluster != own:
            return each
        return replace(each, action=replace(action, request=(*action.request, *action.request)))

    return replace(found, shares=tuple(map(share, found.shares)))


def _entered_twice(place: Place, table: RuleTable) -> RuleTable:
    own = ClusterKey(place.service.key, place.port.port)
    entries = tuple(each if each.match == _EVERYTHING else _edited_twice(each, own) for each in table.entries)
    return replace(table, entries=entries)


def _entered_twice_later(place: Place, table: RuleTable) -> RuleTable:
    own = ClusterKey(place.service.key, place.port.port)
    later = (
        replace(_edited_twice(each, own), match=_on_used_connection(each.match))
        for each in table.entries
        if each.match != _EVERYTHING
    )
    return replace(table, entries=(*later, *table.entries))


def _on_used_connection(match: Match) -> Match:
    return replace(match, headers=(*match.headers, LATER))


def _catch_all_once(place: Place, table: RuleTable) -> RuleTable:
    """A rule for every request is asked for the first request of a connection."""
    made: list[Entry] = []
    for each in table.entries:
        escapes = [entry(_on_used_connection(each.match), Share(1, place.plain))] if each.match == _EVERYTHING else []
        made += [*escapes, each]
    return replace(table, entries=tuple(made))


def _alias(place: Place) -> tuple[Service, ServicePort] | None:
    """The Service with the same pods whose name is this one's without its last part."""
    names = frontends.shorter_names(place)
    found = frontends.sibling(place, names[0]) if names else None
    return found if found and found[0].selector == place.service.selector else None


def _rules_of_same_pods(place: Place) -> RuleTable | None:
    found = _alias(place)
    table = found and frontends.producer_table(place.world, *found)
    return RuleTable(table.entries, place.plain) if table else None


def _alias_replaces(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:
    """A Service loses its rules to another with the same pods that has none."""
    aliases = (
        other
        for key, other in world.services.items()
        if key.namespace == service.key.namespace and key.name.startswith(f"{service.key.name}-")
    )
    lost = any(
        other.selector == service.selector and other.key not in world.routes_by_parent and other.port(port.port)
        for other in aliases
    )
    return replace(rules, producer=None) if lost and service.selector else rules


def _backend_only(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:  # noqa: ARG001
    """A Service that another's route forwards to has no rules of its own."""
    used = any(
        service.key in route.references
        for key, pairs in world.routes_by_parent.items()
        for route, _ in pairs
        if key != service.key
    )
    return replace(rules, producer=None) if used else rules


def _long_prefixes_need_more(place: Place, table: RuleTable) -> RuleTable:  # noqa: ARG001 - part of the signature
    """A prefix of several elements matches longer paths only."""

    def narrowed(found: Entry) -> Entry:
        path = found.match.path
        if path.kind is not PathKind.PREFIX or path.elements.count("/") <= 1:
            return found
        longer = replace(path, kind=PathKind.REGEX, value=f"{frontends.literal(path.elements)}/.+")
        return replace(found, match=replace(found.match, path=longer))

    return replace(table, entries=tuple(map(narrowed, table.entries)))


def _rules(defect_id: str, title: str, breaks: str, cause: str, change: Rules, **more: object) -> Defect:
    broken = tuple(name if "." in name else f"frontend-backend.{name}" for name in breaks.split())
    return defect(defect_id, title, breaks=broken, cause=cause, rules=change, **more)


DEFECTS: tuple[Defect, ...] = (
    *_NAMES,
    _rules(
        "backend-rules-apply-again",
        "What a rule forwards to another Service is routed by that Service's rules",
        "backend-routes-not-chained",
        "The proxy forwards to the cluster IP of the backend, where its own capture takes the request again.",
        _chained(_rerouted),
    ),
    _rules(
        "backend-rejects-again",
        "What a rule forwards to another Service is rejected where that Service's rules do not match",
        "backend-routes-not-chained",
        "The waypoint of the backend enforces that requests match a route, if not where they go.",
        _chained(_rejected_again),
    ),
    _rules(
        "own-backend-entered-twice",
        "A rule that forwards to its own Service runs twice",
        "parent-as-own-backend",
        "The forwarded request is captured once more, and only a second loop is noticed.",
        each_table(_entered_twice),
    ),
    _rules(
        "own-backend-entered-twice-later",
        "On a connection that was used before, a rule that forwards to its own Service runs twice",
        "parent-as-own-backend",
        "Filters are kept with the connection and appended to, instead of made anew for each request.",
        each_table(_entered_twice_later),
        numbered=True,
    ),
    _rules(
        "catch-all-once-a-connection",
        "A rule without matches governs the first request of a connection alone",
        "attachment.route-replaces-default",
        "Such a rule needs no look at the request, and is turned into a choice for the connection that ends early.",
        each_table(_catch_all_once),
        numbered=True,
    ),
    _rules(
        "rules-follow-pods",
        "The rules of a Service apply to another one with the same pods",
        "overlapping-services-independent",
        "Rules are kept by workload, whose name is that of the Service without what follows the last hyphen.",
        each_ungoverned(_rules_of_same_pods),
    ),
    _rules(
        "alias-takes-rules-away",
        "A Service loses its rules to a second one with the same pods that has none",
        "overlapping-services-independent",
        "The configuration of a pod's port belongs to one Service, and the last by name wins.",
        _alias_replaces,
    ),
    _rules(
        "backend-is-no-frontend",
        "A Service to which another's route forwards has no rules of its own",
        "attachment.route-replaces-default",
        "Each Service is either a frontend or a backend in the mesh's model.",
        _backend_only,
    ),
    _rules(
        "long-prefix-needs-more",
        "A prefix of several path elements does not match the path that equals it",
        "matching.path-prefix-segments",
        "The prefix is extended by a slash, so that elements are compared as a whole.",
        each_table(_long_prefixes_need_more),
    ),
)
