"""Real Envoy: GRPCRoute."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.contract.lab_mesh.bench import Bench
from tests.contract.lab_mesh.objects import (
    C,
    P,
    backend,
    call,
    edit_request,
    edit_response,
    endpoints,
    grpc_route,
    header,
    parent,
    prefix,
    route,
    rule,
    service,
)

FRONT = "10.96.2.1"
TO = f"{FRONT}:7070"
PORTS = {"grpc": 7070, "http": 80}
OVEN = [service("oven", FRONT, ports=PORTS), endpoints("oven", "10.244.1.1", ports={"grpc": 8080, "http": 8080})]
OK, UNIMPLEMENTED, UNAVAILABLE = 0, 12, 14


def outcome(answer: object) -> object:
    return answer.backend or answer.raw["status"]


def outcomes(bench: Bench, *paths: str, **options: object) -> list[object]:
    return [outcome(bench.rpc(TO, path, **options)) for path in paths]


def test_calls_by_service_and_method_and_the_rest_unimplemented(bench: Bench) -> None:
    bench.apply(
        *OVEN,
        grpc_route(
            "r",
            parent("oven"),
            rule(call("pkg.Echo", "One"), to="v1"),
            rule(call("pkg.Echo", "Two"), to="v2"),
            rule(call("pkg.Whole"), to="v3"),
            rule(call("", "Everywhere"), to="v2"),
            rule(call("pkg[.]R.*", "M|N", type="RegularExpression"), to="v1"),
        ),
    )
    hit = outcomes(bench, "/pkg.Echo/One", "/pkg.Echo/Two", "/pkg.Whole/A", "/x.Y/Everywhere", "/pkg.Rx/N")
    assert hit == ["v1", "v2", "v3", "v2", "v1"]
    missed = outcomes(bench, "/pkg.Echo/Three", "/pkg.echo/One", "/pkg.Whole2/A", "/pkg.Rx/MN", "/Everywhere/x")
    assert missed == [UNIMPLEMENTED] * 5
    refused = bench.rpc(TO, "/pkg.Echo/Three")
    assert refused.raw["http"] == 200
    assert bench.get(f"{TO}/pkg.Echo/One").status == 404


def test_invalid_backends_are_unavailable_for_their_share(bench: Bench) -> None:
    ghost = [backend("v1", 50), backend("ghost", 50)]
    bench.apply(*OVEN, grpc_route("r", parent("oven"), rule(call("a.A"), to=ghost), rule(call("b.B"), to="ghost")))
    counts = Counter(outcome(answer) for answer in bench.rpc(TO, "/a.A/M", times=400, kept="grpc-share"))
    assert set(counts) == {"v1", UNAVAILABLE}
    assert 140 < counts["v1"] < 260
    assert outcomes(bench, "/b.B/M") == [UNAVAILABLE]


def test_backend_without_endpoints_is_unavailable(bench: Bench) -> None:
    bench.apply(*OVEN, service("empty", "10.96.2.2"), grpc_route("r", parent("oven"), rule(to="empty")))
    assert outcomes(bench, "/a.A/M") == [UNAVAILABLE]


def test_calls_on_one_channel_are_routed_one_by_one(bench: Bench) -> None:
    split = [backend("v1", 70), backend("v2", 30), backend("v3", 0)]
    bench.apply(*OVEN, grpc_route("r", parent("oven"), rule(call("a.A"), to=split), rule(call("b.B"), to="v3")))
    counts = Counter()
    for _ in range(20):
        counts.update(outcome(each) for each in bench.rpc(TO, "/a.A/M", times=30, kept="grpc-mixed"))
        assert outcomes(bench, "/b.B/M", kept="grpc-mixed") == ["v3"]
    assert set(counts) == {"v1", "v2"}
    assert 120 < counts["v2"] < 240


def test_precedence_of_service_method_and_headers(bench: Bench) -> None:
    marked = header("x-mark", "yes")
    bench.apply(
        *OVEN,
        grpc_route("r", parent("oven"), rule(call("a.Aa", "", marked), to="v3"), rule(to="v1")),
        grpc_route("later", parent("oven"), rule(call("a.Aa", "M"), to="v2"), created="2026-01-01T00:00:09Z"),
    )
    assert outcomes(bench, "/a.Aa/M", "/a.Aa/N", metadata=[["X-Mark".lower(), "yes"]]) == ["v2", "v3"]
    assert outcomes(bench, "/a.Aa/N", "/a.Aa/N", metadata=[["x-mark", "YES"]]) == ["v1", "v1"]


def test_filters_and_mirrors(bench: Bench) -> None:
    mirror = {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "v2", "port": 80}}}
    filters = [
        edit_request(set=[header("x-set", "new")], add=[header("x-add", "b")], remove=["x-gone"]),
        edit_response(add=[header("x-answer", "here")]),
        mirror,
    ]
    bench.apply(*OVEN, grpc_route("r", parent("oven"), rule(to="v1", filters=filters)))
    before = bench.hits("v2")["v2"]
    answer = bench.rpc(TO, "/a.A/M", metadata=[["x-set", "old"], ["x-add", "a"], ["x-gone", "1"]])
    assert outcome(answer) == "v1"
    assert (answer.sees("x-set"), answer.sees("x-add"), answer.sees("x-gone")) == (["new"], ["a", "b"], [])
    assert answer.header("x-answer") == ["here"]
    bench.wait_for(lambda: bench.hits("v2")["v2"] == before + 1)


def test_consumer_routes_replace_producer_routes(bench: Bench) -> None:
    mine = grpc_route("c", parent("oven", P), rule(to={**backend("v2"), "namespace": P}), namespace=C)
    bench.apply(*OVEN, mine, grpc_route("p", parent("oven"), rule(call("a.A"), to="v3")))
    seen = {source: outcomes(bench, "/a.A/M", "/b.B/M", source=source) for source in ("consumer", "bystander")}
    assert seen == {"consumer": ["v2", "v2"], "bystander": ["v3", UNIMPLEMENTED]}
    assert outcomes(bench, "/b.B/M", source="outside") == ["v1"]


def test_the_more_specific_type_wins_at_a_port_and_types_coexist_at_others(bench: Bench) -> None:
    older = route("http", parent("oven"), rule(to="v2"))
    newer = grpc_route("grpc", parent("oven", port=7070), rule(call("a.A"), to="v3"), created="2026-01-01T00:00:09Z")
    bench.apply(*OVEN, older, newer)
    assert outcomes(bench, "/a.A/M", "/b.B/M") == ["v3", UNIMPLEMENTED]
    assert bench.get(f"{TO}/").status == 404
    assert bench.get(f"{FRONT}/").backend == "v2"


@pytest.mark.parametrize("protocol", ["kubernetes.io/h2c", "grpc", None])
def test_any_port_that_may_carry_http2_takes_calls(bench: Bench, protocol: str | None) -> None:
    front = service("oven", FRONT, ports=PORTS)
    for port in front["spec"]["ports"]:
        port["appProtocol"] = protocol
    took = bench.apply(front, OVEN[1], grpc_route("r", parent("oven"), rule(call("a.A"), to="v2")))
    assert took["deliver"] < 5000
    assert outcomes(bench, "/a.A/M", "/a.B/M") == ["v2", UNIMPLEMENTED]


def test_a_call_governed_by_http_routes(bench: Bench) -> None:
    bench.apply(*OVEN, route("r", parent("oven"), rule(prefix("/a.A"), to="v2")))
    assert outcomes(bench, "/a.A/M", "/b.B/M") == ["v2", UNIMPLEMENTED]
