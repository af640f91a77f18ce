"""Cross-origin resource sharing as routes: who asks from where decides which of them a request takes.

Envoy has a filter for it, which returns wildcards as they are written and lets a backend's own headers pass for
origins that are denied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from lab.mesh.envoy.headers import literal, overwrite
from lab.mesh.envoy.types import Resource
from lab.mesh.world.policies import Cors

# What a preflight request gets; without the headers of the first a browser keeps the script from its request.
_GRANTED, _DENIED = 204, 403
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_ANSWERS = ("allow-origin", "allow-credentials", "allow-methods", "allow-headers", "expose-headers", "max-age")
_PREFLIGHT: list[Resource] = [
    {"name": ":method", "string_match": {"exact": "OPTIONS"}},
    {"name": "access-control-request-method", "present_match": True},
]


def cors_routes(cors: Cors, match: Resource, own: Callable[[Resource], list[Resource]]) -> list[Resource]:
    """The routes of one share of a rule with this filter; `own` makes the share's other routes for a match.

    Preflight requests are answered here and reach no backend. The mesh alone decides who may read an answer, so that
    such headers of the backend are taken away (filters.cors-origin-denied).
    """
    allowed = {"name": "origin", "string_match": {"safe_regex": {"regex": origins_pattern(cors.origins)}}}
    anyone = {"name": "origin", "present_match": True}
    granted: Resource = {
        "match": _also(match, [allowed, *_PREFLIGHT]),
        "direct_response": {"status": _GRANTED},  # filters.cors-preflight-allowed
        "response_headers_to_add": preflight_headers(cors),
    }
    denied: Resource = {"match": _also(match, [anyone, *_PREFLIGHT]), "direct_response": {"status": _DENIED}}
    # filters.cors-simple-request
    shared = [_with_answer(route, [*_who(cors), *_exposed(cors)]) for route in own(_also(match, [allowed]))]
    return [granted, denied, *shared, *(_with_answer(route, []) for route in own(match))]


def origins_pattern(origins: Iterable[str]) -> str:
    """A regular expression for the values of Origin that one of `origins` allows."""
    return "(?i)(" + "|".join(_origin(text) for text in origins) + ")" if origins else "[^\\s\\S]"


def _origin(text: str) -> str:
    """`*` at the left of a host is one or more labels (filters.cors-origin-wildcard-host).

    Browsers leave out a port that goes without saying, so it counts as written either way.
    """
    if text == "*":
        return ".*"
    scheme, _, rest = text.partition("://")
    host, _, port = rest.partition(":")
    default = _DEFAULT_PORTS.get(scheme.lower())
    # A label of the host has neither a slash, a colon nor white space; a wildcard is at least one label.
    pattern = re.escape(host).replace(r"\*", r"[^/:\s]+")
    if port in {"", default}:
        optional = f"(:{default})?" if default else ""
        return f"{re.escape(scheme)}://{pattern}{optional}"
    return f"{re.escape(scheme)}://{pattern}:{port}"


def preflight_headers(cors: Cors) -> list[Resource]:
    """The headers of the answer to a preflight request (filters.cors-methods-headers, cors-max-age)."""
    headers = [*_who(cors)]
    if cors.methods:
        methods = _named(cors.methods, cors, "access-control-request-method")
        headers.append(overwrite("access-control-allow-methods", methods))
    if cors.headers:
        names = _named(cors.headers, cors, "access-control-request-headers")
        headers.append(overwrite("access-control-allow-headers", names))
    headers.append(overwrite("access-control-max-age", str(cors.max_age)))
    return headers


def _who(cors: Cors) -> list[Resource]:
    """The request's own origin, never a wildcard; credentials only where allowed (filters.cors-credentials)."""
    origin = overwrite("access-control-allow-origin", "%REQ(origin)%")
    return [origin, overwrite("access-control-allow-credentials", "true")] if cors.credentials else [origin]


def _named(names: Iterable[str], cors: Cors, asked: str) -> str:
    """The list, or what the request asks for where credentials forbid a wildcard.

    filters.cors-wildcard-with-credentials.
    """
    listed = list(names)
    return f"%REQ({asked})%" if "*" in listed and cors.credentials else literal(", ".join(listed))


def _exposed(cors: Cors) -> list[Resource]:
    """Headers that scripts may read. With credentials a wildcard would be the name of a header: it is left out."""
    names = [name for name in cors.exposed if name != "*" or not cors.credentials]
    return [overwrite("access-control-expose-headers", literal(", ".join(names)))] if names else []


def _with_answer(route: Resource, headers: list[Resource]) -> Resource:
    """The route with these headers in its answers instead of the backend's.

    Additions of the rule's own filters come later, and so have the last word.
    """
    ours = {f"access-control-{name}" for name in _ANSWERS}
    edited = {added["header"]["key"].lower() for added in route.get("response_headers_to_add", ())}
    removed = list(route.get("response_headers_to_remove", ()))
    kept = {name.lower() for name in removed} | edited
    added = [header for header in headers if header["header"]["key"] not in kept]
    fields = {"response_headers_to_remove": sorted({*removed, *(ours - edited)})}
    if found := [*added, *route.get("response_headers_to_add", ())]:
        fields["response_headers_to_add"] = found
    return route | fields


def _also(match: Resource, headers: list[Resource]) -> Resource:
    return match | {"headers": [*match.get("headers", ()), *headers]}
