"""The parts that harmless variations are made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lab.defects.edits import Edit, setting
from lab.defects.scripts import TURN
from lab.mesh.envoy.types import Resource
from lab.mesh.model.actions import RetryPlan
from lab.mesh.model.retries import retry_plan
from lab.mesh.status import OUR_CONDITIONS
from lab.mesh.world.grants import permitted
from lab.mesh.world.policies import Retry
from lab.mesh.world.route import BackendRef, Filter, Mirror, ParentRef, Route, RouteKind, Rule, ValueMatch
from lab.mesh.world.snapshot import World
from lab.poses import LAB

Status = Callable[[World, Route, list[Any], list[Any]], list[Any]]
_LONG_AGO = "2026-01-01T00:00:00Z"
_OTHER_MESH = "example.com/other-mesh"


# --- What Envoy is told


def _http_options(cluster: Resource) -> Resource:
    (options,) = cluster["typed_extension_protocol_options"].values()
    found: Resource = options
    return found


def http1_options(fields: Resource) -> Edit:
    """Sets options of HTTP/1.1 wherever the cluster may speak it."""

    def edit(cluster: Resource) -> None:
        for group in _http_options(cluster).values():
            if isinstance(group, dict) and "http_protocol_options" in group:
                setting(**fields)(group["http_protocol_options"])

    return edit


def common_options(fields: Resource) -> Edit:
    """Sets options of connections to backends, whatever is spoken on them."""
    return lambda cluster: setting(common_http_protocol_options=fields)(_http_options(cluster))


def http1_unless_declared(cluster: Resource) -> None:
    """Speak HTTP/1.1 to backends that did not declare another version, whatever the client speaks."""
    options = _http_options(cluster)
    as_called = options.pop("use_downstream_protocol_config", None)
    if as_called is not None:
        options["explicit_http_config"] = {"http_protocol_options": as_called["http_protocol_options"]}


def envoy_headers(manager: Resource) -> None:
    """Let the router write its x-envoy-* headers."""
    manager["http_filters"][-1]["typed_config"]["suppress_envoy_headers"] = False


def status_for(flag: str, status: int) -> Edit:
    """Answers HTTP requests that ended with this response flag with this status; gRPC calls keep theirs."""
    plain = {"header": {"name": "content-type", "string_match": {"prefix": "application/grpc"}, "invert_match": True}}
    both = {"filters": [{"response_flag_filter": {"flags": [flag]}}, {"header_filter": plain}]}
    return setting(local_reply_config={"mappers": [{"filter": {"and_filter": both}, "status_code": status}]})


def by_number(route: Resource) -> None:
    """Let the request's number decide where the route would have drawn lots."""
    fraction = route["match"].pop("runtime_fraction", None)
    if fraction is not None:
        numbers = {"start": 0, "end": fraction["default_value"]["numerator"]}
        headers = [*route["match"].get("headers", ()), {"name": TURN, "range_match": numbers}]
        route["match"] = {**route["match"], "headers": headers}


def without_number(configuration: Resource) -> None:
    """Backends do not see the number."""
    configuration["request_headers_to_remove"] = [*configuration["request_headers_to_remove"], TURN]


def retrying(retry: Retry | None) -> RetryPlan | None:
    """A rule that says nothing of retries gets two."""
    if retry is not None:
        return retry_plan(retry)
    return RetryPlan(attempts=2, codes=(503,), backoff=25, connection_errors=True, timeouts=False)


# --- How the cluster is read


def only_granted(world: World) -> World:
    """What producer routes refer to in other namespaces counts where a ReferenceGrant permits it.

    Consumer routes need none: to send requests on to the Service that they were meant for is what they are for.
    """
    grants = tuple(world.grants.values())

    def judged(route: Route, ref: BackendRef) -> BackendRef:
        return replace(ref, permitted=permitted(route, ref, grants), filters=mirrors(route, ref.filters))

    def mirrors(route: Route, filters: tuple[Filter, ...]) -> tuple[Filter, ...]:
        return tuple(
            replace(each, backend=judged(route, each.backend)) if isinstance(each, Mirror) else each for each in filters
        )

    def granted(route: Route, rule: Rule) -> Rule:
        backends = tuple(judged(route, ref) for ref in rule.backends)
        return replace(rule, backends=backends, filters=mirrors(route, rule.filters))

    def asked(route: Route) -> Route:
        if any(parent.namespace != route.key.namespace for parent in route.parents):
            return route
        return replace(route, rules=tuple(granted(route, rule) for rule in route.rules))

    return _each_route(world, asked)


