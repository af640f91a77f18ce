"""Which rule of which route governs a request, in the Gateway API's order; for lint alone, nothing is judged by it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from harness.scenario.basics import Client
from harness.scenario.derived import Obj
from harness.scenario.destination import destination
from harness.scenario.model import Probe

Weight = tuple[bool, int, bool, int, int]
"""How specific a match is: exact path, length of the path, method, headers, query parameters."""
_ANY: Mapping[str, Any] = {"path": {"type": "PathPrefix", "value": "/"}}


def governing_rule(objects: Iterable[Obj], probe: Probe, client: Client) -> Mapping[str, Any] | None:
    """The rule that serves the probe when ``client`` sends it; None where no route's rule matches.

    Routes in the client's namespace replace those of the Service's namespace. Between equals the first one wins here.
    """
    to = destination(probe.url, client)
    if to.is_pod:
        return None
    attached = [obj for obj in objects if _attached(obj, to.namespace, to.name, to.port)]
    own = [route for route in attached if route["metadata"]["namespace"] == client.namespace]
    routes = own or [route for route in attached if route["metadata"]["namespace"] == to.namespace]
    best: tuple[Weight, Mapping[str, Any]] | None = None
    for rule in [rule for route in routes for rule in _rules(route)]:
        for match in rule.get("matches") or (_ANY,):
            weight = weigh(match, probe)
            if weight is not None and (best is None or weight > best[0]):
                best = weight, rule
    return best[1] if best else None


def _rules(route: Obj) -> Iterable[Mapping[str, Any]]:
    return route["spec"].get("rules") or ({},)


def _attached(obj: Obj, namespace: str, name: str, port: int) -> bool:
    own = (obj.get("metadata") or {}).get("namespace")
    return obj.get("kind") == "HTTPRoute" and any(
        parent.get("kind") == "Service"
        and parent.get("name") == name
        and parent.get("namespace", own) == namespace
        and parent.get("port", port) == port
        for parent in obj["spec"].get("parentRefs") or ()
    )


def weigh(match: Mapping[str, Any], probe: Probe) -> Weight | None:
    """How specific the match is; None where the request does not match."""
    parts = urlsplit(probe.url)
    kind, value = _path(match)
    headers, queries = match.get("headers") or (), match.get("queryParams") or ()
    sent = {name.lower(): ",".join(values) for name, values in probe.headers.items()}
    asked = dict(reversed(parse_qsl(parts.query, keep_blank_values=True)))  # the first of equal names counts
    fits = (
        _path_fits(kind, value, parts.path or "/")
        and match.get("method") in (None, probe.method)
        and _all_fit(headers, sent, fold=True)
        and _all_fit(queries, asked, fold=False)
    )
    return (kind == "Exact", len(value), "method" in match, len(headers), len(queries)) if fits else None


def _path(match: Mapping[str, Any]) -> tuple[str, str]:
    path = match.get("path") or _ANY["path"]
    return path.get("type", "PathPrefix"), path.get("value", "/")


def _path_fits(kind: str, value: str, path: str) -> bool:
    if kind == "Exact":
        return path == value
    if kind == "PathPrefix":
        prefix = value.rstrip("/")
        return path == prefix or path.startswith(f"{prefix}/")
    return re.fullmatch(value, path) is not None


def _all_fit(wanted: Sequence[Mapping[str, Any]], given: Mapping[str, str], *, fold: bool) -> bool:
    for one in wanted:
        found = given.get(one["name"].lower() if fold else one["name"])
        exact = one.get("type", "Exact") == "Exact"
        if found is None or not (found == one["value"] if exact else re.fullmatch(one["value"], found)):
            return False
    return True
