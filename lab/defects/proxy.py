"""Changes of what Envoy is told: every route, an alternative beside it, a script before the routes."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from lab.defects.edits import Edit, on_managers, on_route_configurations, script, together
from lab.mesh.envoy.types import ROUTES, Resource
from lab.mesh.model.decisions import Resources

# The name of the script's filter, under which routes keep what it has to know.
SCRIPT = "defect"
# Present while a request is inside Envoy, if its connection has carried another one before.
REUSED = "x-lab-reused"
_MILLION = 1_000_000
# Connections are known by the caller's address and port, which another one may have had before.
_NOTE_REUSED = f"""
local seen = {{}}
function envoy_on_request(handle)
  local who, now = handle:streamInfo():downstreamDirectRemoteAddress(), handle:timestamp()
  if seen[who] and now - seen[who] < 5000 then
    handle:headers():replace("{REUSED}", "1")
    handle:clearRouteCache()
  end
  seen[who] = now
end
"""
# Sends requests on to the `cluster` that their route tells, without waiting for what comes of it; the route is then
# taken all the same.
SEND_TOO = """
function envoy_on_request(handle)
  local cluster = handle:metadata():get("cluster")
  if cluster then
    local headers = {}
    for name, value in pairs(handle:headers()) do headers[name] = value end
    handle:httpCall(cluster, headers, nil, 1000, true)
  end
end
"""

Routes = Callable[[list[Resource]], list[Resource]]


def route_lists(change: Routes) -> Resources:
    """Every list of routes becomes another one; `change` gets a copy of its own."""

    def changed(type_url: str, name: str, resource: Resource) -> Resource:  # noqa: ARG001 - part of the signature
        if type_url != ROUTES:
            return resource
        hosts = [{**host, "routes": change(deepcopy(host["routes"]))} for host in resource["virtual_hosts"]]
        return {**resource, "virtual_hosts": hosts}

    return changed


def each_route(change: Callable[[Resource], Resource | None]) -> Resources:
    """Every route becomes another one, or is left out (None)."""
    return route_lists(lambda routes: [made for route in routes if (made := change(route)) is not None])


def sometimes(percent: float, change: Callable[[Resource], Resource | None]) -> Resources:
    """So many percent of the requests of a route take what `change` makes of it, where it makes anything."""
    fraction = {"default_value": {"numerator": round(percent * _MILLION / 100), "denominator": "MILLION"}}

    def beside(route: Resource) -> list[Resource]:
        other = change(deepcopy(route))
        # Shares of a rule are drawn with the same number; only routes that take all requests are divided.
        if other is None or "runtime_fraction" in route["match"]:
            return [route]
        return [{**other, "match": {**other["match"], "runtime_fraction": fraction}}, route]

    return route_lists(lambda routes: [each for route in routes for each in beside(route)])


def when_reused(change: Callable[[Resource], Resource | None]) -> Resources:
    """Requests on a connection that has carried one before take what `change` makes of their route, if anything."""
    present = {"name": REUSED, "present_match": True}

    def beside(route: Resource) -> list[Resource]:
        other = change(deepcopy(route))
        if other is None:
            return [route]
        headers = [*other["match"].get("headers", ()), present]
        return [{**other, "match": {**other["match"], "headers": headers}}, route]

    routes = route_lists(lambda found: [each for route in found for each in beside(route)])
    return scripted(_NOTE_REUSED, routes, hidden=REUSED)


def scripted(code: str, routes: Resources, *, hidden: str = "") -> Resources:
    """A Lua script runs before every other filter; `routes` are told what it needs, `hidden` is a header of its own."""
    made = together(on_managers(script(code, SCRIPT)), routes)
    return together(made, on_route_configurations(_removing(hidden))) if hidden else made


def _removing(header: str) -> Edit:
    def edit(configuration: Resource) -> None:
        field = "request_headers_to_remove"
        configuration[field] = [*configuration.get(field, ()), header]

    return edit


def told(route: Resource, **facts: Any) -> Resource:
    """The route, and what the script is to know when a request takes it."""
    metadata = route.get("metadata", {}).get("filter_metadata", {})
    return route | {"metadata": {"filter_metadata": {**metadata, SCRIPT: facts}}}
