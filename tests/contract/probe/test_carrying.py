"""Sessions: what the first answer sets goes with all later requests."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from probe_world import World, batch, read_request, serving

from harness.observation import Failure, Observation
from harness.prober import Prober

SETS = {"x-gamma-echo-header": ["set-cookie=a=1; Path=/", "set-cookie=b=2", "x-session=s1"]}


def sent(prober: Prober, port: int, carry: str, **changes: Any) -> list[Observation]:
    one = batch(port, headers={**SETS, **changes.pop("more", {})}, **changes)
    probe = one.probe.model_copy(update={"carry": carry})
    return prober.start(type(one)(**{**{n: getattr(one, n) for n in one.__slots__}, "probe": probe})).result(60)


def had(observations: list[Observation], name: str) -> list[list[str]]:
    found = []
    for one in observations:
        assert one.answer.echo is not None
        assert one.answer.echo.saw is not None
        found.append([value for key, value in one.answer.echo.saw.headers if key == name])
    return found


@pytest.mark.parametrize(
    ("carry", "header", "value"), [("cookies", "cookie", "a=1; b=2"), ("X-Session", "x-session", "s1")]
)
def test_what_the_first_answer_sets_is_sent_along(
    world: World, prober: Prober, carry: str, header: str, value: str
) -> None:
    for over in ("fresh", "one"):
        found = had(sent(prober, world.echo.port, carry, over=over, count=10), header)
        assert found == [[], *[[value]] * 9]


def test_the_first_request_goes_alone(world: World, prober: Prober) -> None:
    observations = sent(prober, world.echo.port, "cookies", more={"x-gamma-echo-delay": "300ms"}, count=5)
    assert observations[1].started >= 0.3
    assert (
        observations[4].started - observations[1].started < 0.8
    )  # the others do not wait for each other: that takes 0.9 s


def test_a_session_may_have_begun_earlier(world: World, prober: Prober) -> None:
    observations = sent(prober, world.echo.port, "cookies", count=3, carried=(("Cookie", "c=3"),))
    assert had(observations, "cookie") == [["c=3"]] * 3
    assert had(sent(prober, world.echo.port, "cookies", count=2, carried=()), "cookie") == [[], []]


def test_a_session_begins_with_the_first_answer(prober: Prober) -> None:
    requests: list[bytes] = []

    def handle(connection: socket.socket, number: int) -> None:
        requests.append(read_request(connection))
        if number >= 2:
            connection.sendall(b"HTTP/1.1 200 OK\r\nset-cookie: n=%d\r\ncontent-length: 0\r\n\r\n" % number)

    with serving(handle) as server:
        observations = sent(prober, server.port, "cookies", count=5)
    assert [one.answer.failure for one in observations] == [Failure.CLOSED, Failure.CLOSED, None, None, None]
    assert [b"Cookie: n=2" in request for request in requests] == [False, False, False, True, True]


def test_a_batch_of_some_duration_ends_in_time_without_any_answer(prober: Prober) -> None:
    with serving(lambda connection, number: connection.recv(1 << 16)) as server:
        observations = sent(prober, server.port, "cookies", duration=0.3, min_count=2, interval=0.05)
    assert 2 <= len(observations) <= 8
