"""Defects of external authorization."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lab.defects.changes import filters_as_read, rules_as_read
from lab.defects.edits import on_managers
from lab.defects.model import Defect, defect
from lab.defects.proxy import SEND_TOO, each_route, scripted, sometimes, told, when_reused
from lab.mesh.envoy.types import ONWARD, Resource, typed
from lab.mesh.model.attachment import Refusal
from lab.mesh.model.backends import resolve_backend
from lab.mesh.model.decisions import Resources
from lab.mesh.model.sessions import cluster_endpoints
from lab.mesh.world.policies import ExternalAuth
from lab.mesh.world.route import Filter, Route, Rule
from lab.mesh.world.snapshot import World

# The route's own names of the filters that address the question and ask it.
_QUESTION, _AUTH = "question", "auth"
# Asks by itself; which answers besides 200 are a yes is told by the route.
_ASK = """
function envoy_on_request(handle)
  local guard, yes = handle:metadata():get("guard"), handle:metadata():get("yes")
  if not guard then return end
  local headers = {}
  for name, value in pairs(handle:headers()) do headers[name] = value end
  local answer, said = handle:httpCall(guard, headers, nil, 5000)
  local status = tonumber(answer[":status"])
  if status ~= 200 and math.floor(status / 100) ~= yes then
    handle:respond({[":status"] = answer[":status"]}, said)
  end
end
"""


def guard_of(route: Resource) -> str:
    """The cluster of the service that is asked before a request takes the route; "" for none."""
    question = route.get("typed_per_filter_config", {}).get(_QUESTION)
    if question is None:
        return ""
    mutations = question["mutations"]["request_mutations"]
    headers = [each["append"]["header"] for each in mutations if "append" in each]
    return next((header["value"] for header in headers if header["key"] == ONWARD), "")


def unasked(route: Resource) -> Resource | None:
    """The route without its question; None where it has none."""
    if not guard_of(route):
        return None
    kept = {name: value for name, value in route["typed_per_filter_config"].items() if name not in {_QUESTION, _AUTH}}
    return {**route, "typed_per_filter_config": kept}


def passed(route: Resource) -> Resource | None:
    """The route with a question that is not asked; which filters run is settled before the script chooses it."""
    if not guard_of(route):
        return None
    skipped = typed("envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute", disabled=True)
    return {**route, "typed_per_filter_config": {**route["typed_per_filter_config"], _AUTH: skipped}}


def leniently(yes: int) -> Resources:
    """Answers of the class `yes` (2 for 2xx) are a yes, besides 200."""

    def changed(route: Resource) -> Resource:
        plain = unasked(route)
        return route if plain is None else told(plain, guard=guard_of(route), yes=yes)

    return scripted(_ASK, each_route(changed))


def sent_too(route: Resource) -> Resource:
    """The route; requests are sent to its backend before anybody is asked."""
    cluster = route.get("route", {}).get("cluster")
    return told(route, cluster=cluster) if guard_of(route) and cluster else route


def open_on_trouble(manager: Resource) -> None:
    """What the service cannot decide passes."""
    for each in manager["http_filters"]:
        if each["name"] == _AUTH:
            each["typed_config"]["failure_mode_allow"] = True


def without_names(item: Filter) -> Filter:
    """The list of headers that the service may see is not looked at."""
    return replace(item, request_headers=()) if isinstance(item, ExternalAuth) else item


def passed_over(idle: Callable[[World, ExternalAuth], bool]) -> Callable[[World, Route, Rule], Rule]:
    """A filter whose service is in that state is left out."""

    def changed(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
        kept: list[Any] = [item for item in rule.filters if not (isinstance(item, ExternalAuth) and idle(world, item))]
        return replace(rule, filters=tuple(kept))

    return changed


def missing(world: World, asked: ExternalAuth) -> bool:
    """Whether there is no such Service."""
    return isinstance(resolve_backend(world, asked.backend), Refusal)


def away(world: World, asked: ExternalAuth) -> bool:
    """Whether the Service is there and has no endpoints."""
    found = resolve_backend(world, asked.backend)
    return not isinstance(found, Refusal) and not cluster_endpoints(world, found)


DEFECTS: tuple[Defect, ...] = (
    defect(
        "auth-headers-not-sent",
        "The authorization service does not see the headers that the rule lists",
        breaks=("filters.externalauth-fails-closed",),
        cause="The list names what may pass, and it is matched with capitals against names in lower case.",
        world=filters_as_read(without_names),
    ),
    defect(
        "auth-any-success",
        "Any 2xx answer of the authorization service is a yes",
        breaks=("filters.externalauth-fails-closed",),
        cause="The answer is judged by the HTTP client's notion of success.",
        resource=leniently(2),
    ),
    defect(
        "auth-redirect-passes",
        "A redirect of the authorization service is no denial",
        breaks=("filters.externalauth-fails-closed",),
        cause="The client follows redirects, and the login page answers 200.",
        resource=leniently(3),
    ),
    defect(
        "auth-fails-open",
        "Requests pass while the authorization service cannot be reached or has errors",
        breaks=("filters.externalauth-fails-closed",),
        cause="The proxy has a switch for it, which somebody set during an outage.",
        resource=on_managers(open_on_trouble),
    ),
    defect(
        "auth-without-endpoints-skipped",
        "Requests pass while the authorization service has no endpoints",
        breaks=("filters.externalauth-fails-closed",),
        cause="The filter is put into the configuration when its service has an address to be put there.",
        world=rules_as_read(passed_over(away)),
    ),
    defect(
        "auth-missing-skipped",
        "Requests pass if the authorization service does not exist",
        breaks=("filters.externalauth-fails-closed",),
        cause="A filter that cannot be translated is dropped, and the rest of the rule is good.",
        world=rules_as_read(passed_over(missing)),
    ),
    defect(
        "auth-of-first-request",
        "Only the first request of a connection is subject to authorization",
        breaks=("filters.externalauth-fails-closed",),
        cause="Authorization was built for connections, and its answer is kept with the connection.",
        resource=when_reused(passed),
    ),
    defect(
        "auth-skipped-at-times",
        "Three requests in ten pass without authorization",
        breaks=("filters.externalauth-fails-closed",),
        cause="When its queue is full the filter lets requests pass to keep latency low.",
        resource=sometimes(30, unasked),
    ),
    defect(
        "auth-beside",
        "Requests reach the backend while the authorization service is asked; only the answer is withheld",
        breaks=("filters.externalauth-fails-closed",),
        cause="Question and request go out at the same time to save the client a round trip.",
        resource=scripted(SEND_TOO, each_route(sent_too)),
    ),
)
