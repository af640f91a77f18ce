"""Defects of URL rewrites."""

from __future__ import annotations

from dataclasses import replace

from lab.defects.changes import filters_as_read, forwards, rules_as_read
from lab.defects.filters import paths as wrong
from lab.defects.model import Defect, defect
from lab.defects.proxy import each_route, scripted, told
from lab.mesh.envoy.types import Resource
from lab.mesh.model.actions import ClusterKey, Forward, FrontendRules
from lab.mesh.world.route import Filter, ObjectKey, RequestHeaders, Rewrite, Route, Rule
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World

_DROP_QUERY = """
function envoy_on_request(handle)
  if handle:metadata():get("query") then
    local path = handle:headers():get(":path")
    handle:headers():replace(":path", (string.gsub(path, "%?.*", "")))
  end
end
"""


def hostname_ignored(item: Filter) -> Filter:
    """Only the path of a rewrite is looked at."""
    return replace(item, hostname=None) if isinstance(item, Rewrite) else item


def alone(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
    """A rewrite switches off the header modifiers beside it."""
    if not any(isinstance(item, Rewrite) for item in rule.filters):
        return rule
    return replace(rule, filters=tuple(item for item in rule.filters if not isinstance(item, RequestHeaders)))


def of_first_backend(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
    """The rewrite of one backend is taken for one of the rule."""
    own = [item for ref in rule.backends for item in ref.filters if isinstance(item, Rewrite)]
    return replace(rule, filters=(*rule.filters, *own))


def routed_again(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:
    """A request whose new Host is the name of a Service goes to that Service."""

    def forward(action: Forward) -> Forward:
        name, _, namespace = (action.host or "").partition(".")
        found = world.services.get(ObjectKey(namespace.split(".")[0], name))
        number = found.ports[0].port if found and found.ports else None
        return action if found is None or number is None else replace(action, cluster=ClusterKey(found.key, number))

    return forwards(forward)(world, service, port, rules)


def without_query(route: Resource) -> Resource:
    """A rewrite of the whole path takes the query along."""
    rewrite = route.get("route", {}).get("regex_rewrite")
    return told(route, query="dropped") if rewrite and rewrite["pattern"]["regex"] == ".*" else route


DEFECTS: tuple[Defect, ...] = (
    defect(
        "rewrite-hostname-ignored",
        "The backend sees the client's Host although the rule rewrites it",
        breaks=("filters.rewrite-hostname",),
        cause="Rewrites were built for paths; a mesh that finds backends by Host left the Host alone.",
        world=filters_as_read(hostname_ignored),
    ),
    defect(
        "rewrite-hostname-routes-again",
        "A request whose new Host is the name of another Service goes to that Service",
        breaks=("filters.rewrite-hostname-keeps-backend",),
        cause="The rewrite happens in the client's proxy, and a second proxy on the way routes by Host.",
        rules=routed_again,
    ),
    defect(
        "rewrite-appends-rest",
        "A rewrite of the whole path appends the path of the request to the new one",
        breaks=("filters.rewrite-path-full",),
        cause="Both kinds are put into the proxy's rewrite of prefixes, the whole path as one of the root.",
        rules=wrong.whole_paths(Forward, wrong.rest_appended),
    ),
    defect(
        "rewrite-everywhere",
        "A rewrite replaces every occurrence of the prefix in the path",
        breaks=("filters.rewrite-path-prefix",),
        cause="The prefix is turned into a regular expression that is not tied to the beginning.",
        rules=wrong.paths(Forward, wrong.everywhere),
    ),
    defect(
        "rewrite-loses-rest",
        "A rewrite of a prefix loses the rest of the path",
        breaks=("filters.rewrite-path-prefix", "filters.prefix-replacement-table"),
        cause="The type of the path modifier is not looked at, and every replacement is one of the whole path.",
        rules=wrong.paths(Forward, wrong.rest_lost),
    ),
    defect(
        "rewrite-adds-slash",
        "Behind the replacement of a prefix there is always a slash",
        breaks=("filters.prefix-replacement-table",),
        cause="Against double slashes the replacement is trimmed and joined with a slash, also to nothing.",
        rules=wrong.paths(Forward, wrong.slash_added),
    ),
    defect(
        "rewrite-drops-slash",
        "A rewrite of a prefix drops the trailing slash of the request",
        breaks=("filters.prefix-replacement-table",),
        cause="Paths are cleaned with a function for file names, in which a trailing slash means nothing.",
        rules=wrong.paths(Forward, wrong.trailing_slash_lost),
    ),
    defect(
        "rewrite-doubles-slash",
        "The trailing slash of a replacement stands beside the rest's own",
        breaks=("filters.prefix-replacement-table",),
        cause="The proxy's rewrite of prefixes replaces text, and the replacement is handed on as it is written.",
        rules=wrong.paths(Forward, wrong.slash_of_replacement_kept),
    ),
    defect(
        "rewrite-swallows-slash",
        "A prefix that is written with a trailing slash takes it along, so that rest and replacement stick together",
        breaks=("filters.prefix-replacement-table",),
        cause="The match ignores the trailing slash of the prefix, the rewrite cuts off its full length.",
        rules=wrong.paths(Forward, wrong.slash_of_prefix_taken),
    ),
    defect(
        "rewrite-cancels-slashes",
        "Prefix and replacement that both end in a slash lose both",
        breaks=("filters.prefix-replacement-table",),
        cause="Both are trimmed, each for a good reason, and nobody puts one slash back.",
        rules=wrong.paths(Forward, wrong.slashes_cancel),
    ),
    defect(
        "rewrite-empty-unset",
        "An empty replacement of a prefix has no effect",
        breaks=("filters.prefix-replacement-table",),
        cause="An empty text is the zero value of the field, and taken for one that is not set.",
        rules=wrong.paths(Forward, wrong.empty_means_none),
    ),
    defect(
        "rewrite-empty-doubles-slash",
        "An empty replacement of a prefix gives a path with two slashes",
        breaks=("filters.prefix-replacement-table",),
        cause="An empty path is invalid, so that the root is put in place of an empty replacement, before the rest.",
        rules=wrong.paths(Forward, wrong.empty_means_root),
    ),
    defect(
        "rewrite-doubles-root",
        "A prefix replaced by the root gives a path with two slashes",
        breaks=("filters.prefix-replacement-table",),
        cause="The slash of the replacement is trimmed only if it is not all there is.",
        rules=wrong.paths(Forward, wrong.root_doubled),
    ),
    defect(
        "rewrite-root-unset",
        "A prefix replaced by the root stays where nothing is left behind it",
        breaks=("filters.prefix-replacement-table",),
        cause="Trimmed of its slash the replacement is empty, and an empty path is put back to what it was.",
        rules=wrong.paths(Forward, wrong.root_means_none),
    ),
    defect(
        "rewrite-drops-query",
        "A rewrite of the whole path drops the query",
        breaks=("filters.rewrite-path-full",),
        cause="Path and query are one field in HTTP/2, and the whole field is replaced.",
        resource=scripted(_DROP_QUERY, each_route(without_query)),
    ),
    defect(
        "rewrite-alone",
        "A rewrite switches off the header modifier beside it",
        breaks=("filters.rewrite-with-header-modifier",),
        cause="Filters are read until the first that decides where a request goes, and the rest is not read.",
        world=rules_as_read(alone),
    ),
    defect(
        "backend-rewrite-of-rule",
        "A rewrite of one backend acts on the requests to all backends of the rule",
        breaks=("filters.backend-level-url-rewrite",),
        cause="The proxy rewrites paths by route, and a route has all backends of a rule.",
        world=rules_as_read(of_first_backend),
    ),
)
