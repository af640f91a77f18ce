"""Small changes made everywhere: to the rules of routes as the mesh reads them, and to what follows from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lab.mesh.model.actions import Entry, Forward, FrontendRules, RuleTable, Share
from lab.mesh.model.decisions import Rules, Worlds
from lab.mesh.model.history import History
from lab.mesh.world.route import Filter, Route, Rule
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World


def rules_as_read(change: Callable[[World, Route, Rule], Rule]) -> Worlds:
    """The data plane follows changed rules; what the status says of the routes is not affected."""

    def followed(world: World, history: History) -> World:  # noqa: ARG001 - part of the decision's signature
        routes = {
            key: replace(route, rules=tuple(change(world, route, rule) for rule in route.rules))
            for key, route in world.routes.items()
        }
        return replace(world, routes=routes)

    return followed


def filters_as_read(change: Callable[[Filter], Filter | None], *, of_backends: bool = True) -> Worlds:
    """Every filter is taken for another one, or not seen at all (None)."""

    def filters(found: tuple[Filter, ...]) -> tuple[Filter, ...]:
        return tuple(read for item in found if (read := change(item)) is not None)

    def rule(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
        backends = tuple(replace(ref, filters=filters(ref.filters)) for ref in rule.backends)
        return replace(rule, filters=filters(rule.filters), backends=backends if of_backends else rule.backends)

    return rules_as_read(rule)


def tables(change: Callable[[RuleTable], RuleTable]) -> Rules:
    """What governs a frontend is changed table by table."""

    def changed(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:  # noqa: ARG001
        producer = change(rules.producer) if rules.producer else None
        consumers = tuple((namespace, change(table)) for namespace, table in rules.consumers)
        return replace(rules, producer=producer, consumers=consumers)

    return changed


def entries(change: Callable[[Entry], Entry]) -> Rules:
    """Every match with what happens to its requests is changed by itself."""
    return tables(lambda table: replace(table, entries=tuple(change(entry) for entry in table.entries)))


def shares(change: Callable[[Entry, Share], Share]) -> Rules:
    """Every share is changed, those of sessions too."""

    def entry(found: Entry) -> Entry:
        pinned = tuple(replace(each, share=change(found, each.share)) for each in found.pinned)
        return replace(found, shares=tuple(change(found, share) for share in found.shares), pinned=pinned)

    return entries(entry)


def forwards(change: Callable[[Forward], Forward]) -> Rules:
    """Whatever goes to a backend goes there differently."""

    def share(entry: Entry, found: Share) -> Share:  # noqa: ARG001 - part of the signature
        return replace(found, action=change(found.action)) if isinstance(found.action, Forward) else found

    return shares(share)
