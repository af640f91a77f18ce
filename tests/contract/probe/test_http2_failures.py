"""Servers of HTTP/2 that refuse, reset, leave and talk nonsense: what the client makes of it."""

from __future__ import annotations

import socket
import struct
import time

import pytest
from http2_peer import Peer
from probe_world import batch, failures, free_port, serving

from harness.observation import Failure
from harness.prober import Prober

REFUSED_STREAM, CANCEL = 7, 8


def test_nobody_listens(prober: Prober) -> None:
    found = prober.start(batch(free_port(), protocol="h2c", count=3)).result(30)
    assert failures(found) == {"refused"}
    kept = prober.start(batch(free_port(), protocol="grpc", over="one", count=3, interval=0.1)).result(30)
    assert failures(kept) == {"refused"}
    assert [one.connection for one in kept] == [0, 1, 2]


@pytest.mark.parametrize("over", ["fresh", "one"])
def test_a_stream_that_is_reset_is_told_so(prober: Prober, over: str) -> None:
    def handle(connection: socket.socket, number: int) -> None:
        peer = Peer(connection)
        for stream in peer.requests():
            peer.h2.send_headers(stream, [(":status", "200")])
            peer.h2.reset_stream(stream, CANCEL)
            peer.flush()

    with serving(handle) as server:
        found = prober.start(batch(server.port, protocol="h2c", over=over, count=4)).result(30)
    assert failures(found) == {"reset"}
    assert found[0].answer.detail == "the stream was reset: CANCEL"
    assert len({one.connection for one in found}) == (4 if over == "fresh" else 1)


def test_a_stream_refused_on_a_used_connection_is_sent_again(prober: Prober) -> None:
    def handle(connection: socket.socket, number: int) -> None:
        peer = Peer(connection)
        for stream in peer.requests():
            if stream == 5:
                peer.h2.reset_stream(stream, REFUSED_STREAM)
                peer.flush()
            else:
                peer.answer(stream)

    with serving(handle) as server:
        found = prober.start(batch(server.port, protocol="h2c", over="one", count=5, interval=0.05)).result(30)
    assert failures(found) == {"200"}
    assert [one.reopened for one in found] == [False, False, True, False, False]
    assert {one.connection for one in found} == {0}


def test_a_stream_refused_on_a_fresh_connection_is_broken(prober: Prober) -> None:
    def handle(connection: socket.socket, number: int) -> None:
        peer = Peer(connection)
        for stream in peer.requests():
            peer.h2.reset_stream(stream, REFUSED_STREAM)
            peer.flush()

    with serving(handle) as server:
        found = prober.start(batch(server.port, protocol="h2c", count=3)).result(30)
    assert failures(found) == {"reset"}
    assert not any(one.reopened for one in found)


def test_a_goaway_lets_streams_finish_and_sends_the_others_elsewhere(prober: Prober) -> None:
    """Two requests at once: the first is answered after the GOAWAY, the second was not looked at."""

    def handle(connection: socket.socket, number: int) -> None:
        peer = Peer(connection)
        seen = []
        for stream in peer.requests():
            if number:
                peer.answer(stream)
                continue
            seen.append(stream)
            if len(seen) == 2:
                peer.goaway(1)
                time.sleep(0.2)
                peer.answer(1)
                peer.linger()

    with serving(handle) as server:
        found = prober.start(batch(server.port, protocol="h2c", over="one", count=4, interval=0.02)).result(30)
    assert failures(found) == {"200"}
    places = [(one.connection, one.reopened) for one in sorted(found, key=lambda one: one.id)]
    assert places[:2] == [(0, False), (1, True)]
    assert {connection for connection, _ in places[2:]} == {1}


def test_a_goaway_before_anything_was_answered_on_a_fresh_connection(prober: Prober) -> None:
    def handle(connection: socket.socket, number: int) -> None:
        peer = Peer(connection)
        next(peer.requests())
        peer.goaway(0, 11)
        peer.linger()

    with serving(handle) as server:
        found = prober.start(batch(server.port, protocol="grpc", path="/a.B/C", count=2)).result(30)
    assert failures(found) == {"closed"}
    assert "ENHANCE_YOUR_CALM" in found[0].answer.detail


def test_an_end_that_crosses_a_request_on_a_used_connection(prober: Prober) -> None:
    def handle(connection: socket.socket, number: int) -> None:
        peer = Peer(connection)
        for count, stream in enumerate(peer.requests()):
            if count == 1:
                return  # closed without a word
            peer.answer(stream)

    with serving(handle) as server:
        found = prober.start(batch(server.port, protocol="h2c", over="one", count=3, interval=0.1)).result(30)
    assert failures(found) == {"200"}
    assert [one.reopened for one in found] == [False, True, True]


@pytest.mark.parametrize(("abrupt", "failure"), [(False, "closed"), (True, "reset")])
def test_a_connection_that_ends_within_an_answer(prober: Prober, abrupt: bool, failure: str) -> None:
    def handle(connection: socket.socket, number: int) -> None:
        peer = Peer(connection)
        for stream in peer.requests():
            peer.h2.send_headers(stream, [(":status", "200")])
            peer.h2.send_data(stream, b"begun")
            peer.flush()
            time.sleep(0.1)
            if abrupt:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            connection.shutdown(socket.SHUT_WR)
            peer.linger()

    with serving(handle) as server:
        found = prober.start(batch(server.port, protocol="h2c", over="one", count=2, interval=0.3)).result(30)
    assert failures(found) == {failure}


