"""What a route's rules say, a line each: which requests, what is done to them, and who gets them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Obj = Mapping[str, Any]
_FILTERS = {
    "RequestHeaderModifier": "request headers",
    "ResponseHeaderModifier": "response headers",
    "RequestMirror": "mirror",
    "RequestRedirect": "redirect",
    "URLRewrite": "rewrite",
}


@dataclass(frozen=True, slots=True)
class Backend:
    """To whom a rule sends; the namespace is empty where it is the route's own."""

    name: str
    namespace: str
    weight: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, in words."""

    what: str  # which requests, and what is done to them
    to: str  # the backends with their weights, where these matter; empty where there are none
    backends: tuple[Backend, ...]

    def lines(self, longest: int) -> tuple[str, ...]:
        """One line where it fits, else one for the requests and one for the backends."""
        if not self.to:
            return (self.what,)
        whole = f"{self.what} → {self.to}"
        return (whole,) if len(whole) <= longest else (self.what, f"  → {self.to}")


def rules(route: Obj) -> list[Rule]:
    """The rules of a route of any type, in their order."""
    return [_rule(rule) for rule in (route.get("spec") or {}).get("rules") or ()]


def _rule(rule: Obj) -> Rule:
    given = [one for one in rule.get("backendRefs") or () if isinstance(one, Mapping)]
    backends = tuple(
        Backend(str(one.get("name", "")), str(one.get("namespace", "")), int(one.get("weight", 1))) for one in given
    )
    weighed = len(backends) > 1 or any(one.weight != 1 for one in backends)
    to = ", ".join(f"{one.name} {one.weight}" if weighed else one.name for one in backends)
    parts = [" or ".join(_match(match) for match in rule.get("matches") or ()) or "everything", *_deeds(rule)]
    return Rule("; ".join(parts), to, backends)


def _deeds(rule: Obj) -> Iterator[str]:
    backends: Iterable[Obj] = rule.get("backendRefs") or ()
    filters = [*(rule.get("filters") or ()), *(one for ref in backends for one in ref.get("filters") or ())]
    yield from dict.fromkeys(_FILTERS.get(str(one.get("type")), str(one.get("type"))) for one in filters)
    timeouts = rule.get("timeouts") or {}
    if timeouts:
        yield "timeout " + "/".join(str(value) for value in timeouts.values())
    if rule.get("retry"):
        yield f"retry {rule['retry'].get('attempts', '')}".strip()
    if rule.get("sessionPersistence"):
        yield "session"


def _match(match: Obj) -> str:
    parts = []
    method = match.get("method")
    if isinstance(method, str):
        parts.append(method)
    elif isinstance(method, Mapping):  # of a GRPCRoute
        parts.append("/".join(str(method.get(key, "*")) for key in ("service", "method")))
    path = match.get("path")
    if isinstance(path, Mapping):
        value = str(path.get("value", "/"))
        how = path.get("type", "PathPrefix")
        parts.append({"Exact": f"= {value}", "RegularExpression": f"~ {value}"}.get(str(how), f"{value.rstrip('/')}/*"))
    parts += (f"{one.get('name')}: {one.get('value')}" for one in match.get("headers") or ())
    parts += (f"?{one.get('name')}={one.get('value')}" for one in match.get("queryParams") or ())
    return " ".join(parts) or "everything"
