"""What filters do, written from spec/requirements.yaml alone, as model.py is."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from tests.oracle.terms import UNSPECIFIED, Backend, Forwarded, Headers, Outcome, Redirected, Request, Unspecified

Obj = Mapping[str, Any]
SETTINGS = {
    "RequestHeaderModifier": "requestHeaderModifier",
    "ResponseHeaderModifier": "responseHeaderModifier",
    "RequestMirror": "requestMirror",
    "RequestRedirect": "requestRedirect",
    "URLRewrite": "urlRewrite",
    "ExtensionRef": "extensionRef",
}
WELL_KNOWN = {"http": 80, "https": 443}


def of_type(chosen: Iterable[Obj], kind: str) -> list[Obj]:
    """The settings of those filters that are of this type."""
    return [one.get(SETTINGS[kind], {}) for one in chosen if one["type"] == kind]


def applied(chosen: Iterable[Obj], sent: Forwarded | Unspecified, prefix: str) -> Forwarded | Unspecified:
    """What is forwarded and answered after these filters, all of which take effect.
    [filters.rewrite-with-header-modifier]
    """
    if isinstance(sent, Unspecified):
        return sent
    for one in of_type(chosen, "RequestHeaderModifier"):
        sent = replace(sent, headers=modified(sent.headers, one))
    for one in of_type(chosen, "ResponseHeaderModifier"):
        sent = replace(sent, answer=modified(sent.answer, one))
    for one in of_type(chosen, "URLRewrite"):
        path = replaced(one.get("path"), sent.path, prefix)
        if path is None:
            return UNSPECIFIED
        # [filters.rewrite-hostname, .rewrite-hostname-keeps-backend, .rewrite-path-full, .rewrite-path-prefix]
        sent = replace(sent, host=one.get("hostname", sent.host), path=path)
    return sent


def modified(headers: Headers, change: Obj) -> Headers:
    """[filters.request-header-set, -add, -remove, -combined; filters.response-header-set, -add-remove]"""
    result = dict(headers)
    for one in change.get("set", ()):
        result[one["name"].lower()] = (one["value"],)
    for one in change.get("add", ()):
        result[one["name"].lower()] = (*result.get(one["name"].lower(), ()), one["value"])
    for name in change.get("remove", ()):
        result.pop(name.lower(), None)
    return tuple(sorted(result.items()))


def replaced(change: Obj | None, path: str, prefix: str) -> str | None:
    """The path after the modifier; None where the table of replacements has no such row.
    [filters.prefix-replacement-table]
    """
    if change is None:
        return path
    if change["type"] == "ReplaceFullPath":
        return str(change["replaceFullPath"])
    value, rest = change["replacePrefixMatch"], path[len(prefix.rstrip("/")) :]
    if prefix == "/" and path == "/" and value.strip("/"):
        return None  # whether the slash is matched or kept
    if rest == "" and value != "/" and value.endswith("/"):
        return None  # whether the replacement's slash is kept
    return value.rstrip("/") + rest or "/"


def redirected(redirect: Obj, prefix: str, request: Request) -> Outcome:
    """What is not configured stays as it is in the request. [filters.redirect-location-defaults]"""
    path = replaced(redirect.get("path"), request.path, prefix)  # [filters.redirect-path]
    if path is None:
        return UNSPECIFIED
    scheme = redirect.get("scheme", "http")
    host = redirect.get("hostname", request.host.partition(":")[0])
    # [filters.redirect-location-port, .redirect-port-derived-from-scheme, .redirect-port-kept-without-scheme]
    port = redirect.get("port") or (WELL_KNOWN[scheme] if "scheme" in redirect else request.port)
    return Redirected(redirect.get("statusCode", 302), location(scheme, host, port, path))


def location(scheme: str, host: str, port: int, path: str) -> str:
    """[filters.redirect-omits-default-port], so both forms are one; what becomes of the query is not said."""
    return f"{scheme}://{host}{'' if port == WELL_KNOWN[scheme] else f':{port}'}{path}"


def mirror_share(mirror: Obj) -> Fraction:
    """[filters.mirror-percent-fraction, .mirror-zero-percent, .mirror-copies-request]"""
    if "percent" in mirror:
        return Fraction(mirror["percent"], 100)
    fraction = mirror.get("fraction")
    return Fraction(fraction["numerator"], fraction.get("denominator", 100)) if fraction else Fraction(1)


def with_copies(sent: Outcome, copies: list[tuple[Backend, Fraction]]) -> Outcome:
    """The same, copied."""
    return replace(sent, copies=tuple(sorted(copies))) if isinstance(sent, Forwarded) else sent


def first_values(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The first value of each name."""
    return dict(reversed(list(pairs)))


def grouped(headers: Iterable[tuple[str, str]]) -> Headers:
    """Values by lower-case name; a line joined by commas counts like several lines."""
    result: dict[str, tuple[str, ...]] = {}
    for name, value in headers:
        values = tuple(part.strip() for part in value.split(","))
        result[name.lower()] = (*result.get(name.lower(), ()), *values)
    return tuple(sorted(result.items()))
