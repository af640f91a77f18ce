"""Defects in what the area attachment is about: what an attached route, and a Service without one, does to requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from lab.defects import callers, frontends
from lab.defects.frontends import Place, Rules, each_table, each_ungoverned, entry, unmatched
from lab.defects.model import Defect, defect
from lab.mesh.model.actions import Action, Entry, Forward, Respond, RuleTable, Share
from lab.mesh.model.attachment import RouteGroups, group_routes
from lab.mesh.world.route import Match, ParentRef, Route
from lab.mesh.world.service import Service
from lab.mesh.world.snapshot import World, endpoints

_EVERYTHING = Match()


def _second_port_open(place: Place, table: RuleTable) -> Action:
    return table.unmatched if place.port == place.service.ports[0] else place.plain


def _parents_of(place: Place) -> list[tuple[Route, ParentRef]]:
    return list(place.world.routes_by_parent.get(place.service.key, ()))


def _second_parent_open(place: Place, table: RuleTable) -> Action:
    """The Service is not the first that its routes name."""
    second = all(route.parents[0].name != ref.name for route, ref in _parents_of(place))
    return place.plain if second else table.unmatched


def _several_routes(place: Place) -> bool:
    return len({route.identity for route, _ in _parents_of(place)}) > 1


def _last_backend(place: Place, table: RuleTable) -> Action:
    """The backend of the rule that was looked at last, where several routes are attached."""
    forwards = [share.action for each in table.entries for share in each.shares if isinstance(share.action, Forward)]
    return forwards[-1] if forwards and _several_routes(place) else table.unmatched


def _open_if_several(place: Place, table: RuleTable) -> Action:
    return place.plain if _several_routes(place) else table.unmatched


def _empty_answer(place: Place, table: RuleTable) -> Action:
    return Respond(200) if frontends.lacks_endpoints(place) else table.unmatched


def _open_for(percent: int) -> Callable[[Place, RuleTable], RuleTable]:
    def change(place: Place, table: RuleTable) -> RuleTable:
        leak = entry(_EVERYTHING, *frontends.partly(percent, place.plain, table.unmatched))
        return replace(table, entries=(*table.entries, leak))

    return change


def _other_backend_steps_in(place: Place, table: RuleTable) -> RuleTable:
    """What an unusable backend ought to fail goes to the first usable one, on a frontend without endpoints."""
    forwards = [share.action for each in table.entries for share in each.shares if isinstance(share.action, Forward)]
    if not forwards or not frontends.lacks_endpoints(place):
        return table

    def usable(share: Share) -> Share:
        return replace(share, action=forwards[0]) if isinstance(share.action, Respond) else share

    return replace(
        table, entries=tuple(replace(each, shares=tuple(map(usable, each.shares))) for each in table.entries)
    )


def _rejected_elsewhere(chosen: Callable[[ParentRef], bool]) -> Callable[[Place], RuleTable | None]:
    """A port without route rejects what the route of another port does not match, and serves what it does."""

    def change(place: Place) -> RuleTable | None:
        own = {port for _, ref in _parents_of(place) for port in place.service.ports if chosen(ref)}
        for port in place.service.ports:
            table = frontends.producer_table(place.world, place.service, port) if port in own else None
            if table is not None and port != place.port:
                passed = tuple(entry(each.match, Share(1, place.plain)) for each in table.entries)
                return RuleTable(passed, table.unmatched)
        return None

    return change


def _same_endpoints_share(place: Place, table: RuleTable) -> RuleTable:
    """Of what goes to some of the Service's own endpoints, a part goes to any of them."""
    own = set(endpoints(place.world, place.service.key, place.port.name))

    def some_of_own(found: Entry) -> bool:
        forwards = [share.action for share in found.shares if isinstance(share.action, Forward)]
        reached = {pair for each in forwards for pair in _behind(place.world, each)}
        return bool(reached) and reached < own

    entries = tuple(
        frontends.entries_partly(5, (each,), place.plain)[0] if some_of_own(each) else each for each in table.entries
    )
    return replace(table, entries=entries)


def _behind(world: World, forward: Forward) -> tuple[tuple[str, int], ...]:
    service = world.services.get(forward.cluster.service)
    port = service.port(forward.cluster.port) if service else None
    return endpoints(world, forward.cluster.service, port.name) if port else ()


def _safe_methods_only(place: Place, table: RuleTable) -> RuleTable:  # noqa: ARG001 - part of the signature
    """A rule without matches is not asked about requests to delete something."""
    guard = entry(Match(method="DELETE"), Share(1, table.unmatched))
    first = next((index for index, each in enumerate(table.entries) if each.match == _EVERYTHING), len(table.entries))
    return replace(table, entries=(*table.entries[:first], guard, *table.entries[first:]))


def _one_producer(newest: bool) -> Callable[[Service, Sequence[Route]], RouteGroups]:
    def groups(service: Service, routes: Sequence[Route]) -> RouteGroups:
        found = group_routes(service, routes)
        ordered = sorted(found.producer, key=lambda route: route.age)
        return RouteGroups(tuple(ordered[-1:] if newest else ordered[:1]), found.consumers)

    return groups


