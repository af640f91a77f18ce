"""Real Envoy: retries, and limits of one attempt."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.contract.lab_mesh.bench import Answer, Bench
from tests.contract.lab_mesh.objects import (
    edit_request,
    edit_response,
    endpoints,
    parent,
    pod,
    prefix,
    route,
    rule,
    service,
)

FRONT = "10.96.2.1"
OWN = [service("front", FRONT), endpoints("front", "10.244.1.1")]
IDS = (f"id-{n}" for n in itertools.count())


def rules(bench: Bench, **retry: Any) -> None:
    bench.apply(*OWN, route("r", parent("front"), rule(to="v1", **retry)))


def ask(bench: Bench, path: str = "/", **headers: Any) -> tuple[Answer, list[float]]:
    """The answer, and when the attempts arrived."""
    marked = next(IDS)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = bench.get(f"{FRONT}{path}", headers={"x-id": marked, **sent})
    return answer, bench.arrivals(marked)


@pytest.mark.parametrize("code", [500, 502, 503, 504, 429])
def test_listed_code_is_retried(bench: Bench, code: int) -> None:
    rules(bench, retry={"codes": [code], "attempts": 3})
    answer, arrivals = ask(bench, x_fail=2, x_status=code)
    assert (answer.status, len(arrivals)) == (200, 3)


def test_attempts_are_bounded_and_other_codes_are_not_retried(bench: Bench) -> None:
    rules(bench, retry={"codes": [500], "attempts": 2})
    answer, arrivals = ask(bench, x_status=500)
    assert (answer.status, len(arrivals)) == (500, 3)
    answer, arrivals = ask(bench, x_status=503)
    assert (answer.status, len(arrivals)) == (503, 1)


def test_without_retry_there_is_one_attempt(bench: Bench) -> None:
    rules(bench)
    answer, arrivals = ask(bench, x_status=503)
    assert (answer.status, len(arrivals)) == (503, 1)
    answer, arrivals = ask(bench, x_fail=1, x_reset=1)
    assert (answer.status, len(arrivals)) == (503, 1)


def test_connection_errors_are_retried(bench: Bench) -> None:
    rules(bench, retry={"codes": [500], "attempts": 2})
    answer, arrivals = ask(bench, x_fail=2, x_reset=1)
    assert (answer.status, len(arrivals)) == (200, 3)
    answer, arrivals = ask(bench, x_fail=3, x_reset=1)
    assert (answer.status, len(arrivals)) == (503, 3)
    assert [name for name, _ in answer.raw["headers"] if name.startswith("x-")] == []


def test_dead_endpoint_is_retried(bench: Bench) -> None:
    dead = [service("mixed", "10.96.2.2"), endpoints("mixed", "10.244.1.1", "10.244.1.99")]
    gone = pod("gamma-producer", "gone", "10.244.1.99", app="gone", dead="1")
    bench.apply(*OWN, *dead, gone, route("r", parent("front"), rule(to="mixed", retry={"codes": [500], "attempts": 1})))
    assert {answer.status for answer in bench.get(f"{FRONT}/", times=20)} == {200}


@pytest.mark.parametrize("backoff", ["60ms", "300ms"])
def test_pause_has_a_minimum(bench: Bench, backoff: str) -> None:
    rules(bench, retry={"codes": [500], "attempts": 3, "backoff": backoff})
    answer, arrivals = ask(bench, x_status=500, x_fail=2)
    least = int(backoff.removesuffix("ms")) / 1000
    assert answer.status == 200
    assert [least <= later - earlier < least + 0.5 for earlier, later in itertools.pairwise(arrivals)] == [True, True]


def test_request_timeout_bounds_all_attempts(bench: Bench) -> None:
    rules(bench, retry={"codes": [500], "attempts": 9}, timeouts={"request": "400ms"})
    answer, arrivals = ask(bench, x_status=500, x_delay=0.15)
    assert answer.status == 504
    assert 0.39 < answer.elapsed < 1.5  # ten attempts take as long
    assert 2 <= len(arrivals) <= 3


def test_attempt_over_its_limit_is_retried(bench: Bench) -> None:
    rules(bench, retry={"codes": [500], "attempts": 2}, timeouts={"backendRequest": "200ms"})
    answer, arrivals = ask(bench, x_fail=2, x_delay=2)
    assert (answer.status, len(arrivals)) == (200, 3)
    answer, arrivals = ask(bench, x_delay=2)
    assert (answer.status, len(arrivals)) == (504, 3)


@pytest.mark.parametrize("more", [{}, {"retry": {"codes": [500], "attempts": 1}}])
@pytest.mark.parametrize("which", ["request", "backendRequest"])
def test_limits_cover_the_whole_answer(bench: Bench, which: str, more: dict) -> None:
    rules(bench, timeouts={which: "200ms"}, **more)
    answer, _ = ask(bench, x_drip=2)
    assert "error" in answer.raw
    assert 0.19 < answer.elapsed < 2


def test_a_retrying_rule_changes_nothing_else(bench: Bench) -> None:
    edits = [edit_request(set=[{"name": "x-a", "value": "1"}]), edit_response(remove=["x-b"])]
    both = (rule(prefix("/r"), to="v1", filters=edits, retry={"codes": [500]}), rule(to="v1"))
    bench.apply(*OWN, route("r", parent("front"), *both))
    answer = bench.get(f"{FRONT}/r/x?y=%20", headers={"x-reply": ["x-b=1", "x-c=2"], "x-forwarded-proto": "mine"})
    seen = answer.raw["seen"]["headers"]
    assert sorted(seen) == ["host", "x-a", "x-forwarded-proto", "x-reply"]
    assert (answer.path, answer.sees("host"), answer.sees("x-forwarded-proto")) == ("/r/x?y=%20", [FRONT], ["mine"])
    assert sorted(name for name, _ in answer.raw["headers"]) == ["content-length", "date", "x-c"]
    assert sorted(bench.get(f"{FRONT}/other").raw["seen"]["headers"]) == ["host"]
    upgrade = {"connection": "Upgrade", "upgrade": "websocket", "x-status": "426"}
    assert bench.get(f"{FRONT}/r", headers=upgrade).sees("upgrade") == ["websocket"]


@pytest.mark.parametrize(
    ("feature", "headers"),
    [
        ("HTTPRouteRetry", {"x_status": 500}),
        ("HTTPRouteRetryConnectionError", {"x_reset": 1}),
        ("HTTPRouteRetryBackendTimeout", {"x_delay": 2}),
    ],
)
def test_what_is_ignored_is_not_retried(bench: Bench, feature: str, headers: dict) -> None:
    made = rule(to="v1", retry={"codes": [500], "attempts": 2}, timeouts={"backendRequest": "300ms"})
    bench.apply(*OWN, route("r", parent("front"), made), defect=f"ignores-{feature}")
    answer, arrivals = ask(bench, x_fail=1, **headers)
    assert answer.status >= 500
    assert len(arrivals) == 1
