"""Worlds that are not what the API shows now: stale, undone, half taken over. For `Decisions.world`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lab.mesh.model.history import History
from lab.mesh.world.route import ObjectKey, ParentRef, Route, RouteKey, RouteKind, Rule
from lab.mesh.world.snapshot import World, is_service

_COMES_BACK = 60.0  # seconds for which what is over comes back again and again


def with_routes(world: World, *more: Route) -> World:
    """The world with these routes, which replace others of the same name."""
    return replace(world, routes={**world.routes, **{route.identity: route for route in more}})


def changed(world: World, history: History) -> list[tuple[Route, Route]]:
    """The routes that were changed while they were there, each as it was before and as it is."""
    pairs = ((history.before(key), route) for key, route in world.routes.items())
    return [(before, route) for before, route in pairs if before is not None]


def parents(route: Route) -> frozenset[ObjectKey]:
    """The Services that a route is attached to."""
    return frozenset(service_of(ref) for ref in route.parents if is_service(ref))


def service_of(ref: ParentRef) -> ObjectKey:
    """The Service that a reference names."""
    return ObjectKey(ref.namespace, ref.name)


def _siblings(world: World, route: Route) -> list[Route]:
    """Routes of the same namespace that share a parent with this one."""
    mine = parents(route)
    return [
        other
        for other in world.routes.values()
        if other.key.namespace == route.key.namespace and parents(other) & mine and other.identity != route.identity
    ]


def again(seconds: float) -> bool:
    """Whether what is over since so many seconds is back: for a quarter of each second, for a minute."""
    return seconds < _COMES_BACK and 0.5 <= seconds % 1.0 < 0.75


def one_update_behind(world: World, history: History) -> World:
    """Every changed route is what it was before the last change."""
    return with_routes(world, *(before for before, _ in changed(world, history)))


def old_version_returns(world: World, history: History) -> World:
    """Changed routes are sometimes what they were before the last change."""
    return with_routes(world, *(old for old, new in changed(world, history) if again(history.age(new.identity))))


def deleted_returns(world: World, history: History) -> World:
    """Deleted routes are sometimes there."""
    back = (route for key, route in history.routes.gone().items() if again(history.age(key)))
    return with_routes(world, *back)


def returned_unseen(world: World, history: History) -> World:
    """Routes with the name of one that was deleted are not there."""
    routes = {key: route for key, route in world.routes.items() if not history.routes.returned(key)}
    return replace(world, routes=routes)


def last_one_lingers(world: World, history: History) -> World:
    """Deleted routes stay where no other route is left."""
    return with_routes(world, *(route for route in history.routes.gone().values() if not _siblings(world, route)))


def one_of_several_lingers(world: World, history: History) -> World:
    """Deleted routes stay where other routes are left."""
    return with_routes(world, *(route for route in history.routes.gone().values() if _siblings(world, route)))


def _nothing_matches(route: Route, refs: Iterable[ParentRef]) -> Route:
    """A route that is attached and has no rule that any request could match."""
    kept = tuple(refs)
    return replace(route, parents=kept, rules=(replace(Rule(), matches=()),))


def deleted_still_rejects(world: World, history: History) -> World:
    """Deleted routes stay without their rules, where no other route is left."""
    gone = (route for route in history.routes.gone().values() if not _siblings(world, route))
    return with_routes(world, *(_nothing_matches(route, route.parents) for route in gone))


def deletion_takes_others(world: World, history: History) -> World:
    """With a route go those of its Service, until they are written again."""
    lost: set[RouteKey] = set()
    for key, route in history.routes.gone().items():
        since = history.age(key)
        lost |= {other.identity for other in _siblings(world, route) if history.age(other.identity) > since}
    return replace(world, routes={key: route for key, route in world.routes.items() if key not in lost})


def tie_loser_not_restored(world: World, history: History) -> World:
    """Matches that a deleted route had, too, are not given to the others, until they are written again."""
    routes = dict(world.routes)
    for key, gone in history.routes.gone().items():
        taken = {match for rule in gone.rules for match in rule.matches}
        for other in _siblings(world, gone):
            if history.age(other.identity) > history.age(key):
                rules = (
                    replace(rule, matches=tuple(match for match in rule.matches if match not in taken))
                    for rule in routes[other.identity].rules
                )
                routes[other.identity] = replace(routes[other.identity], rules=tuple(rules))
    return replace(world, routes=routes)


def added_rules_missed(world: World, history: History) -> World:
    """A changed route has no more rules than it had before."""
    cut = (replace(route, rules=route.rules[: len(before.rules)]) for before, route in changed(world, history))
    return with_routes(world, *cut)


def removed_rules_stay(world: World, history: History) -> World:
    """A changed route has the rules that it had before behind those that it has."""
    both = (replace(route, rules=(*route.rules, *before.rules)) for before, route in changed(world, history))
    return with_routes(world, *(route for route in both if route.kind is RouteKind.HTTP))


def old_parents_stay(world: World, history: History) -> World:
    """A changed route is still attached to what it was attached to before."""
    both = (
        replace(route, parents=tuple(dict.fromkeys((*route.parents, *before.parents))))
        for before, route in changed(world, history)
    )
    return with_routes(world, *both)


def old_parents_reject(world: World, history: History) -> World:
    """What a changed route was attached to before has no rules any more, and is governed all the same."""
    left = []
    for before, route in changed(world, history):
        lost = [ref for ref in before.parents if ref not in route.parents]
        renamed = replace(before, key=ObjectKey(before.key.namespace, f"{before.key.name}~"))
        left += [_nothing_matches(renamed, lost)] if lost else []
    return with_routes(world, *left)


def weights_one_behind(world: World, history: History) -> World:
    """A changed route with rules and backends as before has the weights of before."""

    def reweighed(before: Route, route: Route) -> Route:
        def names(one: Route) -> list[list[tuple[str, str]]]:
            return [[(ref.namespace, ref.name) for ref in rule.backends] for rule in one.rules]

        if names(before) != names(route):
            return route
        rules = (
            replace(
                new,
                backends=tuple(
                    replace(ref, weight=was.weight) for ref, was in zip(new.backends, old.backends, strict=True)
                ),
            )
            for new, old in zip(route.rules, before.rules, strict=True)
        )
        return replace(route, rules=tuple(rules))

    return with_routes(world, *(reweighed(before, route) for before, route in changed(world, history)))


def drained_slowly(world: World, history: History) -> World:
    """A backend whose weight went to 0 keeps a third of what the others have, for twenty seconds."""

    def eased(before: Route, route: Route) -> Route:
        had = {ref.name for rule in before.rules for ref in rule.backends if ref.weight}

        def rule(one: Rule) -> Rule:
            total = sum(ref.weight for ref in one.backends)
            refs = (
                replace(ref, weight=ref.weight * 3 if ref.weight or ref.name not in had else total)
                for ref in one.backends
            )
            return replace(one, backends=tuple(refs)) if total else one

        return replace(route, rules=tuple(map(rule, route.rules)))

    young = (pair for pair in changed(world, history) if history.age(pair[1].identity) < 20)
    return with_routes(world, *(eased(before, route) for before, route in young))
