"""What becomes of requests to servers that behave, and to servers that do not."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable

import pytest
from probe_world import PATIENCE, Agent, World, batch, failures, free_port, read_request, serving

from harness.observation import Echo, Failure, Saw
from harness.prober import ProbeError, Prober
from harness.scenario.model import Client

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answering(*pieces: bytes, pause: float = 0.0) -> Callable[[socket.socket, int], None]:
    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)

    return handle


def resetting(before: bytes = b"") -> Callable[[socket.socket, int], None]:
    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        if before:
            connection.sendall(before)
            time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return handle


def hanging(connection: socket.socket, number: int) -> None:
    read_request(connection)
    connection.recv(1)  # until the client hangs up


def dripping(connection: socket.socket, number: int) -> None:
    read_request(connection)
    while True:
        connection.sendall(b"H" if number < 0 else b"\r\n")  # never a status line
        time.sleep(0.05)


def test_an_echo_answers_and_all_answers_are_one(world: World, prober: Prober) -> None:
    headers = {"x-two": ["a", "b"], "Accept": "text/html"}
    sent = batch(world.echo.port, path="/known?q=1", headers=headers, method="PUT", body="héllo", count=60)
    found = prober.start(sent).result(PATIENCE)
    assert len(found) == 60
    assert len({id(one.answer) for one in found}) == 1
    answer = found[0].answer
    assert (answer.status, answer.failure) == (200, None)
    assert answer.echo is not None
    assert answer.echo.saw is not None
    saw = dict(answer.echo.saw.headers)
    assert answer.echo == Echo(
        "gamma-producer",
        "echo-v1",
        "echo-v1-pod",
        Saw("PUT", "/known?q=1", "front.example", "http1", answer.echo.saw.headers, "héllo"),
        world.echo.port,
    )
    assert [value for name, value in answer.echo.saw.headers if name == "x-two"] == ["a", "b"]
    assert (saw["accept"], saw["content-length"]) == ("text/html", "6")
    assert [one.id for one in found] == [f"{sent.id_prefix}-{number}" for number in range(60)]
    assert {one.connection for one in found} == set(range(60))
    assert {one.address for one in found} == {f"127.0.0.1:{world.echo.port}"}
    assert all(one.elapsed > 0 for one in found)
    assert [one.started for one in found] == sorted(one.started for one in found)


@pytest.mark.parametrize(
    ("handle", "expected"),
    [
        (answering(b"garbage\r\n\r\n"), Failure.MALFORMED),
        (answering(b"SSH-2.0-OpenSSH_9.6\r\n", pause=3.0), Failure.MALFORMED),
        (answering(b"HTTP/1.1 200 OK\r\ncontent-length: nine\r\n\r\n"), Failure.MALFORMED),
        (answering(b"HTTP/1.1 200 OK\r\nx: " + b"y" * (1 << 20) + b"yyyy\r\n\r\n"), Failure.MALFORMED),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), Failure.CLOSED),
        (answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), Failure.CLOSED),
        (answering(b"HTTP/1.1 200 O"), Failure.CLOSED),
        (answering(b""), Failure.CLOSED),
        (resetting(), Failure.RESET),
        (resetting(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), Failure.RESET),
        (resetting(b"HTTP/1.0 200 OK\r\n\r\nhalf"), Failure.RESET),
        (hanging, Failure.DEADLINE),
        (dripping, Failure.DEADLINE),
    ],
)
def test_servers_that_misbehave(
    prober: Prober, handle: Callable[[socket.socket, int], None], expected: Failure
) -> None:
    with serving(handle) as server:
        deadline = "400ms" if expected is Failure.DEADLINE else "20s"
        found = prober.start(batch(server.port, count=3, deadline=deadline)).result(PATIENCE)
    assert failures(found) == {expected}
    assert all(one.answer.detail and one.answer.status is None for one in found)


def test_an_end_in_the_body_says_how_far_it_came(prober: Prober) -> None:
    with serving(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")) as server:
        (one,) = prober.start(batch(server.port, count=1)).result(PATIENCE)
    assert one.answer.detail == "the connection was closed after 4 bytes of the body"


@pytest.mark.parametrize(
    ("pieces", "status", "body"),
    [
        ((b"HTTP/1.0 200 OK\r\n\r\nuntil", b" the end"), 200, "until the end"),
        (
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0", b"\r\nx: y\r\n\r\n"),
            200,
            "abc",
        ),
        ((b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 404 Not Found\r\ncontent-length: 1\r\n\r\nx"), 404, "x"),
        ((b"HTTP/1.1 200 OK\r\nx: \xff\xfe\r\ncontent-length: 3\r\n\r\na\xff\xfe",), 200, "a\\xff\\xfe"),
        ((b"HTTP/1.1 200 OK\r\nx: " + b"y" * 900_000 + b"\r\ncontent-length: 0\r\n\r\n",), 200, ""),
        (tuple(bytes([byte]) for byte in OK), 200, "ok"),
    ],
)
def test_unusual_answers_that_are_answers(prober: Prober, pieces: tuple[bytes, ...], status: int, body: str) -> None:
    with serving(answering(*pieces)) as server:
        found = prober.start(batch(server.port, count=3)).result(PATIENCE)
    assert {(one.answer.status, one.answer.body, one.answer.failure) for one in found} == {(status, body, None)}
    assert all(one.answer.echo is None for one in found)


def test_nobody_listens(prober: Prober) -> None:
    found = prober.start(batch(free_port(), count=3)).result(PATIENCE)
    assert failures(found) == {Failure.REFUSED}


def test_names_are_resolved_for_each_request(world: World, prober: Prober) -> None:
    sent = batch(world.echo.port, host=f"localhost:{world.echo.port}", address=None, count=4)
    found = prober.start(sent).result(PATIENCE)
    assert failures(found) == {"200"}
    assert found[0].address in (f"127.0.0.1:{world.echo.port}", f"[::1]:{world.echo.port}")
    assert found[0].answer.echo is not None
    assert found[0].answer.echo.saw is not None
    assert found[0].answer.echo.saw.host == f"localhost:{world.echo.port}"


@pytest.mark.parametrize("host", ["a." * 150 + "example", "a" * 80 + ".example"])  # no resolver asks for such names
def test_a_name_that_does_not_resolve(prober: Prober, host: str) -> None:
    found = prober.start(batch(80, host=host, address=None, count=2)).result(PATIENCE)
    assert failures(found) == {Failure.UNRESOLVED}
    with pytest.raises(ProbeError, match="does not resolve in consumer"):
        prober.resolve(Client("consumer"), host)


def test_the_pods_own_resolver(prober: Prober) -> None:
    assert prober.resolve(Client("consumer"), "127.0.0.1") == "127.0.0.1"
    assert prober.resolve(Client("consumer"), "localhost") in ("127.0.0.1", "::1")
    with pytest.raises(ProbeError, match="no pod of bystander in x-bystander"):
        prober.resolve(Client("bystander"), "localhost")


def test_what_we_run_out_of_is_our_failure(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    agent = Agent(tmp_path_factory.mktemp("poor"), "client", files=40)
    poor = World.__new__(World)
    poor.settings, poor.pods = world.settings, {next(iter(world.pods)): agent}
    prober = poor.prober()
    try:
        with serving(hanging) as server:
            found = prober.start(batch(server.port, count=60, deadline="1s")).result(PATIENCE)
    finally:
        prober.close()
        agent.stop()
    assert failures(found) == {Failure.AGENT, Failure.DEADLINE}
    assert any("Too many open files" in one.answer.detail for one in found)


def test_different_answers_stay_different(prober: Prober) -> None:
    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        body = f"body {number % 3}".encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\ndate: %d\r\ncontent-length: 6\r\n\r\n" % number + body)

    with serving(handle) as server:
        found = prober.start(batch(server.port, count=30)).result(PATIENCE)
        kept = prober.start(batch(server.port, count=6, keep=frozenset({"date"}))).result(PATIENCE)
    assert len({id(one.answer) for one in found}) == 3
    assert sorted(one.answer.body for one in found) == ["body 0"] * 10 + ["body 1"] * 10 + ["body 2"] * 10
    assert len({id(one.answer) for one in kept}) == 6


def test_a_body_larger_than_what_the_kernel_takes_at_once(world: World, prober: Prober) -> None:
    (one,) = prober.start(batch(world.echo.port, count=1, method="POST", body="x" * 6_000_000)).result(PATIENCE)
    assert one.answer.echo is not None
    assert one.answer.echo.saw is not None
    assert ("content-length", "6000000") in one.answer.echo.saw.headers


def test_an_answer_before_the_whole_request_was_taken(prober: Prober) -> None:
    def refuses(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
        connection.recv(1)
        time.sleep(0.2)

    with serving(refuses) as server:
        sent = batch(server.port, count=2, method="POST", body="x" * 6_000_000)
        assert failures(prober.start(sent).result(PATIENCE)) == {"413"}
