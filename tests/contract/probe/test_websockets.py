"""WebSockets between our client and our echo, and with others."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest
import websocket
from probe_world import World, batch, failures, read_request, serving

from harness.observation import Observation
from harness.probe.ws_frames import BINARY, CLOSE, PING, TEXT, accept, frame
from harness.prober import Prober


def sent(prober: Prober, port: int, **changes: object) -> list[Observation]:
    return prober.start(batch(port, protocol="websocket", count=5, **changes)).result(60)


def test_messages_come_back(world: World, prober: Prober) -> None:
    mark = prober.mark_journals()
    for body in ("hello \xe4", "", None, "x" * 70_000):
        observations = sent(prober, world.echo.port, body=body, path="/chat?x=1")
        for one in observations:
            assert (one.answer.status, one.answer.failure, one.answer.detail) == (101, None, "")
            echo = one.answer.echo
            assert echo is not None
            assert echo.saw is not None
            assert (echo.name, echo.port) == ("gamma-producer/echo-v1", world.echo.port)
            assert (echo.saw.protocol, echo.saw.path, echo.saw.host) == ("websocket", "/chat?x=1", "front.example")
            if body is not None and len(body) < 8000:
                assert echo.saw.body == body
    view = prober.journal(mark, [one.id for one in observations])
    assert all(len(view.hits[one.id]) == 1 for one in observations)


def test_each_upgrade_has_a_connection_of_its_own(world: World, prober: Prober) -> None:
    for over in ("fresh", "one"):
        assert {one.connection for one in sent(prober, world.echo.port, over=over)} == set(range(5))


def test_wishes_are_heard(world: World, prober: Prober) -> None:
    refused = sent(prober, world.echo.port, headers={"x-gamma-echo-status": "503"})
    assert {one.answer.status for one in refused} == {503}
    late = sent(prober, world.echo.port, headers={"x-gamma-echo-delay": "200ms", "x-gamma-echo-header": "a=b"})
    assert all(one.elapsed >= 0.2 for one in late)
    assert all(("a", "b") in one.answer.headers for one in late)
    assert failures(sent(prober, world.echo.port, headers={"x-gamma-echo-reset": "1"})) == {"reset"}


def upgraded(connection: socket.socket) -> None:
    """Answer the upgrade as it should be, but for the mark."""
    key = next(
        line for line in read_request(connection).split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")
    )
    proof = accept(key.partition(b":")[2].strip().decode())
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n")
    connection.sendall(f"sec-websocket-accept: {proof}\r\n\r\n".encode())


def says(*frames: bytes) -> Callable[[socket.socket, int], None]:
    def handle(connection: socket.socket, number: int) -> None:
        upgraded(connection)
        connection.sendall(b"".join(frames))
        while connection.recv(4096):
            pass

    return handle


def hangs_up(connection: socket.socket, number: int) -> None:
    upgraded(connection)
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(4096):
        pass


WHO = frame(TEXT, b'{"saw": 1}')


@pytest.mark.parametrize(
    ("handle", "failure"),
    [
        (says(WHO, frame(PING, b"?"), frame(TEXT, b"a"), frame(BINARY, b"a")), "101"),
        (says(WHO, frame(TEXT, b"b"), frame(BINARY, b"a")), "malformed"),
        (says(WHO, frame(BINARY, b"a"), frame(TEXT, b"a")), "malformed"),
        (says(frame(BINARY, b"x")), "malformed"),
        (says(b"nonsense"), "malformed"),
        (says(WHO, frame(TEXT, b"a"), frame(CLOSE, b"\x03\xe9")), "closed"),
        (says(WHO, frame(TEXT, b"a")), "deadline"),
        (hangs_up, "closed"),
        (
            lambda connection, number: (read_request(connection), connection.sendall(b"HTTP/1.1 101 OK\r\n\r\n")),
            "malformed",
        ),
        (
            lambda connection, number: (read_request(connection), connection.sendall(b"HTTP/1.1 426 No\r\n\r\nwhy")),
            "426",
        ),
    ],
)
def test_other_answers(prober: Prober, handle: Callable[[socket.socket, int], object], failure: str) -> None:
    with serving(handle) as server:
        assert failures(sent(prober, server.port, body="a", deadline="500ms")) == {failure}


def test_another_client_understands_the_echo(world: World) -> None:
    other = websocket.create_connection(f"ws://127.0.0.1:{world.echo.port}/x", timeout=20)
    for payload in ("text", "more"):
        other.send(payload)
        if payload == "text":
            assert json.loads(other.recv())["saw"]["protocol"] == "websocket"
        assert other.recv() == payload
    other.send_binary(b"\x00\xff")
    assert other.recv() == b"\x00\xff"
    other.ping("p")
    assert other.recv_frame().data == b"p"
    other.close()


def test_a_mistaken_upgrade_is_an_ordinary_request(world: World) -> None:
    with socket.create_connection(("127.0.0.1", world.echo.port), timeout=20) as wire:
        wire.sendall(
            b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert wire.recv(4096).startswith(b"HTTP/1.1 200 OK")
