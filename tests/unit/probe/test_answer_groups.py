"""Equal answers fall into one group, different ones never do, and groups stay bounded."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.probe.exchange import Raw
from harness.probe.groups import Groups


def echoed(id_: str, *saw: tuple[str, str], pod: str = "p1", headers: tuple[tuple[str, str], ...] = ()) -> Raw:
    who = {"namespace": "n", "workload": "w", "pod": pod, "port": 80}
    seen = {"method": "GET", "path": "/", "host": "h", "protocol": "http1", "headers": [("x-gamma-id", id_), *saw]}
    body = json.dumps({**who, "saw": seen}).encode()
    return Raw("HTTP/1.1", 200, "OK", [("x-gamma-echo", f"n/w/{pod}/80"), *headers], body)


def numbers(*raws: tuple[str, Raw], keep: tuple[str, ...] = ()) -> list[int]:
    groups = Groups(keep)
    return [groups.number(raw, id_) for id_, raw in raws]


def test_ids_and_volatile_headers_do_not_tell_apart() -> None:
    first = echoed("a-1", ("x-request-id", "1"), headers=(("date", "Mon"), ("content-length", "10")))
    second = echoed("a-22", ("x-request-id", "2"), headers=(("date", "Tue"), ("content-length", "11")))
    assert numbers(("a-1", first), ("a-22", second)) == [0, 0]


def test_headers_asked_for_do() -> None:
    raws = [(f"a-{day}", Raw(status=200, headers=[("date", day)])) for day in ("Mon", "Tue", "Mon")]
    assert numbers(*raws) == [0, 0, 0]
    assert numbers(*raws, keep=("Date",)) == [0, 1, 0]


def test_whether_a_volatile_header_is_there_does() -> None:
    assert numbers(("a-1", Raw(status=200, headers=[("date", "x")])), ("a-2", Raw(status=200))) == [0, 1]


def test_what_tells_apart() -> None:
    raws = [
        echoed("a-1"),
        echoed("a-1", pod="p2"),
        echoed("a-1", ("x-gamma-route", "r")),
        echoed("a-1", headers=(("x", "y"),)),
        Raw(status=404, body=b"x"),
        Raw(status=404, body=b"y"),
        Raw(failure="reset", detail="one"),
        Raw(failure="reset", detail="two"),
        Raw(failure="closed", detail="one"),
    ]
    assert numbers(*(("a-1", raw) for raw in raws)) == list(range(len(raws)))


def test_the_body_of_the_mesh_is_shown_in_part_and_an_echos_in_full() -> None:
    groups = Groups()
    long = "v" * 10_000
    groups.number(echoed("a-1", ("x-long", long)), "a-1")
    groups.number(Raw(status=500, body=b"b\xff" * 5000), "a-2")
    assert long in groups.samples[0]["body"]
    assert len(groups.samples[1]["body"]) == 4096
    assert groups.samples[1]["body"].startswith("b\\xff")


def test_headers_are_bounded() -> None:
    groups = Groups()
    groups.number(Raw(status=200, headers=[("a", "x" * 60_000), ("b", "x" * 10_000), ("c", "x")]), "a-1")
    assert [name for name, _ in groups.samples[0]["headers"]] == ["a"]


def test_too_many_different_answers_are_told_as_our_failure() -> None:
    groups = Groups(limit=2000)
    found = [groups.number(Raw(status=200, body=b"%d" % number), f"a-{number + 100}") for number in range(1000)]
    assert found[0] == 0
    assert found[1] == 1
    assert len(groups.samples) < 12
    assert groups.samples[found[-1]]["failure"] == "agent"
    assert groups.number(Raw(status=200, body=b"0"), "x") == 0  # what is known stays known


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["saw", "headers", "pod"]), inner),
    max_leaves=12,
)


@given(JSON)
def test_a_mark_on_a_body_that_is_not_ours(content: Any) -> None:
    raw = Raw(status=200, headers=[("x-gamma-echo", "a/b/c/1")], body=json.dumps(content).encode())
    assert numbers(("i", raw), ("i", raw)) == [0, 0]


def test_a_body_nested_without_end() -> None:
    raw = Raw(status=200, headers=[("x-gamma-echo", "a/b/c/1")], body=b"[" * 60_000)
    assert numbers(("i", raw)) == [0]
