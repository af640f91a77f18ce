"""Real Envoy: backends, weights and timeouts."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.contract.lab_mesh.bench import Bench
from tests.contract.lab_mesh.objects import (
    backend,
    edit_request,
    edit_response,
    endpoints,
    parent,
    prefix,
    redirect,
    route,
    rule,
    service,
)

FRONT = "10.96.2.1"
OWN = [service("front", FRONT), endpoints("front", "10.244.1.1")]
EMPTY = [service("empty", "10.96.2.9"), endpoints("empty")]
# 1000 draws, eight standard deviations of the widest share: a correct split does not fail in a lifetime.
DRAWS, MARGIN = 1000, 130
# Envoy's timers go by the kernel's coarse clock, which lags by up to 4 ms (97 ms were measured for 100).
EARLIEST = 0.095


def shares(bench: Bench, path: str = "/", **options: object) -> Counter[object]:
    answers = bench.get(f"{FRONT}{path}", times=DRAWS, **options)
    return Counter(answer.backend or answer.status for answer in answers)


def near(found: Counter[object], expected: dict[object, int]) -> bool:
    return found.keys() == expected.keys() and all(abs(found[key] - expected[key]) < MARGIN for key in expected)


@pytest.mark.parametrize(
    "bad",
    [
        backend("ghost"),
        backend("v1", port=9999),
        {"group": "unknown.example.com", "kind": "NonExistent", "name": "v1", "port": 80},
    ],
    ids=["missing", "port", "kind"],
)
def test_unusable_backend_is_500_and_nobody_else_answers(bench: Bench, bad: dict) -> None:
    bench.apply(*OWN, route("r", parent("front"), rule(prefix("/bad"), to=[bad]), rule(prefix("/"), to="v2")))
    assert [bench.get(f"{FRONT}/bad/x").status for _ in range(5)] == [500] * 5
    assert bench.get(f"{FRONT}/z").backend == "v2"


def test_no_backends_at_all_is_500(bench: Bench) -> None:
    none = route("r", parent("front"), rule(prefix("/none")), rule(prefix("/zero"), to=[backend("v1", 0)]))
    bench.apply(*OWN, none)
    assert [bench.get(f"{FRONT}{path}").status for path in ("/none", "/zero", "/other")] == [500, 500, 404]
    none["spec"].pop("rules")
    bench.apply(*OWN, none)
    assert bench.get(f"{FRONT}/other").status == 500


def test_service_without_endpoints_is_503(bench: Bench) -> None:
    bench.apply(*OWN, *EMPTY, route("r", parent("front"), rule(to="empty")))
    assert bench.get(f"{FRONT}/").status == 503
    assert bench.get("10.96.2.9/").status == 503


@pytest.mark.parametrize(
    ("backends", "expected"),
    [
        ([backend("v1", 70), backend("v2", 30)], {"v1": 700, "v2": 300}),
        ([backend("v1", 1), backend("ghost", 1)], {"v1": 500, 500: 500}),
        ([backend("v1", 70), backend("empty", 30)], {"v1": 700, 503: 300}),
        ([backend("v1", 1), backend("ghost", 0)], {"v1": 1000}),
        ([backend("v1", 250_000), backend("v2", 750_000)], {"v1": 250, "v2": 750}),
        ([backend("v1", 2), backend("v2", 2), backend("v3", 4)], {"v1": 250, "v2": 250, "v3": 500}),
        ([backend("v1", 50), backend("v3", 50)], {"v1": 500, "v3": 500}),
    ],
)
def test_weights_divide_requests(bench: Bench, backends: list[dict], expected: dict[object, int]) -> None:
    bench.apply(*OWN, *EMPTY, route("r", parent("front"), rule(to=backends)))
    assert near(shares(bench), expected)


def test_weights_hold_on_one_connection(bench: Bench) -> None:
    bench.apply(*OWN, route("r", parent("front"), rule(to=[backend("v1", 70), backend("v2", 30)])))
    assert near(shares(bench, kept="weights"), {"v1": 700, "v2": 300})


def test_filters_of_a_backend_are_its_own(bench: Bench) -> None:
    stamps = {
        name: [edit_request(set=[{"name": "x-b", "value": name}]), edit_response(add=[{"name": "x-a", "value": name}])]
        for name in ("v1", "v2")
    }
    split = [backend(name, filters=filters) for name, filters in stamps.items()]
    moved = backend("v3", filters=[redirect(hostname="elsewhere.example")])
    bench.apply(*OWN, route("r", parent("front"), rule(to=[*split, moved])))
    answers = bench.get(f"{FRONT}/", times=200)
    assert {answer.status for answer in answers} == {200, 302}
    for answer in answers:
        if answer.status == 200:
            assert answer.sees("x-b") == answer.header("x-a") == [answer.backend]


def test_port_is_that_of_the_service_named(bench: Bench) -> None:
    bench.apply(*OWN, route("r", parent("front"), rule(to=backend("v1", port=81))))
    answer = bench.get(f"{FRONT}/")
    assert (answer.backend, answer.port) == ("v1", "8081")


def test_headless_backend_and_backends_own_routes(bench: Bench) -> None:
    headless = [service("headless", "None"), endpoints("headless", "10.244.1.2")]
    chained = route("chained", parent("v1"), rule(to="v3"))
    bench.apply(*OWN, *headless, chained, route("r", parent("front"), rule(prefix("/h"), to="headless"), rule(to="v1")))
    assert bench.get(f"{FRONT}/h").backend == "v2"
    assert bench.get(f"{FRONT}/").backend == "v1"
    assert bench.get("10.96.1.1/").backend == "v3"


def test_timeouts(bench: Bench) -> None:
    def limited(path: str, **timeouts: str) -> dict:
        return rule(prefix(path), to="v1", timeouts=timeouts)

    rules = [
        limited("/request", request="100ms"),
        limited("/backend", backendRequest="50ms50ms"),
        limited("/zero", request="0s"),
        limited("/both", request="0s", backendRequest="100ms"),
        rule(prefix("/none"), to="v1"),
    ]
    bench.apply(*OWN, route("r", parent("front"), *rules))
    for path in ("/request", "/backend", "/both"):
        answer = bench.get(f"{FRONT}{path}", headers={"x-delay": "3"})
        assert answer.status == 504
        assert EARLIEST <= answer.elapsed < 3
        assert bench.get(f"{FRONT}{path}").status == 200
    for path in ("/zero", "/none"):
        assert bench.get(f"{FRONT}{path}", headers={"x-delay": "0.3"}).status == 200


def test_default_timeout_of_the_proxy_is_off(bench: Bench) -> None:
    """Envoy's own default is 15 s; the configuration in force says 0."""
    bench.apply(*OWN, route("r", parent("front"), rule(to="v1")))
    timeouts = [found["timeout"] for found in bench.config_values("route")]
    assert timeouts
    assert set(timeouts) == {"0s"}
