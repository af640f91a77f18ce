"""Defects of header modifiers, and of the Host header."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from lab.defects.callers import apart, on_second_node
from lab.defects.changes import filters_as_read, forwards, rules_as_read
from lab.defects.model import Defect, defect
from lab.defects.proxy import each_route, scripted, told, when_reused
from lab.mesh.envoy.headers import OVERWRITE
from lab.mesh.envoy.types import Resource
from lab.mesh.model.actions import HeaderEdit
from lab.mesh.model.decisions import Rules
from lab.mesh.world.route import Filter, RequestHeaders, ResponseHeaders, Route, Rule
from lab.mesh.world.snapshot import World

_REMOVE_ALIKE = """
function envoy_on_request(handle)
  local names, found = handle:metadata():get("names"), {}
  if not names then return end
  for name in string.gmatch(names, "[^,]+") do
    for header in pairs(handle:headers()) do
      if string.sub(header, 1, #name) == name then found[#found + 1] = header end
    end
  end
  for _, header in ipairs(found) do handle:headers():remove(header) end
end
"""

Modifier = type[RequestHeaders] | type[ResponseHeaders]


def request_edits(change: Callable[[HeaderEdit], HeaderEdit | None]) -> Rules:
    """Every edit of a request's header is changed, or left out (None)."""
    return forwards(lambda action: replace(action, request=_changed(action.request, change)))


def response_edits(change: Callable[[HeaderEdit], HeaderEdit | None]) -> Rules:
    """Every edit of an answer's header is changed, or left out (None)."""
    return forwards(lambda action: replace(action, response=_changed(action.response, change)))


def _changed(edits: Iterable[HeaderEdit], change: Callable[[HeaderEdit], HeaderEdit | None]) -> tuple[HeaderEdit, ...]:
    return tuple(made for edit in edits if (made := change(edit)) is not None)


def appended(edit: HeaderEdit) -> HeaderEdit:
    """Set like added."""
    return replace(edit, replace=False) if edit.values else edit


def appended_if_capitals_differ(edit: HeaderEdit) -> HeaderEdit:
    """The header is looked for as the route spells it; clients send lower case."""
    return appended(edit) if edit.name != edit.name.lower() else edit


def replacing(edit: HeaderEdit) -> HeaderEdit:
    """Added like set."""
    return replace(edit, replace=True)


def kept_if_capitals_differ(edit: HeaderEdit) -> HeaderEdit | None:
    """A header to remove is looked for as the route spells it."""
    return None if not edit.values and edit.name != edit.name.lower() else edit


def first_operation(item: Filter) -> Filter:
    """Of set, add and remove the first that the filter has."""
    if not isinstance(item, RequestHeaders):
        return item
    edits = item.edits
    if edits.set:
        return RequestHeaders(replace(edits, add=(), remove=()))
    return RequestHeaders(replace(edits, remove=())) if edits.add else item


def only_in_place(side: str) -> Callable[[Resource], Resource]:
    """What a rule sets replaces a header, but does not create one."""

    def changed(route: Resource) -> Resource:
        field = f"{side}_headers_to_add"
        added = [
            {**each, "append_action": "OVERWRITE_IF_EXISTS"} if _of_a_rule(each) else each
            for each in route.get(field, ())
        ]
        return {**route, field: added} if added else route

    return changed


def _of_a_rule(added: Resource) -> bool:
    return added["append_action"] == OVERWRITE and "keep_empty_value" in added


def additions_only(item: Filter) -> Filter:
    """Of a request header modifier what it adds."""
    return RequestHeaders(replace(item.edits, set=(), remove=())) if isinstance(item, RequestHeaders) else item


def without_request_edits(route: Resource) -> Resource | None:
    """The route as if its rule had nothing to say about request headers."""
    names = ("request_headers_to_add", "request_headers_to_remove")
    if "route" not in route or not any(name in route for name in names):
        return None
    return {name: value for name, value in route.items() if name not in names}


def templates(route: Resource) -> Resource:
    """Percent signs in values mean what they mean to the proxy."""
    field = "request_headers_to_add"
    added = [_unescaped(each) if "keep_empty_value" in each else each for each in route.get(field, ())]
    return {**route, field: added} if added else route


def _unescaped(added: Resource) -> Resource:
    value = re.sub("%%(?=REQ)|(?<=[)])%%", "%", added["header"]["value"])
    return {**added, "header": {**added["header"], "value": value}}


def removing_alike(route: Resource) -> Resource:
    """A script removes what begins like a header to remove."""
    names = route.get("request_headers_to_remove", ())
    return told(route, names=",".join(name.lower() for name in names)) if names and "route" in route else route


def to_all_rules(kind: Modifier) -> Callable[[World, Route, Rule], Rule]:
    """What one rule does to headers is done by all rules of its route."""

    def changed(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
        others = [item for each in route.rules if each is not rule for item in each.filters if isinstance(item, kind)]
        return replace(rule, filters=(*rule.filters, *others))

    return changed


def to_all_backends(kind: Modifier) -> Callable[[World, Route, Rule], Rule]:
    """What one backend's filter does to headers is done for all backends of the rule."""

    def changed(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
        own = [item for ref in rule.backends for item in ref.filters if isinstance(item, kind)]
        return replace(rule, filters=(*rule.filters, *own))

    return changed


def without_backend_filters(kind: Modifier) -> Callable[[World, Route, Rule], Rule]:
    """Header modifiers of backends are not looked at."""

    def changed(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
        kept = [tuple(item for item in ref.filters if not isinstance(item, kind)) for ref in rule.backends]
        backends = tuple(replace(ref, filters=own) for ref, own in zip(rule.backends, kept, strict=True))
        return replace(rule, backends=backends)

    return changed


DEFECTS: tuple[Defect, ...] = (
    defect(
        "request-set-appends",
        "A request header that a rule sets is added to the client's own value",
        breaks=("filters.request-header-set",),
        cause="Set and add are translated to the proxy's one operation, which appends unless told otherwise.",
        rules=request_edits(appended),
    ),
    defect(
        "request-set-regards-case",
        "A request header that a rule sets replaces only one that is spelled with the same capitals",
        breaks=("filters.request-header-set", "filters.request-header-combined"),
        cause="Headers are kept in a map whose keys are compared byte by byte, and clients of HTTP/2 send lower case.",
        rules=request_edits(appended_if_capitals_differ),
    ),
    defect(
        "request-set-needs-header",
        "A request header that a rule sets is replaced where there is one, and never created",
        breaks=("filters.request-header-set",),
        cause="The proxy's operation overwrite-if-exists was taken for set.",
        resource=each_route(only_in_place("request")),
    ),
    defect(
        "request-add-replaces",
        "A request header that a rule adds replaces the client's own",
        breaks=("filters.request-header-add",),
        cause="The data plane keeps one value a header, and the last one stays.",
        rules=request_edits(replacing),
    ),
    defect(
        "request-remove-regards-case",
        "A request header is removed only if the route spells it as the client does",
        breaks=("filters.request-header-remove", "filters.request-header-combined"),
        cause="A plug-in of the proxy compares names as text; its own filters would have lowered them.",
        rules=request_edits(kept_if_capitals_differ),
    ),
    defect(
        "request-remove-takes-others-along",
        "With a request header all others that begin with its name are removed",
        breaks=("filters.request-header-remove", "filters.request-header-combined"),
        cause="The proxy removes by pattern, and the pattern is tied to the beginning only.",
        resource=scripted(_REMOVE_ALIKE, each_route(removing_alike)),
    ),
    defect(
        "request-value-is-template",
        "The value that a rule sets is read as a template of the proxy, with what the client sent filled in",
        breaks=("filters.request-header-set",),
        cause="The proxy's configuration has templates there, and the percent sign is not escaped.",
        resource=each_route(templates),
    ),
    defect(
        "request-filter-on-one-node",
        "On one of two nodes request headers are added, and neither set nor removed",
        breaks=("filters.request-header-set", "filters.request-header-remove"),
        cause="The proxy of one node is a release behind, and drops what it does not know.",
        views=apart(on_second_node, filters_as_read(additions_only)),
    ),
    defect(
        "request-filter-one-operation",
        "Of set, add and remove in one filter only the first has an effect",
        breaks=("filters.request-header-combined",),
        cause="The translation is a chain of else-ifs, because every example of the filter has one field.",
        world=filters_as_read(first_operation),
    ),
    defect(
        "request-filter-of-all-rules",
        "A request header modifier of one rule acts on the requests of all rules of its route",
        breaks=("filters.request-header-other-rules-untouched",),
        cause="Filters are hung on the virtual host that a route becomes, instead of on its entries.",
        world=rules_as_read(to_all_rules(RequestHeaders)),
    ),
    defect(
        "request-filter-of-first-request",
        "Request headers are modified for the first request of a connection only",
        breaks=("filters.request-header-set", "filters.request-header-remove"),
        cause="The filter runs when the connection's first route is chosen and its result is kept with the connection.",
        resource=when_reused(without_request_edits),
    ),
    defect(
        "backend-request-filter-ignored",
        "A request header modifier of a backend has no effect",
        breaks=("filters.request-header-backend-level",),
        cause="Filters of backends came later to the API than those of rules, and the translation does not look there.",
        world=rules_as_read(without_backend_filters(RequestHeaders)),
    ),
    defect(
        "backend-request-filter-of-rule",
        "A request header modifier of one backend acts on the requests to all backends of the rule",
        breaks=("filters.backend-level-exclusive",),
        cause="Filters are collected before the backend is chosen, in one list for the rule.",
        world=rules_as_read(to_all_backends(RequestHeaders)),
    ),
    defect(
        "response-set-appends",
        "A response header that a rule sets is added to the backend's own value",
        breaks=("filters.response-header-set",),
        cause="Only the request side was told to overwrite; the default of the proxy is to append.",
        rules=response_edits(appended),
    ),
    defect(
        "response-set-needs-header",
        "A response header that a rule sets is replaced where there is one, and never created",
        breaks=("filters.response-header-set",),
        cause="The proxy's operation overwrite-if-exists was taken for set, and the tests used a header that is there.",
        resource=each_route(only_in_place("response")),
    ),
    defect(
        "response-remove-regards-case",
        "A response header is removed only if the route spells it as the backend does",
        breaks=("filters.response-header-add-remove",),
        cause="Names are lowered on the way in, where HTTP/2 demands it, and forgotten on the way out.",
        rules=response_edits(kept_if_capitals_differ),
    ),
    defect(
        "response-filter-of-all-rules",
        "A response header modifier of one rule acts on the answers of all rules of its route",
        breaks=("filters.response-header-set",),
        cause="Which rule a request took is no longer known when its answer passes, so that all of the route's act.",
        world=rules_as_read(to_all_rules(ResponseHeaders)),
    ),
    defect(
        "backend-response-filter-of-rule",
        "A response header modifier of one backend acts on the answers of all backends of the rule",
        breaks=("filters.response-header-backend-level",),
        cause="The proxy can edit answers by route and not by cluster of a weighted split.",
        world=rules_as_read(to_all_backends(ResponseHeaders)),
    ),
    defect(
        "backend-response-filter-ignored",
        "A response header modifier of a backend has no effect",
        breaks=("filters.response-header-backend-level",),
        cause="Of a backend's filters only those that act on requests were carried over.",
        world=rules_as_read(without_backend_filters(ResponseHeaders)),
    ),
)
