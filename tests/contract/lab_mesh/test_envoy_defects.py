"""Real Envoy: each defect breaks what it says, and its absence mends it."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.contract.lab_mesh.bench import Bench
from tests.contract.lab_mesh.objects import C, D, P, backend, endpoints, parent, pod, prefix, route, rule, service

FRONT = "10.96.2.1"
OWN = [service("front", FRONT), endpoints("front", "10.244.1.1")]
PRODUCER = route("producer", parent("front"), rule(prefix("/p"), to="v2"))
CONSUMER = route("consumer", parent("front", P), rule(prefix("/c"), to={**backend("v3"), "namespace": P}), namespace=C)


def outcome(bench: Bench, path: str, source: str = "bystander", **options: object) -> object:
    answer = bench.get(f"{FRONT}{path}", source=source, **options)
    return answer.backend or answer.status


@pytest.mark.parametrize(("defect", "expected"), [("", 404), ("unmatched-falls-through", "v1")])
def test_unmatched_falls_through(bench: Bench, defect: str, expected: object) -> None:
    bench.apply(*OWN, PRODUCER, defect=defect)
    assert outcome(bench, "/other") == expected
    assert outcome(bench, "/p") == "v2"


@pytest.mark.parametrize(
    ("defect", "expected"), [("", ["v2", 404]), ("consumer-route-applied-to-everyone", [404, "v3"])]
)
def test_consumer_route_applied_to_everyone(bench: Bench, defect: str, expected: list[object]) -> None:
    bench.apply(*OWN, PRODUCER, CONSUMER, defect=defect)
    for source in ("producer", "bystander"):
        assert [outcome(bench, path, source) for path in ("/p", "/c")] == expected
    assert [outcome(bench, path, "consumer") for path in ("/p", "/c")] == [404, "v3"]
    own = route("own", parent("front", P), rule(prefix("/o"), to={**backend("v3"), "namespace": P}), namespace=D)
    bench.apply(*OWN, PRODUCER, CONSUMER, own, defect=defect)
    assert [outcome(bench, path, "bystander") for path in ("/p", "/c", "/o")] == [404, 404, "v3"]
    assert [outcome(bench, path, "consumer") for path in ("/p", "/c", "/o")] == [404, "v3", 404]


@pytest.mark.parametrize(("defect", "expected"), [("", [404, "v3"]), ("consumer-merged-with-producer", ["v2", "v3"])])
def test_consumer_merged_with_producer(bench: Bench, defect: str, expected: list[object]) -> None:
    bench.apply(*OWN, PRODUCER, CONSUMER, defect=defect)
    assert [outcome(bench, path, "consumer") for path in ("/p", "/c")] == expected
    assert [outcome(bench, path, "bystander") for path in ("/p", "/c")] == ["v2", 404]


@pytest.mark.parametrize(("defect", "expected"), [("", 504), ("timeout-ignored", "v1")])
def test_timeout_ignored(bench: Bench, defect: str, expected: object) -> None:
    bench.apply(*OWN, route("r", parent("front"), rule(to="v1", timeouts={"request": "50ms"})), defect=defect)
    assert outcome(bench, "/", headers={"x-delay": "0.4"}) == expected


@pytest.mark.parametrize(("defect", "least"), [("", 0), ("weights-ignored", 100)])
def test_weights_ignored(bench: Bench, defect: str, least: int) -> None:
    split = rule(to=[backend("v1", 95), backend("v2", 5), backend("v3", 0)])
    bench.apply(*OWN, route("r", parent("front"), split), defect=defect)
    found = Counter(answer.backend for answer in bench.get(f"{FRONT}/", times=600))
    assert found["v2"] >= least
    assert found["v3"] >= least
    if not defect:
        assert found["v1"] > 500
        assert found["v3"] == 0


def test_pod_ip_intercepted(bench: Bench) -> None:
    """The pod address has no server of its own here: who answers on it is Envoy."""
    ghost = [pod(P, "ghost", "10.244.9.1", app="front", dead="yes"), endpoints("front", "10.244.9.1")]
    rules = [rule(prefix("/p"), to="v2"), rule(prefix("/"), to="v1")]
    objects = [service("front", FRONT), *ghost, route("r", parent("front"), *rules)]
    bench.apply(*objects)
    assert bench.get("10.244.9.1:8080/p").raw["error"] == "ConnectionRefusedError"
    bench.apply(*objects, defect="pod-ip-intercepted")
    assert bench.get("10.244.9.1:8080/p").backend == "v2"
    assert bench.get("10.244.9.1:8080/other").status == 404
    bench.apply(*objects)
    assert bench.get("10.244.9.1:8080/p").raw["error"] == "ConnectionRefusedError"
