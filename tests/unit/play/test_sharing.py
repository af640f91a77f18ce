"""Which probes share connections, and whether answers show it."""

from __future__ import annotations

from harness.observation import Answer, Failure, Observation
from harness.play.sharing import apart, pools
from harness.scenario.model import Client, Probe

HERE, THERE = Client("consumer"), Client("producer")


def probe(shares: str | None = None) -> Probe:
    return Probe.model_validate({"from": "consumer", "url": "http://f/", "over": "one", "shares": shares})


def seen(*connections: int, failure: Failure | None = None) -> list[Observation]:
    return [Observation("a", HERE, "", Answer(failure=failure), 0.0, 0.0, number) for number in connections]


def test_partners_of_each_client_have_a_name_of_their_own() -> None:
    probes = {
        ("a", HERE): probe(),
        ("b", HERE): probe("a"),
        ("c", HERE): probe("b"),
        ("a", THERE): probe(),
        ("b", THERE): probe("a"),
        ("alone", HERE): probe(),
        ("orphan", HERE): probe("not-sent-now"),
    }
    found = pools(probes, "t.1")
    assert found.keys() == {("a", HERE), ("b", HERE), ("c", HERE), ("a", THERE), ("b", THERE)}
    assert len({found["a", HERE], found["b", HERE], found["c", HERE]}) == 1
    assert found["a", THERE] == found["b", THERE] != found["a", HERE]
    assert all(name.startswith("t.1:") for name in found.values())


def test_a_circle_is_one_pool() -> None:
    found = pools({("b", HERE): probe("a"), ("a", HERE): probe("b")}, "t")
    assert found["a", HERE] == found["b", HERE]


def test_answers_on_connections_of_their_own_say_nothing() -> None:
    pool = {("a", HERE): "p", ("b", HERE): "p", ("c", HERE): "q", ("d", HERE): "q"}
    got = {
        ("a", HERE): seen(0, 2, 4),
        ("b", HERE): [*seen(1, 3), *seen(0, failure=Failure.RESET)],
        ("c", HERE): seen(0, 1),
        ("d", HERE): seen(1),
    }
    assert set(apart(pool, got)) == {("a", HERE), ("b", HERE)}
    assert set(apart(pool, {})) == set(pool)
    assert apart({}, got) == []
