"""Real Envoy: TCPRoute and TLSRoute."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.contract.lab_mesh.bench import Answer, Bench
from tests.contract.lab_mesh.objects import (
    C,
    P,
    backend,
    endpoints,
    parent,
    route,
    rule,
    service,
    tcp_route,
    tls_route,
)

FRONT = "10.96.2.1"
TO = f"{FRONT}:90"
LATER = "2026-01-01T00:00:09Z"


def oven(protocol: str | None = "tcp") -> list[dict]:
    front = service("oven", FRONT, ports={"raw": 90, "http": 80})
    front["spec"]["ports"][0]["appProtocol"] = protocol
    return [front, endpoints("oven", "10.244.1.1", ports={"raw": 8080, "http": 8080})]


def to(name: str, weight: int = 1) -> dict:
    return {**backend(name, weight), "namespace": P}


def outcome(answer: Answer) -> str:
    """The backend, or that the connection was ended at once."""
    if answer.backend is None:
        assert answer.raw["error"] in {"IncompleteReadError", "ConnectionResetError"}
        assert answer.elapsed < 2
    return answer.backend or "rejected"


def by_caller(bench: Bench, url: str = f"{TO}/") -> dict[str, str]:
    return {source: outcome(bench.get(url, source=source)) for source in ("consumer", "bystander", "outside")}


@pytest.mark.parametrize("protocol", ["tcp", None, "http"])
def test_connections_follow_the_oldest_route_whatever_the_port_was(bench: Bench, protocol: str | None) -> None:
    newer = tcp_route("a", parent("oven", port=90), to("v3"), created=LATER)
    bench.apply(*oven(protocol), newer, tcp_route("b", parent("oven", port=90), to("v2")))
    assert by_caller(bench) == {"consumer": "v2", "bystander": "v2", "outside": "v1"}
    assert bench.get(f"{FRONT}/").backend == "v1"


def test_connections_are_divided_by_weight_and_bad_backends_reject_their_share(bench: Bench) -> None:
    empty = service("empty", "10.96.2.2")
    shares = [to("v1", 40), to("v2", 20), to("ghost", 20), to("empty", 20), to("v3", 0)]
    bench.apply(*oven(), empty, tcp_route("r", parent("oven"), shares))
    counts = Counter(outcome(answer) for answer in bench.get(f"{TO}/", times=400))
    assert set(counts) == {"v1", "v2", "rejected"}
    assert 110 < counts["v1"] < 210
    assert 110 < counts["rejected"] < 210


@pytest.mark.parametrize("protocol", ["tcp", None, "http"])
def test_consumer_routes_govern_connections_of_their_namespace(bench: Bench, protocol: str | None) -> None:
    mine = tcp_route("c", parent("oven", P), to("v3"), namespace=C)
    bench.apply(*oven(protocol), mine)
    assert by_caller(bench) == {"consumer": "v3", "bystander": "v1", "outside": "v1"}
    bench.apply(*oven(protocol), mine, tcp_route("p", parent("oven"), to("v2")))
    assert by_caller(bench) == {"consumer": "v3", "bystander": "v2", "outside": "v1"}


def test_groups_may_differ_in_type(bench: Bench) -> None:
    mine = tcp_route("c", parent("oven", P), to("v3"), namespace=C)
    bench.apply(*oven("http"), mine, route("p", parent("oven"), rule({"path": {"value": "/x"}}, to="v2")))
    assert by_caller(bench, f"{TO}/x") == {"consumer": "v3", "bystander": "v2", "outside": "v1"}
    assert bench.get(f"{TO}/y").status == 404


def test_routes_for_requests_leave_opaque_ports_alone(bench: Bench) -> None:
    bench.apply(*oven("tcp"), route("h", parent("oven"), rule(to="v2")), tcp_route("t", parent("oven"), to("v3")))
    assert outcome(bench.get(f"{TO}/")) == "v3"
    assert bench.get(f"{FRONT}/").backend == "v2"
    bench.apply(*oven("tcp"), route("h", parent("oven"), rule(to="v2")))
    assert outcome(bench.get(f"{TO}/")) == "v1"
    assert bench.hello(TO, "any.example") == "v1"


def test_kept_connections_survive_routes_for_connections(bench: Bench) -> None:
    """The consumer's route takes effect for new connections; nobody's kept connection ends."""
    bench.apply(*oven("http"))
    for source in ("consumer", "bystander"):
        assert bench.get(f"{TO}/", source=source, kept=f"tcp-{source}").backend == "v1"
    bench.apply(*oven("http"), tcp_route("c", parent("oven", P), to("v3"), namespace=C))
    assert by_caller(bench) == {"consumer": "v3", "bystander": "v1", "outside": "v1"}
    kept = bench.get(f"{TO}/", source="bystander", kept="tcp-bystander")
    assert (kept.backend, kept.header("connection")) == ("v1", [])


@pytest.mark.parametrize("protocol", ["tls", None, "http"])
def test_tls_by_name(bench: Bench, protocol: str | None) -> None:
    bench.apply(
        *oven(protocol),
        tls_route("r", parent("oven"), ["one.example", "*.wild.example"], to("v2")),
        tls_route("s", parent("oven"), ["one.example", "deep.wild.example"], to("v3"), created=LATER),
    )
    names = ("one.example", "a.wild.example", "a.b.wild.example", "deep.wild.example", "wild.example", "two.example")
    assert [bench.hello(TO, name) for name in names] == ["v2", "v2", "v2", "v3", "", ""]
    plain = bench.hello(TO, "two.example", source="outside")
    assert plain == ("HTTP/1.1 400 Bad Request" if protocol == "http" else "v1")
    assert outcome(bench.get(f"{TO}/")) == "rejected"
    assert outcome(bench.get(f"{TO}/", source="outside")) == "v1"


def test_tls_consumer_routes_replace_the_producers_whole_table(bench: Bench) -> None:
    """Names of one group do not leak into the other, though Envoy looks at the name before it looks at the source."""
    mine = tls_route("c", parent("oven", P), ["*.example"], to("v3"), namespace=C)
    bench.apply(*oven("tls"), mine, tls_route("p", parent("oven"), ["one.example"], to("v2")))
    found = {
        source: [bench.hello(TO, name, source) for name in ("one.example", "two.example")]
        for source in ("consumer", "bystander", "outside")
    }
    assert found == {"consumer": ["v3", "v3"], "bystander": ["v2", ""], "outside": ["v1", "v1"]}


def test_tls_routes_outrank_tcp_routes(bench: Bench) -> None:
    tcp = tcp_route("old", parent("oven"), to("v3"))
    bench.apply(*oven("tls"), tcp, tls_route("new", parent("oven"), ["one.example"], to("v2"), created=LATER))
    assert [bench.hello(TO, name) for name in ("one.example", "two.example")] == ["v2", ""]
