"""Changes of what Envoy is told (`Decisions.resource`), made of small edits of its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lab.mesh.envoy.types import CLUSTER, LISTENER, ROUTES, Resource, typed

Edit = Callable[[Resource], None]
Translated = Callable[[str, str, Resource], Resource]
_MANAGER = "HttpConnectionManager"


def on_managers(*edits: Edit) -> Translated:
    """Each edit is applied to the configuration of every HTTP connection manager."""
    return _on(LISTENER, managers, edits)


def on_routes(*edits: Edit) -> Translated:
    """Each edit is applied to every single route."""
    return _on(ROUTES, routes, edits)


def on_route_configurations(*edits: Edit) -> Translated:
    """Each edit is applied to every route configuration, whose header changes hold for all its routes."""
    return _on(ROUTES, lambda resource: iter((resource,)), edits)


def on_clusters(*edits: Edit) -> Translated:
    """Each edit is applied to every cluster."""
    return _on(CLUSTER, lambda resource: iter((resource,)), edits)


def together(*changes: Translated) -> Translated:
    """One change after the other."""

    def changed(type_url: str, name: str, resource: Resource) -> Resource:
        for change in changes:
            resource = change(type_url, name, resource)
        return resource

    return changed


def managers(listener: Resource) -> Iterator[Resource]:
    """The connection managers of a listener."""
    chains = [*listener.get("filter_chains", ()), listener.get("default_filter_chain", {})]
    for chain in chains:
        for item in chain.get("filters", ()):
            if item["typed_config"]["@type"].endswith(_MANAGER):
                yield item["typed_config"]


def routes(configuration: Resource) -> Iterator[Resource]:
    """The routes of a route configuration, whoever calls."""
    for host in configuration["virtual_hosts"]:
        yield from host["routes"]


def forwarding(route: Resource) -> Resource | None:
    """What a route says of its backend; None where it answers by itself."""
    return route.get("route")


def first_filter(name: str, kind: str, **config: object) -> Edit:
    """Puts an HTTP filter before all others."""

    def edit(manager: Resource) -> None:
        made = {"name": name, "typed_config": typed(f"envoy.extensions.filters.http.{kind}", **config)}
        manager["http_filters"] = [made, *manager["http_filters"]]

    return edit


def script(code: str, name: str = "deviation") -> Edit:
    """Puts a Lua script before all other filters: it may define envoy_on_request and envoy_on_response.

    Its globals live as long as the listener, one set for each worker of Envoy.
    """
    return first_filter(name, "lua.v3.Lua", default_source_code={"inline_string": code})


def setting(**fields: object) -> Edit:
    """Sets fields; mappings are merged into what is there."""

    def edit(resource: Resource) -> None:
        _merge(resource, fields)

    return edit


def adding(side: str, headers: dict[str, str]) -> Edit:
    """Adds headers on one side, "request" or "response", where there are none of that name."""

    def edit(resource: Resource) -> None:
        field = f"{side}_headers_to_add"
        made = [{"header": {"key": k, "value": v}, "append_action": "ADD_IF_ABSENT"} for k, v in headers.items()]
        resource[field] = [*resource.get(field, ()), *made]

    return edit


def _merge(into: Resource, fields: dict[str, object]) -> None:
    for key, value in fields.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = _copied(value)


def _copied(value: Any) -> Any:
    """A copy in which nothing is there twice: parts that two places share would be edited twice."""
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list | tuple) else value


def _on(wanted: str, parts: Callable[[Resource], Iterator[Resource]], edits: tuple[Edit, ...]) -> Translated:
    def changed(type_url: str, name: str, resource: Resource) -> Resource:  # noqa: ARG001 - part of the signature
        if type_url != wanted:
            return resource
        own: Resource = _copied(resource)
        for part in parts(own):
            for edit in edits:
                edit(part)
        return own

    return changed