def _rules(defect_id: str, title: str, breaks: str, cause: str, change: Rules) -> Defect:
    broken = tuple(f"attachment.{name}" for name in breaks.split())
    return defect(defect_id, title, breaks=broken, cause=cause, rules=change)


DEFECTS: tuple[Defect, ...] = (
    _rules(
        "second-port-falls-through",
        "On all ports but the first, what no rule matches is still forwarded",
        "port-omitted-all-ports unmatched-rejected",
        "The old forwarding is taken away where the route is first attached, and each port has its own.",
        unmatched(_second_port_open),
    ),
    _rules(
        "second-parent-falls-through",
        "At all Services but the first that a route names, what no rule matches is still forwarded",
        "multi-parent-services unmatched-rejected",
        "The catch-all that rejects is added once a route, together with its first parent.",
        unmatched(_second_parent_open),
    ),
    _rules(
        "unmatched-to-last-backend",
        "With several routes, what none of them matches goes to the backend of the last rule",
        "unmatched-many-routes",
        "The merged list of rules is evaluated with a default, and the default is whatever came last.",
        unmatched(_last_backend),
    ),
    _rules(
        "several-routes-fall-through",
        "With several routes, what none of them matches is forwarded as if there were none",
        "unmatched-many-routes",
        "Each route has its own rejection, and merging leaves rejections out lest one hides the rules of another.",
        unmatched(_open_if_several),
    ),
    _rules(
        "frontend-answers-200",
        "A Service without endpoints answers 200 by itself where no rule matches",
        "selectorless-parent-error",
        "The answer for load balancers that ask whether the frontend lives is the default of pure frontends.",
        unmatched(_empty_answer),
    ),
    _rules(
        "unmatched-sometimes-falls-through",
        "Of requests that no rule matches 5 percent are forwarded",
        "unmatched-rejected",
        "One of twenty workers of the proxy was started before the route, and kept the forwarding.",
        each_table(_open_for(5)),
    ),
    _rules(
        "unmatched-rarely-falls-through",
        "Of requests that no rule matches 1 percent are forwarded",
        "unmatched-rejected",
        "While a proxy swaps its table of routes, it is without one for an instant.",
        each_table(_open_for(1)),
    ),
    _rules(
        "other-backend-steps-in",
        "On a frontend without endpoints, a usable backend of another rule serves for an unusable one",
        "selectorless-parent-error",
        "Something has to stand for the missing endpoints, and the first cluster of the table is taken.",
        each_table(_other_backend_steps_in),
    ),
    _rules(
        "other-port-rejects",
        "A route for one port number makes the other ports reject what it does not match",
        "port-specific port-other-ports-default",
        "Rules belong to a port, but that there are any was noted for the Service.",
        each_ungoverned(_rejected_elsewhere(lambda ref: ref.port is not None)),
    ),
    _rules(
        "other-section-rejects",
        "A route for one port name makes the other ports reject what it does not match",
        "sectionname-service-port-name",
        "An authorisation that the routes imply is computed without the sectionName.",
        each_ungoverned(_rejected_elsewhere(lambda ref: ref.section_name is not None)),
    ),
    _rules(
        "subset-leaks",
        "Where a backend's endpoints are some of the Service's own, 5 percent go to the others",
        "route-replaces-default",
        "Such a backend becomes a subset of the Service's cluster, with any endpoint as its fallback.",
        each_table(_same_endpoints_share),
    ),
    _rules(
        "catch-all-spares-delete",
        "A rule without matches does not apply to DELETE",
        "route-replaces-default",
        "The default match was generated from a list of methods, and one was forgotten.",
        each_table(_safe_methods_only),
    ),
    defect(
        "newest-producer-route-only",
        "Of several producer routes on a Service the newest is in force",
        breaks=("attachment.unmatched-many-routes", "producer-consumer.merge-within-producer"),
        cause="Routes are kept in a map by the Service they are for, and a later one overwrites the earlier.",
        group_routes=_one_producer(newest=True),
    ),
    defect(
        "oldest-producer-route-only",
        "Of several producer routes on a Service the oldest is in force",
        breaks=("attachment.unmatched-many-routes", "producer-consumer.merge-within-producer"),
        cause="A conflict between routes is settled by age, and two routes on one Service are taken for a conflict.",
        group_routes=_one_producer(newest=False),
    ),
    defect(
        "rejection-wears-off",
        "Three seconds after a route took effect, what it does not match is forwarded again",
        breaks=("attachment.unmatched-rejected",),
        cause="A periodic resync adds the defaults of Services again that a change of routes had taken away.",
        world=callers.aged(3, callers.open_ended),
        every=0.5,
    ),
    defect(
        "rejection-on-one-node",
        "On one of two nodes, what no rule matches is still forwarded",
        breaks=("attachment.unmatched-rejected",),
        cause="The node's agent failed to remove the rules of kube-proxy, which serve what the mesh does not.",
        views=callers.apart(callers.on_second_node, callers.aged(0, callers.open_ended)),
    ),
)
