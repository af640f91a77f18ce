"""A Gateway API match as an Envoy route match."""

from __future__ import annotations

from lab.mesh.envoy.types import Resource
from lab.mesh.world.route import Match, PathKind, PathMatch, ValueMatch

# Every request, whatever its path, `*` of OPTIONS included.
EVERYTHING: Resource = {"prefix": ""}


def route_match(match: Match) -> Resource:
    """All conditions of one match entry (matching.match-types-and)."""
    resource = _path(match.path)
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


def _header_name(name: str) -> str:
    """Host is a pseudo header inside Envoy (matching.host-header-match); case never counts."""
    lowered = name.lower()
    return ":authority" if lowered == "host" else lowered


def _value(name: str, value: ValueMatch) -> Resource:
    """The whole value, with its case (matching.header-exact, header-value-exact-case, query-exact)."""
    how: Resource = {"safe_regex": {"regex": value.value}} if value.regex else {"exact": value.value}
    return {"name": name, "string_match": how}
