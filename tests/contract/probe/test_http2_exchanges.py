"""HTTP/2 and gRPC between the real client and the real echo: what each end sees of the other."""

from __future__ import annotations

import pytest
from probe_world import World, batch, failures

from harness.observation import Failure, Observation, Saw
from harness.prober import Prober


def saw(one: Observation) -> Saw:
    assert one.answer.echo is not None
    assert one.answer.echo.saw is not None
    return one.answer.echo.saw


def statuses(observations: list[Observation]) -> set[tuple[int | None, str | None, int | None]]:
    return {(one.answer.status, one.answer.grpc_status, one.answer.messages) for one in observations}


def test_what_the_backend_sees_of_a_request(world: World, prober: Prober) -> None:
    sent = batch(
        world.echo.http2_port,
        protocol="h2c",
        method="PUT",
        path="/a%20b?c=d",
        headers={"X-Many": ["1", "2"], "host": "other.example"},
        body="the body",
    )
    found = prober.start(sent).result(30)
    assert failures(found) == {"200"}
    seen = saw(found[0])
    assert (seen.protocol, seen.method, seen.path, seen.host) == ("h2c", "PUT", "/a%20b?c=d", "other.example")
    assert seen.body == "the body"
    assert [value for name, value in seen.headers if name == "x-many"] == ["1", "2"]
    assert ("content-length", "8") in seen.headers
    assert {one.connection for one in found} == set(range(20))
    assert found[0].answer.echo is not None
    assert found[0].answer.echo.port == world.echo.http2_port


def test_a_kept_connection_carries_many_requests_at_once(world: World, prober: Prober) -> None:
    delayed = {"x-gamma-echo-delay": "400ms"}
    found = prober.start(batch(world.echo.http2_port, protocol="h2c", over="one", headers=delayed)).result(30)
    assert failures(found) == {"200"}
    assert {one.connection for one in found} == {0}
    assert all(one.elapsed >= 0.4 for one in found)
    assert found[-1].started < 4.0  # one after the other would take 8 s


def test_a_plain_port_takes_both_versions(world: World, prober: Prober) -> None:
    newer = prober.start(batch(world.echo.port, protocol="h2c", over="one", path="/new")).result(30)
    older = prober.start(batch(world.echo.port, over="one", path="/old")).result(30)
    assert {(saw(one).protocol, saw(one).path) for one in newer} == {("h2c", "/new")}
    assert {(saw(one).protocol, saw(one).path) for one in older} == {("http1", "/old")}


def test_several_kept_connections_in_turn(world: World, prober: Prober) -> None:
    found = prober.start(batch(world.echo.http2_port, protocol="grpc", path="/a.B/C", over=4)).result(30)
    assert statuses(found) == {(200, "OK", 1)}
    assert [one.connection for one in found] == [0, 1, 2, 3] * 5


def test_a_unary_call(world: World, prober: Prober) -> None:
    sent = batch(world.echo.http2_port, protocol="grpc", path="/pkg.Service/Method", body="hello", headers={"k": "v"})
    found = prober.start(sent).result(30)
    assert statuses(found) == {(200, "OK", 1)}
    seen = saw(found[0])
    assert (seen.protocol, seen.method, seen.path, seen.host) == ("grpc", "POST", "/pkg.Service/Method", sent.url[7:20])
    assert seen.body == "hello"
    assert {("te", "trailers"), ("content-type", "application/grpc"), ("k", "v")} <= set(seen.headers)
    assert found[0].answer.trailers == (("grpc-status", "0"),)


