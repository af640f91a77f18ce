"""The question to another service whether a request may pass.

filters.externalauth-fails-closed: what is not allowed, or cannot be asked, does not pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lab.mesh.envoy.headers import overwrite
from lab.mesh.envoy.types import ONWARD, Resource, typed
from lab.mesh.model.actions import Auth

# The hop that questions take, and the header that tells it which others may pass.
HOP, ALLOWED = "questions", "x-lab-allowed"
_ADDRESS, _FILTER = "question", "auth"
_MUTATION = "envoy.extensions.filters.http.header_mutation.v3"
_KIND = "envoy.extensions.filters.http.ext_authz.v3"
# Longer than any answer ought to take; then it is "no".
_TIMEOUT = "5s"
# Of the service's answer, what describes the message itself and not the request. A request with a `:status` breaks
# connections of HTTP/2.
_OF_THE_MESSAGE = (
    ":status",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "host",
    "keep-alive",
    "server",
    "transfer-encoding",
)


def auth_filters() -> list[Resource]:
    """Address the question and ask; off but for routes that say whom."""
    nobody = {"server_uri": {"uri": "http://nobody", "cluster": "nobody", "timeout": _TIMEOUT}}
    every = {"patterns": [{"safe_regex": {"regex": ".*"}}]}
    asks = typed(f"{_KIND}.ExtAuthz", transport_api_version="V3", http_service=nobody, allowed_headers=every)
    return [
        {"name": _ADDRESS, "typed_config": typed(f"{_MUTATION}.HeaderMutation"), "disabled": True},
        {"name": _FILTER, "typed_config": asks, "disabled": True},
    ]


def asking(route: Resource, auth: Auth) -> Resource:
    """The route, for requests that the service allows."""
    settings = _grpc(auth) if auth.filter.protocol == "GRPC" else _http(auth)
    if auth.filter.body:
        settings["with_request_body"] = {"max_request_bytes": auth.filter.body, "allow_partial_message": True}
    allowed = ",".join(name.lower() for name in auth.filter.request_headers)
    told = [{"append": overwrite(ONWARD, str(auth.cluster))}, {"remove": ALLOWED}]
    told += [{"append": overwrite(ALLOWED, allowed)}] if allowed else []
    configured = {
        _ADDRESS: typed(f"{_MUTATION}.HeaderMutationPerRoute", mutations={"request_mutations": told}),
        _FILTER: typed(f"{_KIND}.ExtAuthzPerRoute", check_settings=settings),
    }
    return route | {
        "typed_per_filter_config": {**route.get("typed_per_filter_config", {}), **configured},
        "request_headers_to_remove": [*route.get("request_headers_to_remove", ()), ONWARD, ALLOWED],
    }


def _grpc(auth: Auth) -> Resource:
    return {"grpc_service": {"envoy_grpc": {"cluster_name": str(auth.cluster)}, "timeout": _TIMEOUT}}


def _http(auth: Auth) -> Resource:
    """Host, method, path, length and Authorization of the request always go along, its path behind the prefix."""
    service: Resource = {"server_uri": {"uri": "http://authorization", "cluster": HOP, "timeout": _TIMEOUT}}
    if auth.filter.path:
        service["path_prefix"] = "/" + auth.filter.path.strip("/")
    given = auth.filter.response_headers
    everything: Resource = {"patterns": [{"safe_regex": {"regex": none_of(_OF_THE_MESSAGE)}}]}
    service["authorization_response"] = {"allowed_upstream_headers": _names(given) if given else everything}
    return {"http_service": service}


def _names(names: Iterable[str]) -> Resource:
    return {"patterns": [{"exact": name.lower(), "ignore_case": True} for name in names]}


def none_of(words: Iterable[str]) -> str:
    """A regular expression for every text that is none of these, in a syntax without negation."""
    by_first: dict[str, list[str]] = {}
    empty = False
    for word in words:
        if word:
            by_first.setdefault(word[0], []).append(word[1:])
        else:
            empty = True
    if not by_first:
        return ".+" if empty else ".*"
    firsts = sorted(by_first)
    others = "[^" + "".join(f"\\{first}" if first in r"\]^-" else first for first in firsts) + "].*"
    longer = [re.escape(first) + none_of(by_first[first]) for first in firsts]
    return "(?:" + "|".join([*([] if empty else [""]), others, *longer]) + ")"
