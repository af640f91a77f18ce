"""The wrong decisions, each beside the right one it replaces in `lab.mesh.model`."""

from __future__ import annotations

from collections.abc import Sequence

from lab.mesh.model.actions import Action, Forward
from lab.mesh.model.attachment import RouteGroups, group_routes
from lab.mesh.model.interception import selected
from lab.mesh.model.timeouts import Limits
from lab.mesh.model.validity import has_bad_pattern
from lab.mesh.world.route import BackendRef, Route, Timeouts
from lab.mesh.world.service import Pod, Service
from lab.mesh.world.snapshot import World


def forward_unmatched(plain: Forward) -> Action:
    """The Service's own forwarding stays behind the rules."""
    return plain


def consumers_for_everyone(service: Service, routes: Sequence[Route]) -> RouteGroups:
    """Consumer routes of all namespaces together replace the producer routes where a namespace has none of its own."""
    groups = group_routes(service, routes)
    foreign = tuple(route for group in groups.consumers.values() for route in group)
    return RouteGroups(foreign or groups.producer, groups.consumers)


def add_producer_to_consumers(service: Service, routes: Sequence[Route]) -> RouteGroups:
    """A consumer namespace gets the producer routes in addition to its own."""
    groups = group_routes(service, routes)
    merged = {namespace: (*groups.producer, *group) for namespace, group in groups.consumers.items()}
    return RouteGroups(groups.producer, merged)


def no_timeout(timeouts: Timeouts) -> Limits:  # noqa: ARG001 - the point of it
    """A request may take as long as it likes."""
    return Limits()


def equal_weight(ref: BackendRef) -> int:  # noqa: ARG001 - the point of it
    """Every backend counts the same, one with weight 0 too."""
    return 1


def selected_pods(world: World) -> tuple[Pod, ...]:
    """Every pod that some Service selects."""
    pods = [world.pods[key] for key in sorted(world.pods)]
    return tuple(pod for pod in pods if selected(world, pod))


def on_bad_pattern(world: World) -> bool:
    """The control plane chokes on a route whose regular expression does not compile, and never recovers."""
    return any(has_bad_pattern(rule) for route in world.routes.values() for rule in route.rules)
