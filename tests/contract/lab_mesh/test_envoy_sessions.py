"""Real Envoy: session persistence."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import Any

import pytest

from tests.contract.lab_mesh.bench import Answer, Bench
from tests.contract.lab_mesh.objects import backend, endpoints, parent, prefix, route, rule, service

FRONT = "10.96.2.1"
OWN = [service("front", FRONT), endpoints("front", "10.244.1.1")]


def apply(bench: Bench, *backends: Any, extra: Iterable[dict] = (), more: dict | None = None, **session: Any) -> None:
    kept = rule(prefix("/kept"), to=list(backends) or ["v3"], sessionPersistence=session, **(more or {}))
    bench.apply(*OWN, *extra, route("r", parent("front"), kept, rule(to="v3")))


def cookie(answer: Answer) -> tuple[str, set[str]]:
    """NAME=VALUE and the attributes of the only cookie set."""
    (line,) = [value for name, value in answer.raw["headers"] if name == "set-cookie"]
    pair, *attributes = line.split("; ")
    return pair, set(attributes)


def pods(bench: Bench, times: int = 20, path: str = "/kept", **headers: str) -> set[str]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return {answer.raw["seen"]["ip"] for answer in bench.get(f"{FRONT}{path}", times=times, headers=sent)}


def test_cookie_is_issued_and_sticks(bench: Bench) -> None:
    apply(bench)
    first = bench.get(f"{FRONT}/kept", headers={"x-reply": "set-cookie=app=1; Path=/app"})
    lines = [value for name, value in first.raw["headers"] if name == "set-cookie"]
    assert lines[0] == "app=1; Path=/app"
    pair, *attributes = lines[1].split("; ")
    assert re.fullmatch(r"lab-session-[0-9a-f]{16}=[0-9a-f]{16}", pair)
    assert attributes == ["Path=/", "HttpOnly"]
    assert pods(bench, cookie=pair) == {first.raw["seen"]["ip"]}
    assert pods(bench, cookie=f"a=b; {pair}; c=d", source="consumer") == {first.raw["seen"]["ip"]}
    assert len(pods(bench, 60)) == 4
    assert len(pods(bench, 60, cookie=pair.replace("=", "=0"))) == 4
    again = bench.get(f"{FRONT}/kept", headers={"cookie": pair})
    assert [name for name, _ in again.raw["headers"] if name == "set-cookie"] == []
    assert again.sees("cookie") == [pair]


def test_other_rules_know_no_sessions(bench: Bench) -> None:
    apply(bench)
    pair, _ = cookie(bench.get(f"{FRONT}/kept"))
    other = bench.get(f"{FRONT}/other", headers={"cookie": pair})
    assert "set-cookie" not in {name for name, _ in other.raw["headers"]}
    assert len(pods(bench, 60, "/other", cookie=pair)) == 4


def test_name_path_and_lifetime_of_the_cookie(bench: Bench) -> None:
    settings = {"lifetimeType": "Permanent", "path": "/kept"}
    apply(bench, sessionName="mine", absoluteTimeout="5m", cookieConfig=settings)
    pair, attributes = cookie(bench.get(f"{FRONT}/kept"))
    assert pair.startswith("mine=")
    assert attributes == {"Path=/kept", "HttpOnly", "Max-Age=300"}
    apply(bench, absoluteTimeout="5m")
    assert cookie(bench.get(f"{FRONT}/kept"))[1] == {"Path=/", "HttpOnly"}


@pytest.mark.parametrize("kind", ["Cookie", "Header"])
def test_session_ends(bench: Bench, kind: str) -> None:
    apply(bench, absoluteTimeout="1s", sessionName="s", type=kind)
    first = bench.get(f"{FRONT}/kept")
    sent = {"cookie": cookie(first)[0]} if kind == "Cookie" else {"s": first.header("s")[0]}
    started = time.monotonic()
    found = pods(bench, 10, **sent)
    if time.monotonic() - started < 0.8:
        assert found == {first.raw["seen"]["ip"]}
    time.sleep(1.1)
    late = bench.get(f"{FRONT}/kept", headers=sent)
    assert late.header("set-cookie" if kind == "Cookie" else "s") not in ([], list(sent.values()))
    assert "x-lab-expired" not in late.raw["seen"]["headers"]
    assert len(pods(bench, 60, **sent)) == 4


def test_header_carries_the_session_both_ways(bench: Bench) -> None:
    apply(bench, type="Header", sessionName="X-Session")
    first = bench.get(f"{FRONT}/kept")
    (token,) = first.header("x-session")
    assert pods(bench, x_session=token) == {first.raw["seen"]["ip"]}
    assert bench.get(f"{FRONT}/kept", headers={"x-session": token}).header("x-session") == [token]
    assert bench.get(f"{FRONT}/kept", headers={"x-session": "odd"}).header("x-session") != ["odd"]


def test_weights_are_for_new_sessions(bench: Bench) -> None:
    apply(bench, backend("v1", 70), backend("v3", 30))
    answers = bench.get(f"{FRONT}/kept", times=1000)
    assert 570 < sum(answer.backend == "v1" for answer in answers) < 830
    pair, _ = cookie(next(answer for answer in answers if answer.backend == "v3"))
    apply(bench, backend("v1", 70), backend("v3", 0))
    assert {answer.backend for answer in bench.get(f"{FRONT}/kept", times=50)} == {"v1"}
    assert {answer.backend for answer in bench.get(f"{FRONT}/kept", times=50, headers={"cookie": pair})} == {"v3"}


def test_new_session_when_the_endpoint_is_gone(bench: Bench) -> None:
    own = service("own", "10.96.2.2")
    apply(bench, "own", extra=[own, endpoints("own", "10.244.1.31", "10.244.1.32")])
    first = bench.get(f"{FRONT}/kept")
    left = ({"10.244.1.31", "10.244.1.32"} - {first.raw["seen"]["ip"]}).pop()
    apply(bench, "own", extra=[own, endpoints("own", left)])
    again = bench.get(f"{FRONT}/kept", headers={"cookie": cookie(first)[0]})
    assert again.raw["seen"]["ip"] == left
    assert cookie(again)[0] != cookie(first)[0]


def test_retries_stay_in_the_session_and_bad_backends_keep_their_share(bench: Bench) -> None:
    apply(bench, "v3", more={"retry": {"codes": [500], "attempts": 1}})
    first = bench.get(f"{FRONT}/kept")
    assert pods(bench, cookie=cookie(first)[0]) == {first.raw["seen"]["ip"]}
    empty = [service("empty", "10.96.2.9"), endpoints("empty")]
    apply(bench, backend("v3", 2), backend("ghost"), backend("empty"), extra=empty)
    statuses = [answer.status for answer in bench.get(f"{FRONT}/kept", times=400)]
    assert {status for status in statuses if 50 < statuses.count(status) < 260} == {200, 500, 503}
