"""From the JSON of a rule to what it asks for beyond matching, weighing and editing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.mesh.world.policies import Cors, ExternalAuth, Retry, Session
from lab.mesh.world.route import BackendRef

Json = Mapping[str, Any]


def parse_cors(item: Json) -> Cors:
    """The settings of a CORS filter."""
    return Cors(
        origins=tuple(item.get("allowOrigins") or ()),
        credentials=bool(item.get("allowCredentials")),
        methods=tuple(item.get("allowMethods") or ()),
        headers=tuple(item.get("allowHeaders") or ()),
        exposed=tuple(item.get("exposeHeaders") or ()),
        max_age=item.get("maxAge", 5),  # filters.cors-max-age
    )


def parse_auth(item: Json, backend: BackendRef) -> ExternalAuth:
    """The settings of an ExternalAuth filter; `backend` is what its backendRef says."""
    protocol = str(item.get("protocol", ""))
    settings = item.get(protocol.lower()) or {}
    return ExternalAuth(
        protocol=protocol,
        backend=backend,
        path=settings.get("path") or "",
        request_headers=tuple(settings.get("allowedHeaders") or ()),
        response_headers=tuple(settings.get("allowedResponseHeaders") or ()),
        body=(item.get("forwardBody") or {}).get("maxSize") or 0,
    )


def parse_retry(item: Json | None) -> Retry | None:
    """A rule's `retry`, None where there is none."""
    if item is None:
        return None
    return Retry(tuple(item.get("codes") or ()), item.get("attempts"), item.get("backoff"))


def parse_session(item: Json | None) -> Session | None:
    """A rule's `sessionPersistence`, None where there is none."""
    if item is None:
        return None
    cookie = item.get("cookieConfig") or {}
    return Session(
        name=item.get("sessionName"),
        header=item.get("type", "Cookie") == "Header",
        path=cookie.get("path") or "/",  # session.cookie-path-default
        permanent=cookie.get("lifetimeType", "Session") == "Permanent",
        absolute=item.get("absoluteTimeout"),
        idle=item.get("idleTimeout"),
    )
