"""When the absence of a request in the journals means something."""

from __future__ import annotations

from typing import Any

import pytest

from harness.observation import Hit
from harness.prober.journals import Reading, view
from harness.prober.types import JournalMark, Pod, Position

ONE = Pod("x-producer", "echo-v1-a", "uid-1", "echo-v1", echo=True)
TWO = Pod("x-producer", "echo-v2-b", "uid-2", "echo-v2", echo=True)
MARK = JournalMark({ONE: Position("e1", 10), TWO: Position("e2", 0)})


def told(**changes: Any) -> dict[str, Any]:
    return {"epoch": "e1", "oldest": 0, "next": 12, "held": 12, "truncated": False, "hits": {}, **changes}


def row(rest: str, attempt: int) -> list[Any]:
    return [rest, attempt, 11, 1.5, "GET", "/x?y", "h", 8080]


def seen(*readings: Reading, now: tuple[Pod, ...] = (ONE, TWO), ids: tuple[str, ...] = ("a-0", "a-1")) -> Any:
    return view(MARK, now, readings, ids, lambda namespace: namespace.replace("x-", "gamma-"))


FINE_TWO = Reading(TWO, told(epoch="e2", next=0, held=0))


def test_hits_of_the_ids_asked_for() -> None:
    hits = {"a": [row("0", 1), row("0", 2), row("7", 1)]}
    found = seen(Reading(ONE, told(hits=hits)), Reading(TWO, told(epoch="e2", hits={"a": [row("0", 1)]})))
    facts = {"method": "GET", "path": "/x?y", "host": "h", "time": 1.5, "port": 8080}
    first = Hit("echo-v1-a", "gamma-producer", "echo-v1", 1, **facts)
    assert found.hits == {
        "a-0": (
            first,
            Hit("echo-v1-a", "gamma-producer", "echo-v1", 2, **facts),
            Hit("echo-v2-b", "gamma-producer", "echo-v2", 1, **facts),
        )
    }
    assert found.complete
    assert found.pods == {"echo-v1-a", "echo-v2-b"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (told(epoch="other"), "begun anew"),
        (told(oldest=11, held=1), "overflowed: 1 entries are lost"),
        (told(oldest=10, held=2), ""),
        (told(held=11), "1 entries are missing"),
        (told(next=9, held=9), "went backwards"),
        (told(truncated=True), "more entries"),
        ({"epoch": "e1"}, "makes no sense"),
        (told(next=None), "makes no sense"),
    ],
)
def test_what_stands_against_believing_a_journal(answer: dict[str, Any], words: str) -> None:
    found = seen(Reading(ONE, answer), FINE_TWO)
    assert found.complete is (not words)
    assert ("echo-v1-a" in found.pods) is (not words)
    if words:
        (problem,) = found.problems
        assert "x-producer/echo-v1-a" in problem
        assert words in problem


def test_a_pod_that_cannot_be_asked() -> None:
    found = seen(Reading(ONE, None, "no exec"), FINE_TWO)
    assert found.problems == ("journal of x-producer/echo-v1-a: no exec",)


def test_hits_count_even_where_the_journal_is_not_whole() -> None:
    found = seen(Reading(ONE, told(epoch="other", hits={"a": [row("1", 1)]})), FINE_TWO)
    assert "a-1" in found.hits
    assert not found.complete


def test_a_replaced_pod_took_its_journal_with_it() -> None:
    new = Pod("x-producer", "echo-v1-a", "uid-9", "echo-v1", echo=True)
    found = seen(Reading(new, told(epoch="e9", next=3, held=3)), FINE_TWO, now=(new, TWO))
    assert found.problems == ("x-producer/echo-v1-a is gone, and its journal with it",)


@pytest.mark.parametrize(
    ("restarts", "oldest", "words"), [(0, 0, ""), (1, 0, "restarted since"), (0, 1, "overflowed: 1 entries are lost")]
)
def test_a_pod_that_came_since_the_mark(restarts: int, oldest: int, words: str) -> None:
    new = Pod("x-producer", "echo-v1-c", "uid-9", "echo-v1", echo=True, restarts=restarts)
    reading = Reading(new, told(epoch="e9", oldest=oldest, next=3, held=3 - oldest, hits={"a": [row("0", 1)]}))
    found = seen(Reading(ONE, told()), FINE_TWO, reading, now=(ONE, TWO, new))
    assert words in "".join(found.problems)
    assert found.complete is (not words)
    assert "a-0" in found.hits