def test_several_messages_on_one_stream(world: World, prober: Prober) -> None:
    found = prober.start(
        batch(world.echo.http2_port, protocol="grpc", path="/a.B/C", messages=7, body="m", over="one", count=5)
    ).result(30)
    assert statuses(found) == {(200, "OK", 7)}
    assert saw(found[0]).body == "m"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-gamma-echo-grpc-status": "NOT_FOUND"}, (200, "NOT_FOUND", 0)),
        ({"x-gamma-echo-status": "503"}, (503, "UNAVAILABLE", 0)),
        ({"x-gamma-echo-status": "404"}, (404, "UNIMPLEMENTED", 0)),
        ({"x-gamma-echo-status": "418"}, (418, "UNKNOWN", 0)),
        ({"x-gamma-echo-fail": "1"}, (200, "UNAVAILABLE", 0)),
        ({"x-gamma-echo-fail": "1:ABORTED"}, (200, "ABORTED", 0)),
        ({"x-gamma-echo-size": "300000"}, (200, "OK", 1)),
        ({"x-gamma-echo-body-delay": "100ms"}, (200, "OK", 1)),
        ({"x-gamma-echo-close": "true"}, (200, "OK", 1)),
        ({"x-gamma-echo-delay": "nonsense"}, (200, "INVALID_ARGUMENT", 0)),
    ],
)
@pytest.mark.parametrize("over", ["fresh", "one"])
def test_what_a_call_asks_of_the_echo(
    world: World, prober: Prober, headers: dict[str, str], expected: object, over: str
) -> None:
    for messages in (1, 3):
        sent = batch(
            world.echo.http2_port,
            protocol="grpc",
            path="/a.B/C",
            headers=headers,
            count=3,
            over=over,
            messages=messages,
        )
        found = prober.start(sent).result(30)
        wanted = (*expected[:2], messages) if isinstance(expected, tuple) and expected[2] else expected
        assert statuses(found) == {wanted}
        assert found[0].answer.echo is not None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-gamma-echo-status": "503"}, {"503"}),
        ({"x-gamma-echo-status": "204"}, {"204"}),
        ({"x-gamma-echo-fail": "1:418"}, {"418"}),
        ({"x-gamma-echo-reset": "1"}, {"reset"}),
        ({"x-gamma-echo-size": "1000000"}, {"200"}),
        ({"x-gamma-echo-body-delay": "150ms"}, {"200"}),
        ({"x-gamma-echo-header": "set-cookie=a"}, {"200"}),
        ({"x-gamma-echo-close": "true"}, {"200"}),
        ({"x-gamma-echo-size": "lots"}, {"400"}),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_what_a_request_asks_of_the_echo(
    world: World, prober: Prober, headers: dict[str, str], expected: set[str], method: str
) -> None:
    sent = batch(world.echo.http2_port, protocol="h2c", headers=headers, method=method, count=5, over="one")
    found = prober.start(sent).result(30)
    assert failures(found) == expected
    assert all(one.answer.echo for one in found) == (expected != {"reset"})
    if "x-gamma-echo-header" in headers:
        assert ("set-cookie", "a") in found[0].answer.headers
    if "x-gamma-echo-close" in headers:
        assert len({one.connection for one in found}) > 1
    if "x-gamma-echo-body-delay" in headers and method != "HEAD":
        assert all(one.elapsed >= 0.15 for one in found)


@pytest.mark.parametrize("protocol", ["h2c", "grpc"])
def test_a_body_larger_than_the_window(world: World, prober: Prober, protocol: str) -> None:
    found = prober.start(
        batch(world.echo.http2_port, protocol=protocol, path="/a.B/C", body="x" * 300_000, count=3, over="one")
    ).result(30)
    assert failures(found) == {"200"}
    assert saw(found[0]).body is None  # too long to be told


def test_a_deadline_ends_one_stream_and_not_the_others(world: World, prober: Prober) -> None:
    slow = batch(
        world.echo.http2_port,
        protocol="grpc",
        path="/a.B/C",
        over="one",
        pool="p",
        headers={"x-gamma-echo-delay": "30s"},
        deadline="500ms",
        count=4,
    )
    quick = batch(world.echo.http2_port, protocol="grpc", path="/a.B/C", over="one", pool="p", count=40, interval=0.02)
    running = [prober.start(one) for one in (slow, quick)]
    first, second = (one.result(30) for one in running)
    assert failures(first) == {"deadline"}
    assert all(0.5 <= one.elapsed < 5 for one in first)
    assert failures(second) == {"200"}
    assert {one.connection for one in second} == {0}


def test_the_journal_knows_calls(world: World, prober: Prober) -> None:
    mark = prober.mark_journals()
    found = prober.start(batch(world.echo.http2_port, protocol="grpc", path="/a.B/C", count=2)).result(30)
    hits = prober.journal(mark, [one.id for one in found]).hits
    assert [(hit.method, hit.path, hit.port) for one in found for hit in hits[one.id]] == [
        ("POST", "/a.B/C", world.echo.http2_port)
    ] * 2


def test_http1_on_a_port_of_http2_is_told(world: World, prober: Prober) -> None:
    back = prober.start(batch(world.echo.http2_port, count=2)).result(30)
    assert {one.answer.failure for one in back} <= {Failure.CLOSED, Failure.RESET, Failure.MALFORMED}
