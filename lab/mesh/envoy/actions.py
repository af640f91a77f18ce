"""What happens to a request, as the action part of an Envoy route."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import singledispatch

from lab.mesh.envoy.attempts import HOP, retried
from lab.mesh.envoy.spilling import spilling
from lab.mesh.envoy.types import Resource
from lab.mesh.model.actions import Action, Forward, HeaderEdit, MirrorTo, PathPattern, Redirect, Respond
from lab.mesh.world.route import PathChange

_REDIRECT_CODES = {
    301: "MOVED_PERMANENTLY",
    302: "FOUND",
    303: "SEE_OTHER",
    307: "TEMPORARY_REDIRECT",
    308: "PERMANENT_REDIRECT",
}


@singledispatch
def route_action(action: Action) -> Resource:
    """The fields of a route that carry out `action`."""
    raise TypeError(f"not an action: {action!r}")


@route_action.register
def _(action: Respond) -> Resource:
    return _besides({"direct_response": {"status": action.status}}, action)


@route_action.register
def _(action: Forward) -> Resource:
    request, response = _headers("request", action.request), _headers("response", action.response)
    route: Resource = {
        # Left out, Envoy would end every request after 15 s.
        "timeout": seconds(shortest(action.limits.request, action.limits.attempt)),
        "cluster": str(action.cluster),
        # The cluster of a valid backend is always sent before the route that names it.
        "cluster_not_found_response_code": "INTERNAL_SERVER_ERROR",
    }
    if not action.upgrades:
        route["upgrade_configs"] = [{"upgrade_type": "websocket", "enabled": False}]
    if action.host is not None:
        route["host_rewrite_literal"] = action.host
    if action.path is not None:
        route["regex_rewrite"] = path_rewrite(action.path, action.prefix)
    if action.mirrors:
        route["request_mirror_policies"] = [_mirror(mirror) for mirror in action.mirrors]
    if action.retry is not None:
        detour = retried(str(action.cluster), action.retry, action.limits)
        # retries.bounded-by-request-timeout
        limit = seconds(action.limits.request)
        route |= {"cluster": HOP, "timeout": limit, "retry_policy": detour.policy}
        request["request_headers_to_add"] = [*request.get("request_headers_to_add", ()), *detour.request]
        removed = response.get("response_headers_to_remove", ())
        response["response_headers_to_remove"] = [*removed, *detour.hidden]
    return {"route": route, **request, **response}


@route_action.register
def _(action: Redirect) -> Resource:
    redirect: Resource = {"scheme_redirect": action.scheme, "response_code": _REDIRECT_CODES[action.status]}
    if action.host is not None:
        redirect["host_redirect"] = action.host
    if action.port is not None:
        redirect["port_redirect"] = action.port
    if action.path is not None:
        redirect["regex_rewrite"] = path_rewrite(action.path, action.prefix)
    return _besides({"redirect": redirect, **_headers("response", action.response)}, action)


def _besides(route: Resource, action: Respond | Redirect) -> Resource:
    return spilling(route, str(action.besides)) if action.besides else route


def shortest(*limits: int | None) -> int | None:
    """The limit that is reached first. Where there is one attempt only, its limit is one of the whole exchange."""
    return min((limit for limit in limits if limit is not None), default=None)


def seconds(milliseconds: int | None) -> str:
    """A protobuf duration; 0 switches a timeout off."""
    whole, rest = divmod(milliseconds or 0, 1000)
    return f"{whole}.{rest:03}s" if rest else f"{whole}s"


def path_rewrite(change: PathChange, prefix: str) -> Resource:
    """A rewrite of the path, query untouched (filters.rewrite-path-full, rewrite-path-prefix, redirect-path).

    The slash rules of a prefix replacement are a table of the Gateway API (filters.prefix-replacement-table). They come
    down to this: trailing slashes of prefix and replacement mean nothing, the rest of the path is kept as it is, and an
    empty result is the root.
    """
    if isinstance(change, PathPattern):
        return _regex_rewrite(change.regex, change.value)
    if change.whole:
        return _regex_rewrite(".*", _literal(change.value or "/"))
    replacement = change.value.rstrip("/")
    if replacement:
        return _regex_rewrite(f"^{re.escape(prefix)}(.*)$", _literal(replacement) + r"\1")
    return _regex_rewrite(f"^{re.escape(prefix)}/?(.*)$", r"/\1")


def _regex_rewrite(pattern: str, substitution: str) -> Resource:
    return {"pattern": {"regex": pattern}, "substitution": substitution}


def _literal(text: str) -> str:
    return text.replace("\\", r"\\")


def _mirror(mirror: MirrorTo) -> Resource:
    """The copy keeps its Host; whether there is one is drawn for each request (filters.mirror-percent-fraction)."""
    return {
        "cluster": str(mirror.cluster),
        "runtime_fraction": {"default_value": _fraction(mirror.numerator, mirror.denominator)},
        "disable_shadow_host_suffix_append": True,
    }


def _fraction(numerator: int, denominator: int) -> Resource:
    """The share in the largest unit that states it exactly.

    Envoy draws one number for a request, and weights are compared with all its last six digits. In a larger unit fewer
    digits count, so that who is mirrored does not depend on the backend that was drawn.
    """
    for name, unit in (("HUNDRED", 100), ("TEN_THOUSAND", 10_000)):
        if unit * numerator % denominator == 0:
            return {"numerator": unit * numerator // denominator, "denominator": name}
    return {"numerator": round(1_000_000 * numerator / denominator), "denominator": "MILLION"}


def _headers(side: str, edits: Sequence[HeaderEdit]) -> Resource:
    """Header edits of one side, "request" or "response". Envoy removes first and then adds, in the order given."""
    added = [
        _addition(edit.name, value, replace=edit.replace and index == 0)
        for edit in edits
        for index, value in enumerate(edit.values)
    ]
    removed = [edit.name for edit in edits if not edit.values]
    fields: Resource = {}
    if added:
        fields[f"{side}_headers_to_add"] = added
    if removed:
        fields[f"{side}_headers_to_remove"] = removed
    return fields


def _addition(name: str, value: str, *, replace: bool) -> Resource:
    # Envoy reads values as templates: a percent sign has to be doubled to mean itself.
    return {
        "header": {"key": name, "value": value.replace("%", "%%")},
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD" if replace else "APPEND_IF_EXISTS_OR_ADD",
        "keep_empty_value": True,
    }
