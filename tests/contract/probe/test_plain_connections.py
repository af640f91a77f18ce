"""TCP and TLS: one line each way."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable

import pytest
from probe_world import World, batch, failures, free_port, serving

from harness.observation import Observation
from harness.prober import Prober


def sent(prober: Prober, port: int, protocol: str = "tcp", **changes: object) -> list[Observation]:
    return prober.start(batch(port, protocol=protocol, count=5, **changes)).result(60)


def port_of(world: World, protocol: str) -> int:
    return world.echo.tcp_port if protocol == "tcp" else world.echo.tls_port


@pytest.mark.parametrize("protocol", ["tcp", "tls"])
def test_a_line_there_and_a_line_back(world: World, prober: Prober, protocol: str) -> None:
    port = port_of(world, protocol)
    for over in ("fresh", "one"):
        mark = prober.mark_journals()
        observations = sent(prober, port, protocol, body="a\n\xe4", over=over)
        view = prober.journal(mark, [one.id for one in observations])
        for one in observations:
            assert (one.answer.failure, one.answer.detail, one.answer.status) == (None, "", None)
            echo = one.answer.echo
            assert echo is not None
            assert echo.saw is not None
            assert (echo.name, echo.pod, echo.port) == ("gamma-producer/echo-v1", "echo-v1-pod", port)
            assert (echo.saw.protocol, echo.saw.body) == (protocol, "a\n\xe4")
            (hit,) = view.hits[one.id]
            assert (hit.pod, hit.port) == ("echo-v1-pod", port)


@pytest.mark.parametrize(
    ("asked", "seen"), [(None, "front.example"), ("other.example", "other.example"), ("10.0.0.1", "")]
)
def test_the_server_name_is_told(world: World, prober: Prober, asked: str | None, seen: str) -> None:
    for one in sent(prober, world.echo.tls_port, "tls", sni=asked):
        assert one.answer.echo is not None
        assert one.answer.echo.saw is not None
        assert one.answer.echo.saw.sni == seen


@pytest.mark.parametrize("protocol", ["tcp", "tls"])
def test_wishes_are_heard(world: World, prober: Prober, protocol: str) -> None:
    port = port_of(world, protocol)
    late = sent(prober, port, protocol, headers={"X-Gamma-Echo-Delay": "200ms"})
    assert all(one.elapsed >= 0.2 and one.answer.failure is None for one in late)
    assert failures(sent(prober, port, protocol, headers={"x-gamma-echo-reset": "1"})) == {"reset"}
    large = sent(prober, port, protocol, headers={"x-gamma-echo-size": "100000"})
    assert all(one.answer.echo is not None for one in large)


def reads_and_says(words: bytes) -> Callable[[socket.socket, int], None]:
    def handle(connection: socket.socket, number: int) -> None:
        connection.recv(65536)
        connection.sendall(words)

    return handle


@pytest.mark.parametrize(
    ("words", "tcp", "tls"),
    [
        (b"", "closed", "closed"),
        (b'{"namespace": "x-producer"', "closed", "malformed"),
        (b"{}   \n", "malformed", "malformed"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "malformed", "malformed"),
    ],
)
def test_other_answers(prober: Prober, words: bytes, tcp: str, tls: str) -> None:
    with serving(reads_and_says(words)) as server:
        assert failures(sent(prober, server.port, "tcp")) == {tcp}
        assert failures(sent(prober, server.port, "tls")) == {tls}


def test_who_says_nothing_is_silent_and_who_is_not_there_refuses(prober: Prober) -> None:
    with serving(lambda connection, number: [connection.recv(1 << 16) for _ in range(2)]) as server:
        for protocol in ("tcp", "tls"):
            assert failures(sent(prober, server.port, protocol, deadline="300ms")) == {"deadline"}
    for protocol in ("tcp", "tls"):
        assert failures(sent(prober, free_port(), protocol)) == {"refused"}


def test_the_echo_with_other_clients(world: World) -> None:
    context = ssl.create_default_context(cafile=None)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", world.echo.tls_port), timeout=20)
    with context.wrap_socket(plain, server_hostname="by.hand") as wire:
        for number in range(2):
            wire.sendall(b'{"id": "hand-%d"}\n' % number)
            saw = json.loads(wire.recv(4096))["saw"]
            assert (saw["protocol"], saw["sni"]) == ("tls", "by.hand")
    with socket.create_connection(("127.0.0.1", world.echo.tcp_port), timeout=20) as wire:
        wire.sendall(b"nonsense\n")
        assert b"error" in wire.recv(4096)
        assert wire.recv(1) == b""
