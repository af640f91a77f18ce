"""The journal is numbered, bounded, and tells what it no longer holds."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from harness.probe import journal
from harness.probe.journal import Journal


def note(kept: Journal, *ids: str) -> None:
    for id_ in ids:
        kept.note(id_, time=1.5, method="GET", path="/x", host="h", port=8080)


def test_what_was_seen_since_a_position() -> None:
    kept = Journal()
    note(kept, "a.b-0", "a.b-1")
    since = kept.position()["next"]
    note(kept, "a.b-2", "c-0", "a.b-1", "")
    found = kept.query(since, ["a.b", "unknown"])
    assert found["hits"] == {"a.b": [["2", 1], ["1", 2]]}
    assert (found["oldest"], found["next"], found["held"], found["truncated"]) == (0, 6, 6, False)
    assert found["epoch"] == kept.epoch


def test_details() -> None:
    kept = Journal()
    note(kept, "a-0")
    assert kept.query(0, ["a"], details=True)["hits"] == {"a": [["0", 1, 0, 1.5, "GET", "/x", "h", 8080]]}


def test_an_overflow_shows() -> None:
    kept = Journal(limit=3)
    note(kept, "a-0", "a-1", "a-0", "a-0", "b-0")
    found = kept.query(0, ["a", "b"])
    assert (found["oldest"], found["next"], found["held"]) == (2, 5, 3)
    assert found["hits"] == {"a": [["0", 2], ["0", 3]], "b": [["0", 1]]}


def test_attempts_are_counted_for_as_long_as_one_is_held() -> None:
    kept = Journal(limit=2)
    note(kept, "a-0", "b-0", "b-1", "a-0")
    assert kept.query(0, ["a"])["hits"] == {"a": [["0", 1]]}


def test_epochs_differ() -> None:
    assert Journal().epoch != Journal().epoch


def test_an_answer_is_bounded(monkeypatch: object) -> None:
    kept = Journal()
    note(kept, *(f"a-{number}" for number in range(10)), *(f"b-{number}" for number in range(5)))
    old, journal.ANSWER_LIMIT = journal.ANSWER_LIMIT, 12
    try:
        found = kept.query(0, ["a", "b"])
        assert (found["truncated"], len(found["hits"]["a"]), len(found["hits"]["b"])) == (True, 10, 2)
        journal.ANSWER_LIMIT = 15
        assert not kept.query(0, ["a", "b"])["truncated"]
    finally:
        journal.ANSWER_LIMIT = old


def test_untrusted_text_is_cut() -> None:
    kept = Journal()
    note(kept, "x" * 1000)
    kept.note("a-1", time=0.0, method="GET", path="/" * 9999, host="h" * 9999, port=1)
    (row,) = kept.query(0, ["a"], details=True)["hits"]["a"]
    assert (len(row[5]), len(row[6])) == (1024, 1024)


IDS = st.sampled_from(["", "a-0", "a-1", "a.b-0", "b", "b-0", "-"])


@given(st.lists(IDS, max_size=60), st.integers(1, 10), st.integers(0, 60))
def test_it_agrees_with_a_plain_list(ids: list[str], limit: int, since: int) -> None:
    kept = Journal(limit)
    note(kept, *ids)
    held = list(enumerate(ids))[-limit:]
    expected = defaultdict(list)
    for seq, id_ in held:
        if id_ and seq >= since:
            expected[id_.rpartition("-")[0]].append(id_)
    found = kept.query(since, ["a", "a.b", "", "b"])
    got = {prefix: [row[0] for row in rows] for prefix, rows in found["hits"].items()}
    assert got == {prefix: [id_[len(prefix) + 1 :] for id_ in same] for prefix, same in expected.items()}
    assert found["held"] == len(held) == found["next"] - found["oldest"]
    assert found["next"] == len(ids)
