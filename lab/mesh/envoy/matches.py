"""A Gateway API match as an Envoy route match."""

from __future__ import annotations

import re

from lab.mesh.envoy.types import Resource
from lab.mesh.world.route import CallMatch, Match, PathKind, PathMatch, ValueMatch

# Every request, whatever its path, `*` of OPTIONS included.
EVERYTHING: Resource = {"prefix": ""}


def route_match(match: Match) -> Resource:
    """All conditions of one match entry (matching.match-types-and)."""
    resource = _path(match.path) if match.call is None else _call(match.call)
    headers = [_value(_header_name(header.name), header) for header in match.headers]
    if match.method is not None:  # matching.method
        headers.append({"name": ":method", "string_match": {"exact": match.method}})
    if headers:
        resource["headers"] = headers  # matching.headers-and
    if match.query:
        # matching.query-and, query-name-case-sensitive, query-repeated-first-value
        resource["query_parameters"] = [_value(parameter.name, parameter) for parameter in match.query]
    return resource


def _path(path: PathMatch) -> Resource:
    """Path conditions look at the path component only (matching.path-ignores-query) and at case."""
    match path.kind:
        case PathKind.EXACT:  # matching.path-exact
            return {"path": path.value}
        case PathKind.REGEX:
            return {"safe_regex": {"regex": path.value}}
        case PathKind.PREFIX if not path.elements:
            return dict(EVERYTHING)
        case PathKind.PREFIX:  # matching.path-prefix-segments, path-prefix-trailing-slash
            return {"path_separated_prefix": path.elements}


def _call(call: CallMatch) -> Resource:
    """A gRPC call by its path, /SERVICE/METHOD, with case (grpc.match-service-method); never any other request."""
    if not call.service and not call.method:
        where: Resource = dict(EVERYTHING)
    elif not call.regex and not call.method:  # grpc.match-service-only
        where = {"path_separated_prefix": f"/{call.service}"}
    elif not call.regex and call.service:
        where = {"path": f"/{call.service}/{call.method}"}
    else:
        # Method without service, and expressions: left to implementations, and done by this one.
        service, method = (_part(part, regex=call.regex) for part in (call.service, call.method))
        where = {"safe_regex": {"regex": f"/{service}/{method}"}}
    return {**where, "grpc": {}}


def _part(part: str, *, regex: bool) -> str:
    if not part:
        return "[^/]+"
    return f"(?:{part})" if regex else re.escape(part)


def _header_name(name: str) -> str:
    """Host is a pseudo header inside Envoy (matching.host-header-match); case never counts."""
    lowered = name.lower()
    return ":authority" if lowered == "host" else lowered


def _value(name: str, value: ValueMatch) -> Resource:
    """The whole value, with its case (matching.header-exact, header-value-exact-case, query-exact)."""
    how: Resource = {"safe_regex": {"regex": value.value}} if value.regex else {"exact": value.value}
    return {"name": name, "string_match": how}
