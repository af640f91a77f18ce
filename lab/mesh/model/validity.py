"""Whether this mesh can implement a rule, apart from what its references resolve to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from lab.mesh.model.attachment import Refusal
from lab.mesh.world.policies import ExternalAuth
from lab.mesh.world.route import (
    Filter,
    Match,
    Mirror,
    PathKind,
    Redirect,
    RequestHeaders,
    Rewrite,
    Route,
    Rule,
    UnknownFilter,
)

EXTENSION = "ExtensionRef"
_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
# What Python's expressions have and RE2, which matches in the data plane, has not.
_NOT_RE2 = re.compile(r"\(\?(?:[=!]|<[=!]|P=|\(|>|#)|\\[1-9]|[*+?}]\+|\\Z")


def rule_problem(rule: Rule) -> Refusal | None:
    """Why the rule cannot be implemented, None if it can.

    filters.unsupported-filter-not-silent, status.unsupported-value: such a rule is reported, never half applied.
    """
    return _bad_filters(rule) or _bad_match(rule) or _bad_auth(rule) or _bad_policy(rule)


def usable_rules(route: Route) -> Route | None:
    """The route with the rules that can be implemented; None if there is none, and then it attaches to nothing."""
    problems = [rule_problem(rule) for rule in route.rules]
    if not any(problems):
        return route
    return None if all(problems) else _without(route, problems)


def _without(route: Route, problems: list[Refusal | None]) -> Route:
    """Dropped rules keep their place as rules that match nothing, so that indexes still mean what was written."""
    rules = tuple(Rule(matches=()) if problem else rule for rule, problem in zip(route.rules, problems, strict=True))
    return replace(route, rules=rules)


def _bad_filters(rule: Rule) -> Refusal | None:
    for filters in (rule.filters, *(backend.filters for backend in rule.backends)):
        for item in filters:
            if problem := _bad_filter(item, rule.matches):
                return problem
        kinds = {type(item) for item in filters}
        if {Redirect, ExternalAuth} <= kinds:
            return Refusal("IncompatibleFilters", "this mesh asks nobody before it redirects")
        if {Redirect, Rewrite} <= kinds:  # filters.rewrite-with-header-modifier
            return Refusal("IncompatibleFilters", "RequestRedirect and URLRewrite exclude each other")
        if _changed_after_copy(filters):  # filters.order
            return Refusal("IncompatibleFilters", "this mesh copies requests as the backend gets them")
    return None


def _changed_after_copy(filters: Sequence[Filter]) -> bool:
    """Whether a mirror stands before a filter that changes the request: its copy would have to be an older one."""
    kinds = [type(item) for item in filters]
    return Mirror in kinds and any(kind in {RequestHeaders, Rewrite} for kind in kinds[kinds.index(Mirror) :])


def _bad_filter(item: Filter, matches: Iterable[Match]) -> Refusal | None:
    match item:
        case UnknownFilter(kind) if kind != EXTENSION:
            return Refusal("UnsupportedValue", f"filter {kind} is not implemented by this mesh")
        case Redirect(status=status) if status not in _REDIRECT_STATUSES:
            return Refusal("UnsupportedValue", f"redirect status {status} is not implemented by this mesh")
        case Redirect(scheme=scheme) if scheme not in {None, "http", "https"}:
            return Refusal("UnsupportedValue", f"redirect scheme {scheme} is not implemented by this mesh")
        case Redirect(path=path) | Rewrite(path=path) if path is not None and not path.whole:
            if any(match.path.kind is not PathKind.PREFIX for match in matches):
                return Refusal("UnsupportedValue", "ReplacePrefixMatch needs matches of type PathPrefix only")
        case RequestHeaders(edits):
            names = [*(name for name, _ in edits.add), *edits.remove]
            if any(name.lower() == "host" for name in names):
                return Refusal("UnsupportedValue", "the Host header can be set, but neither added to nor removed")
        case _:
            pass
    return None


def _bad_auth(rule: Rule) -> Refusal | None:
    for filters in (rule.filters, *((*rule.filters, *backend.filters) for backend in rule.backends)):
        asked = [item for item in filters if isinstance(item, ExternalAuth)]
        if len(asked) > 1:
            return Refusal("IncompatibleFilters", "a request can be subject to one ExternalAuth filter only")
        for item in asked:
            if item.protocol not in {"HTTP", "GRPC"}:
                return Refusal("UnsupportedValue", f"protocol {item.protocol} of ExternalAuth is not implemented")
            if item.protocol == "GRPC" and item.request_headers:
                return Refusal("UnsupportedValue", "with the protocol GRPC allowedHeaders is not implemented")
    return None


def _bad_policy(rule: Rule) -> Refusal | None:
    session = rule.session
    if session is not None and session.idle:
        return Refusal("UnsupportedValue", "idleTimeout of sessionPersistence is not implemented by this mesh")
    if session is not None and session.permanent and not session.absolute:
        return Refusal("UnsupportedValue", "a Permanent cookie needs an absoluteTimeout")
    return None


def has_bad_pattern(rule: Rule) -> bool:
    """Whether a match of the rule has a regular expression that does not compile."""
    return any(not _compiles(pattern) for match in rule.matches for pattern in _patterns(match))


def _patterns(match: Match) -> list[str]:
    patterns = [value.value for value in (*match.headers, *match.query) if value.regex]
    if match.path.kind is PathKind.REGEX:
        patterns.append(match.path.value)
    if match.call is not None and match.call.regex:
        patterns += [part for part in (match.call.service, match.call.method) if part]
    return patterns


def _bad_match(rule: Rule) -> Refusal | None:
    for match in rule.matches:
        if match.unknown:  # status.unsupported-value
            return Refusal("UnsupportedValue", f"matches of type {match.unknown[0]} are not implemented by this mesh")
        for pattern in _patterns(match):
            if not _compiles(pattern):
                return Refusal("UnsupportedValue", f"{pattern!r} is not a regular expression this mesh understands")
    return None


def _compiles(pattern: str) -> bool:
    if _NOT_RE2.search(pattern):
        return False
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def usable_routes(routes: Iterable[Route]) -> tuple[Route, ...]:
    """The routes, each with its usable rules, that have any."""
    return tuple(usable for route in routes if (usable := usable_rules(route)))
