"""Random valid routes: the same seed gives the same ones, on every machine.

What no statement decides is not generated: two filters that change one header, the slash at the end of a replacement,
encoded characters, a header that the request repeats, expressions.
"""

import json
from dataclasses import dataclass
from random import Random
from typing import Any

from spec.crds import validate
from tests.oracle.terms import Service

Json = dict[str, Any]

SERVICES = (
    Service("p", "echo", (("http", 80), ("alt", 8080))),
    Service("p", "calls", (("grpc", 7070), ("http", 80))),
    Service("p", "other", (("http", 80),)),
    Service("p", "front", (("http", 80),), ready=False),
    Service("p", "v1", (("http", 80), ("alt", 8080))),
    Service("p", "v2", (("http", 80),)),
    Service("c", "own", (("http", 80),)),
    Service("c", "v1", (("web", 8080),)),
    Service("p", "empty", (("http", 80),), ready=False),
    Service("p", "outside", (("http", 80),), kind="ExternalName"),
    Service("p", "bare", (("http", 80),), kind="Headless"),
)
TARGETS = [one for one in SERVICES if one.kind == "ClusterIP"]
FRONTENDS = [("p", "echo"), ("p", "echo"), ("p", "echo"), ("p", "calls"), ("p", "front"), ("c", "own")]
CLIENTS = ["p", "c", "d"]
AGES = ["2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z", "2023-06-01T12:00:00Z"]
NAMES = ["a", "a-1", "a.b", "b", "b-10", "b-9", "z"]
PATHS = ["/", "/a", "/a/", "/a/b", "/a/b/", "/ab", "/A", "/a/b/c", "/b", "/b/a", "/long/enough"]
HEADERS = ["x-one", "X-One", "x-two", "X-Three", "Host"]
VALUES = ["1", "2", "one", "One", "one two"]
PARAMETERS = ["q", "Q", "r"]
METHODS = ["GET", "POST", "PUT", "DELETE"]
HOSTS = ["echo", "echo.p", "other.example"]
WEIGHTS = [None, None, 0, 0, 1, 3, 10, 99, 1000000]
BACKENDS = [
    {"name": "v1", "namespace": "p", "port": 80},
    {"name": "v1", "namespace": "p", "port": 8080},
    {"name": "v2", "namespace": "p", "port": 80},
    {"name": "v2", "port": 80},
    {"name": "v1", "namespace": "c", "port": 8080},
    {"name": "v1", "port": 8080},
    {"name": "other", "namespace": "p", "port": 80},
    {"name": "bare", "namespace": "p", "port": 80},
    {"name": "echo", "namespace": "p", "port": 8080},
    {"name": "ghost", "port": 80},
    {"name": "v2", "namespace": "p", "port": 9999},
    {"name": "empty", "namespace": "p", "port": 80},
    {"name": "outside", "namespace": "p", "port": 80},
    {"name": "v2", "namespace": "p", "kind": "Pod", "port": 80},
    {"name": "v2", "namespace": "p", "group": "example.org", "port": 80},
]
USABLE = BACKENDS[:9]


@dataclass(frozen=True)
class Focus:
    """What most routes of a case have in common, so that they meet: the Service and the namespace of the route."""

    frontend: tuple[str, str]
    namespace: str


def random_focus(rng: Random) -> Focus:
    """Mostly producer routes."""
    return Focus(rng.choice(FRONTENDS), rng.choice(["p", "p", "c", "d"]))


def valid_route(rng: Random, focus: Focus) -> Json:
    """A route that the API server would accept."""
    while True:
        route = _grpc_route(rng, focus) if rng.random() < 0.15 else _http_route(rng, focus)
        if not validate(route) and all(map(_prefix_is_known, route["spec"].get("rules", ()))):
            return route


def _prefix_is_known(rule: Json) -> bool:
    """Admission looks for *the* backend that replaces a prefix, and lets two of them pass whatever is matched."""
    paths = [match.get("path", {}) for match in rule.get("matches", [{}])]
    replaces = "replacePrefixMatch" in json.dumps(rule)
    return not replaces or [path.get("type", "PathPrefix") for path in paths] == ["PathPrefix"]


# --- routes ----------------------------------------------------------------------------------------------------------


def _http_route(rng: Random, focus: Focus) -> Json:
    spec: Json = {
        "parentRefs": _parents(rng, focus),
        "rules": [_rule(rng, index) for index in range(rng.choice([1, 1, 2, 3]))],
    }
    if rng.random() < 0.02:
        del spec["rules"]
    if rng.random() < 0.1:
        spec["hostnames"] = ["elsewhere.example"]  # [attachment.hostnames-ignored]
    return _route(rng, focus, "HTTPRoute", spec)


