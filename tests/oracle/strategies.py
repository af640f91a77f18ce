"""Random cases: valid routes, and requests that hit their boundaries. The same seed gives the same cases everywhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tests.oracle.model import governing
from tests.oracle.random_routes import (
    CALLED,
    CLIENTS,
    FRONTENDS,
    HOSTS,
    METHODS,
    PARAMETERS,
    SCOPES,
    SERVICES,
    VALUES,
    Json,
    random_focus,
    valid_route,
)
from tests.oracle.terms import Obj, Request, World

TAILS = ["", "", "", "/", "b", "/b", "/b/", "/b/c", "x", "/x/y"]


@dataclass(frozen=True)
class Case:
    """A world, and requests into it."""

    seed: str
    world: World
    requests: tuple[Request, ...]


def cases(seed: int, number: int, requests: int) -> Iterator[Case]:
    """So many worlds with so many requests each."""
    return (case(f"{seed}.{index}", requests) for index in range(number))


def case(seed: str, requests: int) -> Case:
    """The case of that seed."""
    rng = Random(seed)
    routes: dict[tuple[str, str, str], Json] = {}
    focus = random_focus(rng)
    for _ in range(rng.choice([1, 1, 2, 2, 3, 4])):
        route = valid_route(rng, focus)
        routes[route["kind"], route["metadata"]["namespace"], route["metadata"]["name"]] = route
    world = World(SERVICES, tuple(routes.values()))
    return Case(seed, world, tuple(_governed_request(rng, world) for _ in range(requests)))


def _governed_request(rng: Random, world: World) -> Request:
    """A request that most likely has to do with a route."""
    while True:
        request = _request(rng, world.routes)
        service = world.service(request.namespace, request.service)
        assert service is not None
        if governing(world, service, request) or rng.random() < 0.15:
            return request


def _request(rng: Random, routes: Sequence[Obj]) -> Request:
    """A request that a route most likely governs, and that satisfies one of its matches or misses it by little."""
    route = rng.choice(routes)
    own = route["metadata"]["namespace"]
    parent = rng.choice(route["spec"]["parentRefs"])
    frontend = parent.get("namespace", own), parent["name"]
    if frontend not in FRONTENDS or rng.random() < 0.05:
        frontend = rng.choice(FRONTENDS)
    ports = next(one.ports for one in SERVICES if (one.namespace, one.name) == frontend)
    named = [number for name, number in ports if parent.get("port") == number or parent.get("sectionName") == name]
    port = rng.choice(named if named and rng.random() < 0.85 else [number for _, number in ports])
    client = own if own != frontend[0] and rng.random() < 0.8 else rng.choice(CLIENTS)
    match = rng.choice(rng.choice(route["spec"].get("rules", [{}])).get("matches") or [{}])
    answer = tuple((one, rng.choice(VALUES)) for one in ("x-one", "x-two") if rng.random() < 0.6)
    to = {"client": client, "namespace": frontend[0], "service": frontend[1], "port": port, "answer": answer}
    return (_aimed_call if route["kind"] == "GRPCRoute" else _aimed)(rng, match, to)


def _aimed(rng: Random, match: Obj, to: Json) -> Request:
    path = match.get("path", {}).get("value", "/")
    if rng.random() < 0.7:
        path = (path.rstrip("/") or "/") + rng.choice(TAILS)
        path = path.replace("//", "/")
    if rng.random() < 0.1:
        path = rng.choice([path.swapcase(), path.rstrip("/") or "/", path[:-1] or "/"])
    query = [f"{one['name']}={one['value']}" for one in match.get("queryParams", ()) if rng.random() < 0.9]
    if rng.random() < 0.3:
        query.insert(rng.randint(0, len(query)), f"{rng.choice(PARAMETERS)}={rng.choice(['1', '2', 'one', ''])}")
    headers, host = _headers_for(rng, match)
    method = match.get("method", "GET") if rng.random() < 0.85 else rng.choice(METHODS)
    return Request(**to, path=path, query="&".join(query), method=method, headers=headers, host=host)


def _headers_for(rng: Random, match: Obj) -> tuple[tuple[tuple[str, str], ...], str]:
    """Headers and host of a request that most likely satisfies the match."""
    headers: dict[str, tuple[str, str]] = {}
    for one in match.get("headers", ()):
        if rng.random() < 0.9:
            name = rng.choice([one["name"], one["name"].lower(), one["name"].upper()])
            others = HOSTS if one["name"] == "Host" else VALUES
            value = one["value"] if rng.random() < 0.9 else rng.choice([*others, one["value"] + "x"])
            headers.setdefault(name.lower(), (name, value))
    if rng.random() < 0.3:
        name = rng.choice(["x-one", "x-two", "x-three"])
        headers.setdefault(name, (name, rng.choice(VALUES)))
    _, host = headers.pop("host", ("", rng.choice(HOSTS)))
    return tuple(headers.values()), host


def _aimed_call(rng: Random, match: Obj, to: Json) -> Request:
    called = match.get("method", {})
    service = called.get("service", SCOPES[0]) if rng.random() < 0.8 else rng.choice(SCOPES)
    method = called.get("method", CALLED[0]) if rng.random() < 0.8 else rng.choice(CALLED)
    headers, host = _headers_for(rng, match)
    return Request(**to, path=f"/{service}/{method}", method="POST", headers=headers, host=host, grpc=True)