@pytest.mark.parametrize(
    "nonsense",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\x00\x00\x01\x05\x00\x00\x00\x01",  # headers before the settings
        b"\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x01\x01\x04\x00\x00\x00\x01\xff",  # no HPACK
        b"\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x01abcde",  # data before headers
        b"\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x04\x07\x00\x00\x00\x00\x00abcd",  # a short GOAWAY
    ],
)
def test_what_is_no_http2_is_malformed_at_once(prober: Prober, nonsense: bytes) -> None:
    def handle(connection: socket.socket, number: int) -> None:
        connection.recv(65536)
        connection.sendall(nonsense)
        while connection.recv(65536):
            pass

    with serving(handle) as server:
        found = prober.start(batch(server.port, protocol="h2c", over="one", count=2)).result(30)
    assert failures(found) == {"malformed"}
    assert all(one.elapsed < 10 for one in found)


def test_as_many_streams_as_the_server_allows(prober: Prober) -> None:
    most = 0

    def handle(connection: socket.socket, number: int) -> None:
        nonlocal most
        peer = Peer(connection, _3=2)  # MAX_CONCURRENT_STREAMS
        waiting: list[int] = []
        for stream in peer.requests():
            waiting.append(stream)
            if stream > 1:
                most = max(most, len(waiting))
                time.sleep(0.02)
            peer.answer(waiting.pop(0)) if len(waiting) == 2 or stream == 1 else None

    with serving(handle) as server:
        found = prober.start(
            batch(server.port, protocol="h2c", over="one", count=11, interval=0.03, deadline="3s")
        ).result(30)
    assert failures(found) <= {"200", "deadline"}
    assert failures(found[:-2]) == {"200"}
    assert most == 2


def test_a_connection_that_has_died_silently_is_replaced(prober: Prober) -> None:
    def handle(connection: socket.socket, number: int) -> None:
        peer = Peer(connection)
        for stream in peer.requests():
            if number == 0 and stream > 1:
                peer.linger()
            peer.answer(stream)

    with serving(handle) as server:
        sent = batch(server.port, protocol="h2c", over="one", count=4, interval=0.5, deadline="300ms")
        found = prober.start(sent).result(30)
    assert [str(one.answer.failure or one.answer.status) for one in found] == ["200", "deadline", "200", "200"]
    assert [one.connection for one in found] == [0, 0, 1, 1]
    assert {one.answer.failure for one in found} == {None, Failure.DEADLINE}


def test_an_answer_before_the_whole_request_was_sent(prober: Prober) -> None:
    def handle(connection: socket.socket, number: int) -> None:
        peer = Peer(connection)
        answered: set[int] = set()
        while True:
            data = connection.recv(65536)
            if not data:
                return
            peer.h2.receive_data(data)
            for stream in sorted(set(peer.h2.streams) - answered):  # nothing is read of the body beyond its window
                answered.add(stream)
                peer.answer(stream, b"enough")
            peer.flush()

    with serving(handle) as server:
        sent = batch(server.port, protocol="h2c", over="one", body="x" * 200_000, count=3, interval=0.1)
        found = prober.start(sent).result(30)
    assert [one.answer.body for one in found] == ["enough"] * 3


def test_pings_are_answered(prober: Prober) -> None:
    pongs: list[str] = []

    def handle(connection: socket.socket, number: int) -> None:
        peer = Peer(connection)
        stream = next(peer.requests())
        peer.h2.ping(b"12345678")
        peer.flush()
        while not pongs:
            pongs.extend(
                type(event).__name__
                for event in peer.h2.receive_data(connection.recv(65536))
                if "Ping" in type(event).__name__
            )
        peer.answer(stream)
        peer.linger()

    with serving(handle) as server:
        found = prober.start(batch(server.port, protocol="h2c", count=1)).result(30)
    assert failures(found) == {"200"}
    assert pongs == ["PingAckReceived"]


def test_a_status_that_is_none_is_malformed(prober: Prober) -> None:
    def handle(connection: socket.socket, number: int) -> None:
        peer = Peer(connection)
        for stream in peer.requests():
            peer.h2.send_headers(stream, [(":status", "ok"), ("x-a", "b")], end_stream=True)
            peer.flush()

    with serving(handle) as server:
        found = prober.start(batch(server.port, protocol="h2c", count=2)).result(30)
    assert failures(found) == {"malformed"}
    assert found[0].answer.detail == "not a status: 'ok'"


def test_interim_answers_come_before_the_final_one(prober: Prober) -> None:
    def handle(connection: socket.socket, number: int) -> None:
        peer = Peer(connection)
        for stream in peer.requests():
            peer.h2.send_headers(stream, [(":status", "103"), ("link", "x")])
            peer.answer(stream, b"done", ("x-a", "b"))

    with serving(handle) as server:
        found = prober.start(batch(server.port, protocol="h2c", count=2)).result(30)
    assert [(one.answer.status, one.answer.headers, one.answer.body) for one in found] == [
        (200, (("x-a", "b"),), "done")
    ] * 2