def _route(rng: Random, focus: Focus, kind: str, spec: Json) -> Json:
    metadata = {
        "namespace": focus.namespace if rng.random() < 0.6 else rng.choice(["p", "p", "c", "d"]),
        "name": rng.choice(NAMES),
        "creationTimestamp": rng.choice(AGES),
    }
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": kind, "metadata": metadata, "spec": spec}


def _parents(rng: Random, focus: Focus) -> list[Json]:
    parents = []
    for _ in range(rng.choice([1, 1, 1, 2])):
        namespace, name = focus.frontend if rng.random() < 0.7 else rng.choice(FRONTENDS)
        parent: Json = {"group": "", "kind": "Service", "namespace": namespace, "name": name}
        if rng.random() < 0.3:
            parent["port"] = rng.choice([80, 80, 80, 8080, 8080, 7070, 9999])
        if rng.random() < 0.2:
            parent["sectionName"] = rng.choice(["http", "http", "http", "alt", "grpc", "none"])
        if rng.random() < 0.1:
            del parent["namespace"]
        if rng.random() < 0.03:
            del parent["group"]
        if rng.random() < 0.05:
            parent["name"] = rng.choice(["ghost", "bare", "outside"])
        parents.append(parent)
    return parents


def _rule(rng: Random, index: int) -> Json:
    rule: Json = {}
    if rng.random() < 0.9:
        rule["matches"] = [_match(rng) for _ in range(rng.choice([0, 1, 1, 1, 2, 3]))]
    if rng.random() < 0.2:
        rule["name"] = f"rule-{index}"
    chosen: list[Json] = []
    if rng.random() < 0.2:  # the only kind of rule that may replace a prefix
        rule["matches"] = [{"path": {"type": "PathPrefix", "value": rng.choice(PATHS)}}]
    if rng.random() < 0.15:
        chosen.append({"type": "RequestRedirect", "requestRedirect": _redirect(rng)})
    else:
        if rng.random() < 0.2:
            chosen.append({"type": "URLRewrite", "urlRewrite": _rewrite(rng)})
        if rng.random() < 0.95:
            rule["backendRefs"] = [_backend(rng, rewritten=not chosen) for _ in range(rng.choice([1, 1, 1, 2, 2, 3]))]
    chosen += _modifiers(rng, f"r{index}", "rule") + _mirrors(rng)
    if rng.random() < 0.02:
        chosen.append({"type": "ExtensionRef", "extensionRef": {"group": "example.org", "kind": "Magic", "name": "m"}})
    rng.shuffle(chosen)
    if chosen:
        rule["filters"] = _mirrors_last(chosen)
    return rule


def _match(rng: Random) -> Json:
    match: Json = {}
    if rng.random() < 0.8:
        path = {"type": rng.choice(["Exact", "PathPrefix", "PathPrefix"]), "value": rng.choice(PATHS)}
        match["path"] = path
        if rng.random() < 0.1:
            del path["type"]
    if rng.random() < 0.25:
        match["method"] = rng.choice(METHODS)
    if rng.random() < 0.35:
        match["headers"] = _header_matches(rng, HEADERS)
    if rng.random() < 0.3:
        names = rng.sample(PARAMETERS, rng.choice([1, 1, 2]))
        match["queryParams"] = [{"name": name, "value": rng.choice(["1", "2", "one"])} for name in names]
    return match


def _header_matches(rng: Random, names: list[str]) -> list[Json]:
    """Up to three header conditions, some of which name one header twice."""
    matches: list[Json] = []
    for name in rng.sample(names, rng.choice([1, 1, 2, 3])):
        value = rng.choice(HOSTS if name == "Host" else VALUES)
        matches.append({"name": name, "value": value} | ({"type": "Exact"} if rng.random() < 0.2 else {}))
    return matches


def _backend(rng: Random, *, level: bool = True, rewritten: bool = False) -> Json:
    ref: Json = dict(rng.choice(BACKENDS if rng.random() < 0.5 else USABLE))
    weight = rng.choice(WEIGHTS)
    if weight is not None:
        ref["weight"] = weight
    own: list[Json] = []
    if level and rng.random() < 0.25:
        own = _modifiers(rng, ref["name"], "backend") + _mirrors(rng)
        if rewritten and rng.random() < 0.3:
            own.append({"type": "URLRewrite", "urlRewrite": _rewrite(rng)})
        elif rng.random() < 0.2:
            own.append({"type": "RequestRedirect", "requestRedirect": _redirect(rng)})
    if own:
        ref["filters"] = _mirrors_last(own)
    return ref