def for_hostnames(world: World) -> World:
    """Requests for other hosts than those of a route are none of its business."""

    def limited(route: Route) -> Route:
        if not route.sites or route.kind not in {RouteKind.HTTP, RouteKind.GRPC}:
            return route
        names = "|".join(re.escape(name).replace(r"\*", r"[^:]+") for name in route.sites)
        host = ValueMatch("host", f"({names})(:[0-9]+)?", regex=True)
        rules = tuple(
            replace(rule, matches=tuple(replace(each, headers=(*each.headers, host)) for each in rule.matches))
            for rule in route.rules
        )
        return replace(route, rules=rules)

    return _each_route(world, limited)


def core_alias(world: World) -> World:
    """The group `core` in a parentRef is the core group, and status says so."""

    def plain(parent: ParentRef) -> ParentRef:
        if parent.group != "core":
            return parent
        return replace(parent, group="", raw=tuple((key, "" if key == "group" else value) for key, value in parent.raw))

    return _each_route(world, lambda route: replace(route, parents=tuple(plain(each) for each in route.parents)))


def _each_route(world: World, change: Callable[[Route], Route]) -> World:
    return replace(world, routes={key: change(route) for key, route in world.routes.items()})


# --- What is reported. An answer must not depend on itself, or status would be written for ever.

GATEWAY_ENTRY = {
    "parentRef": {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge"},
    "controllerName": "example.com/edge-gateway",
}


def with_entry(entry: dict[str, Any]) -> Status:
    """One more entry of another controller at every route."""

    def status(_world: World, route: Route, _current: list[Any], wanted: list[Any]) -> list[Any]:
        rest = [each for each in wanted if each["controllerName"] != entry["controllerName"]]
        return [*rest, {**entry, "conditions": [_condition("Accepted", "True", "Accepted", route)]}]

    return status


def with_entries_of_another_mesh(_world: World, route: Route, _current: list[Any], wanted: list[Any]) -> list[Any]:
    """For each of our entries one of another controller, which says the opposite."""
    rest = [each for each in wanted if each["controllerName"] != _OTHER_MESH]
    conditions = [_condition("Accepted", "False", "NoMatchingParent", route)]
    others = [
        {"parentRef": each["parentRef"], "controllerName": _OTHER_MESH, "conditions": conditions}
        for each in rest
        if each["controllerName"] == LAB.controller
    ]
    return [*others, *rest]


def with_conditions(_world: World, route: Route, _current: list[Any], wanted: list[Any]) -> list[Any]:
    """Two further conditions in each of our entries."""
    own = [
        _condition(f"mesh.example/{kind}", status, kind, route)
        for kind, status in (("Synced", "True"), ("Old", "Unknown"))
    ]
    types = {each["type"] for each in own}
    return _ours(wanted, lambda conditions: [*(each for each in conditions if each["type"] not in types), *own])


def conditions_reversed(_world: World, _route: Route, _current: list[Any], wanted: list[Any]) -> list[Any]:
    """Our conditions by falling type."""
    return _ours(wanted, lambda conditions: sorted(conditions, key=lambda each: str(each["type"]), reverse=True))


def wordy(_world: World, _route: Route, _current: list[Any], wanted: list[Any]) -> list[Any]:
    """Our messages with a long tail; what others wrote into our entries stays as it is."""
    tail = " <b>\"rds: \\u0000\" & 'x'</b> \u202e; see http://mesh.example/?a=b#c | "

    def lengthened(condition: dict[str, Any]) -> dict[str, Any]:
        ours = condition["type"] in OUR_CONDITIONS
        return condition | {"message": condition["message"] + tail * 30} if ours else condition

    return _ours(wanted, lambda conditions: [lengthened(each) for each in conditions])


def _ours(entries: list[Any], change: Callable[[list[Any]], list[Any]]) -> list[Any]:
    return [
        {**each, "conditions": change(each["conditions"])} if each["controllerName"] == LAB.controller else each
        for each in entries
    ]


def _condition(kind: str, status: str, reason: str, route: Route) -> dict[str, Any]:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": "",
        "observedGeneration": route.generation,
        "lastTransitionTime": _LONG_AGO,
    }
