"""Real Envoy: who calls decides which routes govern a request."""

from __future__ import annotations

import pytest

from tests.contract.lab_mesh.bench import Bench
from tests.contract.lab_mesh.objects import C, D, P, edit_request, endpoints, parent, prefix, route, rule, service
from tests.contract.lab_mesh.test_envoy_backends import EARLIEST

FRONT = "10.96.2.1"
CALLERS = ("producer", "bystander", "consumer", "consumer-b", "outside")
OVEN = [service("oven", FRONT), endpoints("oven", "10.244.1.1")]


def producer(*rules: dict) -> dict:
    return route("producer", parent("oven"), *rules, created="2026-01-01T00:00:09Z")


def consumer(*rules: dict, namespace: str = C, name: str = "consumer") -> dict:
    return route(name, parent("oven", P), *rules, namespace=namespace)


def to(name: str) -> dict:
    return {"group": "", "kind": "Service", "namespace": P, "name": name, "port": 80}


def outcomes(bench: Bench, path: str) -> dict[str, object]:
    answers = {source: bench.get(f"{FRONT}{path}", source=source) for source in CALLERS}
    return {source: answer.backend or answer.status for source, answer in answers.items()}


def test_producer_route_governs_all_enrolled_callers(bench: Bench) -> None:
    bench.apply(*OVEN, producer(rule(prefix("/p"), to="v2")))
    assert outcomes(bench, "/p") == dict.fromkeys(CALLERS, "v2") | {"outside": "v1"}
    assert outcomes(bench, "/other") == dict.fromkeys(CALLERS, 404) | {"outside": "v1"}


def test_consumer_route_alone_leaves_others_with_the_plain_service(bench: Bench) -> None:
    bench.apply(*OVEN, consumer(rule(prefix("/c"), to=to("v2"))))
    everybody = dict.fromkeys(CALLERS, "v1")
    assert outcomes(bench, "/c") == everybody | {"consumer": "v2", "consumer-b": "v2"}
    assert outcomes(bench, "/p") == everybody | {"consumer": 404, "consumer-b": 404}


def test_consumer_routes_replace_producer_routes_and_are_isolated(bench: Bench) -> None:
    bench.apply(
        *OVEN,
        producer(rule(prefix("/p"), to="v2")),
        consumer(rule(prefix("/c"), to=to("v3"))),
        consumer(rule(prefix("/d"), to=to("v3")), name="more"),
        consumer(rule(prefix("/b"), to=to("v3")), namespace=D),
    )
    bench_paths = {path: outcomes(bench, path) for path in ("/p", "/c", "/d", "/b")}
    plain, nobody = {"outside": "v1"}, dict.fromkeys(CALLERS, 404)
    assert bench_paths == {
        "/p": nobody | plain | {"producer": "v2"},
        "/c": nobody | plain | {"consumer": "v3", "consumer-b": "v3"},
        "/d": nobody | plain | {"consumer": "v3", "consumer-b": "v3"},
        "/b": nobody | plain | {"bystander": "v3"},
    }


def test_removing_the_consumer_route_gives_the_producer_route_back(bench: Bench) -> None:
    one = producer(rule(to="v2"))
    bench.apply(*OVEN, one, consumer(rule(to=to("v3"))))
    assert outcomes(bench, "/")["consumer"] == "v3"
    bench.apply(*OVEN, one)
    assert outcomes(bench, "/")["consumer"] == "v2"


def test_consumer_timeout_limits_the_consumer_namespace_only(bench: Bench) -> None:
    slow = {"x-delay": "1"}
    bench.apply(*OVEN, consumer(rule(to=to("oven"), timeouts={"request": "100ms"})))
    for source in ("consumer", "consumer-b"):
        answer = bench.get(f"{FRONT}/bake", source=source, headers=slow)
        assert answer.status == 504
        assert EARLIEST <= answer.elapsed < 1
    for source in ("producer", "bystander", "outside"):
        assert bench.get(f"{FRONT}/bake", source=source, headers=slow).backend == "v1"


@pytest.mark.parametrize("change", ["add", "remove"])
def test_connections_opened_before_a_change_follow_it(bench: Bench, change: str) -> None:
    states = {"without": OVEN, "with": [*OVEN, consumer(rule(to=to("v2")))]}
    order = ["without", "with"] if change == "add" else ["with", "without"]
    expected = {"without": "v1", "with": "v2"}
    for state in order:
        bench.apply(*states[state])
        answer = bench.get(f"{FRONT}/", source="consumer", kept=f"kept-{change}")
        assert answer.backend == expected[state]


def test_the_address_dialled_counts_and_not_the_host_header(bench: Bench) -> None:
    stamped = rule(to="v1", filters=[edit_request(add=[{"name": "x-route", "value": "r"}])])
    bench.apply(*OVEN, route("r", parent("oven"), stamped))
    assert bench.get(f"{FRONT}/", host="v2.gamma-producer").sees("x-route") == ["r"]
    answer = bench.get("10.96.1.2/", host="oven.gamma-producer")
    assert (answer.backend, answer.sees("x-route")) == ("v2", [])
    assert answer.raw["seen"]["headers"]["host"] == ["oven.gamma-producer"]


def test_a_caller_cannot_pretend_to_be_another(bench: Bench) -> None:
    bench.apply(*OVEN, consumer(rule(to=to("v2"))))
    forged = {"x-lab-source": "10.244.2.50", "x-forwarded-for": "10.244.2.50"}
    answer = bench.get(f"{FRONT}/", source="bystander", headers=forged)
    assert answer.backend == "v1"
    assert answer.sees("x-lab-source") == []
    assert answer.sees("x-forwarded-for") == ["10.244.2.50"]