# --- filters ---------------------------------------------------------------------------------------------------------


def _modifiers(rng: Random, mark: str, where: str) -> list[Json]:
    """Changes of headers; ``mark`` tells who made them, and those of rules and backends change different headers."""
    chosen: list[Json] = []
    if rng.random() < 0.7:
        request: Json = {"set": [{"name": f"X-By-{where}", "value": mark}]}
        if rng.random() < 0.4:
            request |= _change(rng, where)
        chosen.append({"type": "RequestHeaderModifier", "requestHeaderModifier": request})
    if rng.random() < 0.2:
        chosen.append({"type": "ResponseHeaderModifier", "responseHeaderModifier": _change(rng, where)})
    return chosen


def _change(rng: Random, where: str) -> Json:
    names = ["x-one", "X-NEW"] if where == "rule" else ["X-Two", "x-more"]
    change: Json = {}
    for name in names:
        action = rng.choice(["set", "add", "remove"])
        spelled = rng.choice([name, name.upper(), name.lower()])
        entry = spelled if action == "remove" else {"name": spelled, "value": rng.choice(VALUES)}
        change.setdefault(action, []).append(entry)
    return change


def _mirrors(rng: Random) -> list[Json]:
    """Copies, mostly none."""
    chosen = []
    while rng.random() < 0.12:
        ref = {key: value for key, value in rng.choice(BACKENDS).items() if key != "weight"}
        share: Json = rng.choice(
            [{}, {"percent": 0}, {"percent": 30}, {"fraction": {"numerator": 1, "denominator": 4}}, {"percent": 100}]
        )
        chosen.append({"type": "RequestMirror", "requestMirror": {"backendRef": ref, **share}})
    return chosen


def _mirrors_last(chosen: list[Json]) -> list[Json]:
    """Another order may be refused. [filters.order]"""
    return sorted(chosen, key=lambda one: one["type"] == "RequestMirror")


def _redirect(rng: Random) -> Json:
    redirect: Json = {}
    if rng.random() < 0.4:
        redirect["scheme"] = rng.choice(["http", "https"])
    if rng.random() < 0.4:
        redirect["hostname"] = "target.example"
    if rng.random() < 0.4:
        redirect["port"] = rng.choice([80, 443, 8083])
    if rng.random() < 0.5:
        redirect["statusCode"] = rng.choice([301, 302, 303, 307, 308])
    if rng.random() < 0.5:
        redirect["path"] = _path_change(rng)
    return redirect


def _rewrite(rng: Random) -> Json:
    rewrite: Json = {}
    if rng.random() < 0.4:
        rewrite["hostname"] = "rewritten.example"
    if not rewrite or rng.random() < 0.7:
        rewrite["path"] = _path_change(rng)
    return rewrite


def _path_change(rng: Random) -> Json:
    if rng.random() < 0.3:
        return {"type": "ReplaceFullPath", "replaceFullPath": rng.choice(["/", "/full", "/full/path/"])}
    return {"type": "ReplacePrefixMatch", "replacePrefixMatch": rng.choice(["", "/", "/new", "/new/", "/new/path"])}


# --- calls -----------------------------------------------------------------------------------------------------------


SCOPES = ["pkg.Echo", "pkg.EchoTwo", "pkg.echo"]
CALLED = ["Say", "SayMore", "say"]


def _call_match(rng: Random) -> Json:
    called: Json = {"service": rng.choice(SCOPES)}
    if rng.random() < 0.5:
        called["method"] = rng.choice(CALLED)
    return {"method": called} if rng.random() < 0.85 else {}


def _grpc_route(rng: Random, focus: Focus) -> Json:
    rules = []
    for index in range(rng.choice([1, 2, 3])):
        rule: Json = {"backendRefs": [_backend(rng, level=False) for _ in range(rng.choice([0, 1, 1, 1, 2, 3]))]}
        if rng.random() < 0.9:
            matches = [_call_match(rng) for _ in range(rng.choice([0, 1, 1, 2]))]
            for match in matches:
                if rng.random() < 0.4:
                    match["headers"] = _header_matches(rng, HEADERS[:4])
            rule["matches"] = matches
        chosen = _modifiers(rng, f"r{index}", "rule") + _mirrors(rng)
        if chosen:
            rule["filters"] = chosen
        rules.append(rule)
    return _route(rng, focus, "GRPCRoute", {"parentRefs": _parents(rng, focus), "rules": rules})
