"""Tickets of sessions as header matches and response headers."""

from __future__ import annotations

import re

from lab.mesh.envoy.headers import append, literal, overwrite
from lab.mesh.envoy.types import Resource, typed
from lab.mesh.model.actions import Ticket

# Runs for routes that ask for it; named for what it does unless they bring a script of their own.
SCRIPTS = "session-age"
# Set on requests whose ticket is too old: no ticket counts any more.
_EXPIRED = "x-lab-expired"
_ISSUED = "%START_TIME(%s%3f)%"  # milliseconds since 1970
# Runs for requests that show a ticket with a limited lifetime; the route's metadata says which and for how long.
_SCRIPT = f"""
function envoy_on_request(handle)
  local told = handle:metadata()
  local text = handle:headers():get(told:get("carrier")) or ""
  local _, stop = string.find(text, told:get("token") .. ".", 1, true)
  local issued = tonumber(string.match(text, "^%d+", (stop or 0) + 1) or "0")
  if handle:timestamp() - issued >= told:get("lifetime") then
    handle:headers():replace("{_EXPIRED}", "1")
    handle:clearRouteCache()
  end
end
"""


def age_filter() -> Resource:
    """Tells tickets that are too old; off but for routes that ask for it."""
    kind = "envoy.extensions.filters.http.lua.v3.Lua"
    config = typed(kind, source_codes={SCRIPTS: {"inline_string": _SCRIPT}})
    return {"name": SCRIPTS, "typed_config": config, "disabled": True}


def issuing(route: Resource, ticket: Ticket) -> Resource:
    """The route of a request that begins a session (session.cookie-issued, session.header-type)."""
    value = f"{ticket.token}.{_ISSUED}" if ticket.lifetime else ticket.token
    if ticket.header:
        return _hidden(_answering(route, overwrite(ticket.name, value)))
    parts = [f"{ticket.name}={value}", f"Path={literal(ticket.path)}", "HttpOnly"]
    if ticket.max_age is not None:
        parts.append(f"Max-Age={ticket.max_age}")
    # Beside cookies of the backend's own (session.other-cookies-kept).
    return _hidden(_answering(route, append("set-cookie", "; ".join(parts))))


def showing(match: Resource, ticket: Ticket) -> Resource:
    """`match` for requests that show the ticket (session.cookie-sticks)."""
    token = ticket.token + (r"\.[0-9]+" if ticket.lifetime else "")
    pattern = token if ticket.header else rf'(.*[;,]\s*)?{re.escape(ticket.name)}="?{token}"?\s*([;,].*)?'
    shown: Resource = {"name": _carrier(ticket), "string_match": {"safe_regex": {"regex": pattern}}}
    fresh = {"name": _EXPIRED, "present_match": True, "invert_match": True}
    return match | {"headers": [*match.get("headers", ()), shown, *([fresh] if ticket.lifetime else [])]}


def keeping(route: Resource, ticket: Ticket) -> Resource:
    """The route of a request of a session. A session that a header carries is told again with every answer."""
    if ticket.header:
        route = _answering(route, overwrite(ticket.name, f"%REQ({ticket.name})%"))
    if not ticket.lifetime:
        return route
    told = {"carrier": _carrier(ticket), "token": ticket.token, "lifetime": ticket.lifetime}
    on = typed("envoy.extensions.filters.http.lua.v3.LuaPerRoute") | {"name": SCRIPTS}
    return route | {
        "metadata": {"filter_metadata": {SCRIPTS: told}},
        "typed_per_filter_config": {**route.get("typed_per_filter_config", {}), SCRIPTS: on},
    }


def _carrier(ticket: Ticket) -> str:
    return ticket.name.lower() if ticket.header else "cookie"


def _answering(route: Resource, header: Resource) -> Resource:
    return route | {"response_headers_to_add": [*route.get("response_headers_to_add", ()), header]}


def _hidden(route: Resource) -> Resource:
    return route | {"request_headers_to_remove": [*route.get("request_headers_to_remove", ()), _EXPIRED]}
