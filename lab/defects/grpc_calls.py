"""Defects in what becomes of calls once a rule of a GRPCRoute has them: backends, weights, filters."""

from __future__ import annotations

from copy import deepcopy

from lab.defects import calls
from lab.defects import grpc_rules as wrong
from lab.defects.edits import managers
from lab.defects.model import Defect, defect
from lab.mesh.envoy.types import LISTENER, Resource, typed
from lab.mesh.world.route import RouteKind

_WHOLE_BODY = """
function envoy_on_request(handle)
  if string.find(handle:headers():get("content-type") or "", "application/grpc", 1, true) == 1 then
    handle:body()
  end
end
"""


def whole_bodies(type_url: str, name: str, resource: Resource) -> Resource:  # noqa: ARG001 - part of the signature
    """Every listener waits for the end of a call's messages before it forwards any."""
    if type_url != LISTENER:
        return resource
    changed = deepcopy(resource)
    script = typed("envoy.extensions.filters.http.lua.v3.Lua", default_source_code={"inline_string": _WHOLE_BODY})
    for manager in managers(changed):
        manager["http_filters"] = [{"name": "whole body", "typed_config": script}, *manager["http_filters"]]
    return changed


DEFECTS: tuple[Defect, ...] = (
    defect(
        "grpc-missing-backend-unimplemented",
        "Calls of a backend that does not exist get UNIMPLEMENTED",
        breaks=("grpc.invalid-backend-unavailable",),
        cause="A rule without a usable backend is left out, so that its calls are matched by none.",
        unusable=wrong.unusable_unimplemented,
    ),
    defect(
        "grpc-missing-backend-replaced",
        "Calls of a backend that does not exist go to the Service's own endpoints",
        breaks=("grpc.invalid-backend-unavailable", "grpc.partial-invalid-proportional"),
        cause="What cannot be resolved is replaced by the parent, the only Service that is known for certain.",
        unusable=wrong.unusable_forwarded,
    ),
    defect(
        "grpc-share-handed-on",
        "The share of a backend that does not exist is divided among the others",
        breaks=("grpc.partial-invalid-proportional",),
        cause="Backends are resolved before weights are normalised, so that the rest adds up to all.",
        rules=calls.each_call_division(wrong.shares_handed_on),
    ),
    defect(
        "grpc-one-backend-spoils-all",
        "One backend that does not exist makes all calls of its rule fail",
        breaks=("grpc.partial-invalid-proportional",),
        cause="The first backend that cannot be resolved ends the translation of its rule.",
        rules=calls.each_call_division(wrong.one_spoils_all),
    ),
    defect(
        "grpc-weights-ignored",
        "All backends of a GRPCRoute that have any weight get the same share",
        breaks=("grpc.weights",),
        cause="Calls are balanced by the client's library, which gets a plain list of addresses.",
        rules=calls.each_call_division(wrong.equal_shares),
    ),
    defect(
        "grpc-weight-zero-counts",
        "A backend of weight 0 gets 5 % of the calls",
        breaks=("grpc.weights",),
        cause="In the proxy's API a weight of 0 is not valid, and was raised to the smallest one.",
        world=calls.rules_read(wrong.zero_is_something),
    ),
    defect(
        "grpc-weights-by-connection",
        "Backends are drawn once a connection instead of once a call",
        breaks=("grpc.per-call-routing", "grpc.weights"),
        cause="Weights are applied by a balancer of connections, and a channel keeps its connection.",
        rules=calls.each_call(calls.by_connection),
        numbered=True,
    ),
    defect(
        "grpc-set-adds",
        "Metadata that is to be set is added to what is there",
        breaks=("grpc.request-header-modifier",),
        cause="In the proxy's API appending is the default, and nobody switched it off.",
        world=calls.filters_read(wrong.set_adds),
    ),
    defect(
        "grpc-add-sets",
        "Metadata that is to be added replaces what is there",
        breaks=("grpc.request-header-modifier",),
        cause="Both kinds of change go into one map by name.",
        world=calls.filters_read(wrong.add_sets),
    ),
    defect(
        "grpc-first-removal-alone",
        "Of several pieces of metadata only the first is removed",
        breaks=("grpc.request-header-modifier",),
        cause="A loop over the list ends at its first success.",
        world=calls.filters_read(wrong.first_removed),
    ),
    defect(
        "grpc-filters-of-all-rules",
        "The filters of one rule act on all rules of the route",
        breaks=("grpc.request-header-modifier",),
        cause="Filters are collected for the virtual host, which all rules share.",
        world=calls.routes_read(RouteKind.GRPC, wrong.filters_of_all_rules),
    ),
    defect(
        "grpc-modified-for-70-percent",
        "30 % of the calls keep their metadata as it was",
        breaks=("grpc.request-header-modifier",),
        cause="One of three replicas of a waypoint runs a release that does not know the filter.",
        rules=calls.each_call(wrong.unmodified_at_times),
    ),
    defect(
        "grpc-answers-keep-everything",
        "Nothing is removed from the metadata of answers",
        breaks=("grpc.response-header-modifier",),
        cause="Removal is implemented in the filter of requests alone.",
        world=calls.filters_read(wrong.answers_keep_everything),
    ),
    defect(
        "grpc-answers-untouched",
        "The metadata of answers is not changed",
        breaks=("grpc.response-header-modifier",),
        cause="The filter was taken over from HTTPRoute for requests, and answers were forgotten.",
        world=calls.filters_read(wrong.answers_untouched),
    ),
    defect(
        "grpc-mirrored-twice",
        "The mirror gets two copies of each call",
        breaks=("grpc.request-mirror",),
        cause="The filter is applied on the way out of the client's proxy and again on the way into the server's.",
        rules=calls.each_call(wrong.mirrored_twice),
    ),
    defect(
        "grpc-not-mirrored",
        "The mirror of a GRPCRoute gets nothing",
        breaks=("grpc.request-mirror",),
        cause="The proxy cannot copy streams, and every call is one; nobody told the route's author.",
        rules=calls.each_call(wrong.not_mirrored),
    ),
    defect(
        "grpc-mirror-answers",
        "For 5 % of the calls the mirror's answer is returned",
        breaks=("grpc.request-mirror",),
        cause="Whichever answers first is taken, and now and then that is the mirror.",
        rules=calls.each_call(wrong.mirror_answers),
    ),
)
