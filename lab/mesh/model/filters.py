"""The net effect of a rule's filters, followed by those of one of its backends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lab.mesh.model.actions import HeaderEdit
from lab.mesh.model.actions import Redirect as RedirectAction
from lab.mesh.world.policies import Cors
from lab.mesh.world.route import (
    Filter,
    HeaderModifier,
    Match,
    PathChange,
    PathKind,
    Redirect,
    RequestHeaders,
    ResponseHeaders,
    Rewrite,
)

WELL_KNOWN_PORT = {"http": 80, "https": 443}


def header_edits(modifiers: Iterable[HeaderModifier]) -> tuple[HeaderEdit, ...]:
    """Fold modifiers, in their order, into one edit a header, names compared without case.

    filters.request-header-set, request-header-add, request-header-remove, request-header-combined; the rule's modifier
    comes before the backend's, so that the backend's has the last word.
    """
    edits: dict[str, HeaderEdit] = {}
    for modifier in modifiers:
        for name, value in modifier.set:
            edits[name.lower()] = HeaderEdit(name, replace=True, values=(value,))
        for name, value in modifier.add:
            before = edits.get(name.lower(), HeaderEdit(name, replace=False, values=()))
            edits[name.lower()] = HeaderEdit(before.name, before.replace, (*before.values, value))
        for name in modifier.remove:
            edits[name.lower()] = HeaderEdit(name, replace=True, values=())
    return tuple(edits[name] for name in sorted(edits))


def request_edits(filters: Sequence[Filter]) -> tuple[HeaderEdit, ...]:
    """What the filters do to request headers, Host aside."""
    edits = header_edits(item.edits for item in filters if isinstance(item, RequestHeaders))
    return tuple(edit for edit in edits if edit.name.lower() != "host")


def response_edits(filters: Sequence[Filter]) -> tuple[HeaderEdit, ...]:
    """What the filters do to response headers (filters.response-header-set, response-header-add-remove)."""
    return header_edits(item.edits for item in filters if isinstance(item, ResponseHeaders))


def new_host(filters: Sequence[Filter]) -> str | None:
    """The Host that the backend sees, None for the client's own (filters.rewrite-hostname, host-header-preserved)."""
    host: str | None = None
    for item in filters:
        if isinstance(item, Rewrite) and item.hostname is not None:
            host = item.hostname
        elif isinstance(item, RequestHeaders):
            host = next((value for name, value in item.edits.set if name.lower() == "host"), host)
    return host


def new_path(filters: Sequence[Filter]) -> PathChange | None:
    """The last change of the path: a backend's replaces the rule's (filters.backend-level-url-rewrite)."""
    return next((item.path for item in reversed(filters) if isinstance(item, Rewrite) and item.path), None)


def redirect_of(filters: Sequence[Filter]) -> Redirect | None:
    """The redirect that answers the request, if there is one (filters.backend-level-redirect)."""
    return next((item for item in filters if isinstance(item, Redirect)), None)


def cors_of(filters: Sequence[Filter]) -> Cors | None:
    """The last CORS filter: a backend's replaces the rule's."""
    return next((item for item in reversed(filters) if isinstance(item, Cors)), None)


def matched_prefix(match: Match) -> str:
    """The part of the path that a prefix replacement replaces, without a trailing slash."""
    return match.path.elements if match.path.kind is PathKind.PREFIX else ""


def redirect_action(redirect: Redirect, match: Match, filters: Sequence[Filter], frontend_port: int) -> RedirectAction:
    """The Location and status of a redirect, for a request that came in on `frontend_port` over plain HTTP.

    The port is the configured one, else the well-known port of a configured scheme
    (filters.redirect-port-derived-from-scheme), else the port the request came in on
    (filters.redirect-port-kept-without-scheme); one that goes without saying is left out
    (filters.redirect-omits-default-port). Scheme, host and path not configured are the request's
    (filters.redirect-location-defaults).
    """
    scheme = redirect.scheme or "http"
    if redirect.port is not None:
        port = redirect.port
    elif redirect.scheme is not None:
        port = WELL_KNOWN_PORT[redirect.scheme]
    else:
        port = frontend_port
    return RedirectAction(
        status=redirect.status,
        scheme=scheme,
        host=redirect.hostname,
        port=None if port == WELL_KNOWN_PORT[scheme] else port,
        path=redirect.path,
        prefix=matched_prefix(match),
        response=response_edits(filters),
    )
