"""A batch's plan: what is taken, and what is refused before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from harness.probe.duration import seconds
from harness.probe.http1 import request_parts
from harness.probe.plan import plan_of


def question(**changes: Any) -> dict[str, Any]:
    return {"id_prefix": "a.b", "url": "http://front.ns:81/p?q=1#f", "count": 3, **changes}


def test_the_parts_of_a_url() -> None:
    plan = plan_of(question())
    assert (plan.host, plan.name, plan.port, plan.target) == ("front.ns:81", "front.ns", 81, "/p?q=1")
    plain = plan_of(question(url="http://user@front?x"))
    assert (plain.host, plain.name, plain.port, plain.target) == ("front", "front", 80, "/?x")


def test_an_address_is_dialled_and_the_host_stays() -> None:
    plan = plan_of(question(address="fd00::1", port=8080))
    assert (plan.address, plan.port, plan.host) == ("fd00::1", 8080, "front.ns:81")


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "front/x"},
        {"url": "https://front/x"},
        {"url": "http://front/x y"},
        {"url": "http://front/\xe9"},
        {"url": "http://front/x\r\nevil: 1"},
        {"url": "http://front:99999/"},
        {"url": "http://[::1/"},
        {"address": "front.ns"},
        {"address": "10.0.0"},
        {"method": "GET /"},
        {"method": ""},
        {"headers": [("a b", "c")]},
        {"headers": [("a", "b\r\nc: d")]},
        {"headers": [("a", "b\0")]},
        {"headers": [("a",)]},
        {"headers": 5},
        {"count": None},
        {"duration": 1},
        {"count": -1},
        {"count": 10**9},
        {"count": "many"},
        {"interval": float("nan")},
        {"interval": -0.1},
        {"count": None, "duration": 1, "interval": 0},
        {"deadline": float("inf")},
        {"port": 65536},
        {"id_prefix": "a b"},
        {"id_prefix": ""},
    ],
)
def test_what_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        plan_of(question(**changes))


def test_a_request_on_the_wire() -> None:
    before, after = request_parts("POST", "/p", "front:81", [("x-a", "1"), ("x-a", "é")], b"abc")
    assert before + b"a-7" + after == (
        "POST /p HTTP/1.1\r\nHost: front:81\r\nx-a: 1\r\nx-a: é\r\nContent-Length: 3\r\n"
        "x-gamma-id: a-7\r\n\r\nabc".encode()
    )


def test_own_headers_replace_ours() -> None:
    before, after = request_parts("GET", "/", "front", [("HOST", "other"), ("content-length", "0")], b"")
    assert before.count(b"ost: ") == 0
    assert before.lower().count(b"host:") == 1
    assert before.lower().count(b"content-length:") == 1
    assert after == b"\r\n\r\n"


@pytest.mark.parametrize(
    ("text", "expected"), [("500ms", 0.5), ("2s", 2.0), ("1m30s", 90.0), ("1h", 3600.0), ("0s", 0.0), ("1s500ms", 1.5)]
)
def test_durations(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "5", "1.5s", "-1s", "1s ", "s", "100000s", "1d", "\u0661s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        seconds(text)
