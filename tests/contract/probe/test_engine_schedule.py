"""When requests are sent, and on which connections."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from itertools import pairwise

import pytest
from probe_world import PATIENCE, World, batch, failures, read_request, serving

from harness.prober import ProbeError, Prober

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_a_slow_answer_does_not_delay_the_next_send(world: World, prober: Prober) -> None:
    headers = {"x-gamma-echo-delay": "1s"}
    found = prober.start(batch(world.echo.port, count=25, interval=0.02, headers=headers)).result(PATIENCE)
    assert failures(found) == {"200"}
    assert all(one.elapsed >= 1.0 for one in found)
    assert found[-1].started < 1.0  # 0.48 on schedule: all were sent before the first answer came
    assert all(one.started >= 0.02 * number - 0.001 for number, one in enumerate(found))


def test_a_duration_is_kept_and_a_minimum_too(world: World, prober: Prober) -> None:
    begun = time.monotonic()
    timed = prober.start(batch(world.echo.port, duration=0.5, interval=0.05))
    least = prober.start(batch(world.echo.port, duration=0.1, interval=0.02, min_count=30))
    assert len(timed.result(PATIENCE)) == 10
    assert len(least.result(PATIENCE)) == 30
    assert time.monotonic() - begun >= 0.5


def test_batches_run_side_by_side(world: World, prober: Prober) -> None:
    slow = prober.start(batch(world.echo.port, count=3, headers={"x-gamma-echo-delay": "700ms"}))
    quick = [prober.start(batch(world.echo.port, count=20)) for _ in range(4)]
    ids = [one.id for running in quick for one in running.result(PATIENCE)]
    assert len(set(ids)) == 80
    assert failures(slow.result(PATIENCE)) == {"200"}


def test_results_of_many_pages(world: World, prober: Prober) -> None:
    sent = batch(world.echo.port, count=2300, interval=0.001, over="one")
    running = prober.start(sent)
    found = running.result(PATIENCE)
    assert [one.id for one in found] == [f"{sent.id_prefix}-{number}" for number in range(2300)]
    assert running.result(PATIENCE) is found
    assert running.peek() is found


def test_extending_peeking_and_stopping(world: World, prober: Prober) -> None:
    running = prober.start(batch(world.echo.port, duration=1.0, interval=0.02))
    running.extend(600)
    deadline = time.monotonic() + PATIENCE
    while len(running.peek()) < 70:  # more than one second has
        assert time.monotonic() < deadline
        time.sleep(0.1)
    running.stop()
    found = running.result(PATIENCE)
    assert 70 <= len(found) < 1000
    assert failures(found) == {"200"}


def test_what_cannot_be_extended(world: World, prober: Prober) -> None:
    running = prober.start(batch(world.echo.port, count=1))
    running.result(PATIENCE)
    with pytest.raises(ProbeError, match="no batch"):
        running.extend(1)
    counted = prober.start(batch(world.echo.port, count=500, interval=0.1))
    with pytest.raises(ProbeError, match="ends by count"):
        counted.extend(1)
    counted.stop()
    assert len(counted.result(PATIENCE)) < 500


def test_a_batch_that_makes_no_sense_is_refused_by_its_result(prober: Prober) -> None:
    running = prober.start(batch(80, count=None, duration=None))
    with pytest.raises(ProbeError, match="either a count or a duration"):
        running.result(PATIENCE)


def test_one_connection_is_kept(world: World, prober: Prober) -> None:
    found = prober.start(batch(world.echo.port, over="one", count=30)).result(PATIENCE)
    assert failures(found) == {"200"}
    assert {one.connection for one in found} == {0}
    assert not any(one.reopened for one in found)


def test_a_kept_connection_sends_when_it_is_free_and_does_not_catch_up(world: World, prober: Prober) -> None:
    headers = {"x-gamma-echo-delay": "200ms"}
    begun = time.monotonic()
    found = prober.start(batch(world.echo.port, over="one", duration=1.0, interval=0.02, headers=headers)).result(
        PATIENCE
    )
    assert time.monotonic() - begun < 10
    assert 1 <= len(found) <= 6
    assert {one.connection for one in found} == {0}
    assert all(later.started >= one.started + 0.2 for one, later in pairwise(found))


def test_a_kept_connection_that_the_peer_closes_between_requests_is_no_lost_request(prober: Prober) -> None:
    def three_each(connection: socket.socket, number: int) -> None:
        for _ in range(3):
            read_request(connection)
            connection.sendall(OK)

    with serving(three_each) as server:
        found = prober.start(batch(server.port, over="one", count=9, interval=0.05)).result(PATIENCE)
    assert failures(found) == {"200"}
    assert sorted(one.connection for one in found) == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_a_request_that_meets_the_end_of_a_kept_connection_is_sent_again(prober: Prober) -> None:
    seen = []

    def closes_on_the_third(connection: socket.socket, number: int) -> None:
        for count in range(3):
            seen.append(read_request(connection))
            if count < 2:
                connection.sendall(OK)

    with serving(closes_on_the_third) as server:
        found = prober.start(batch(server.port, over="one", count=4, interval=0.02)).result(PATIENCE)
    assert failures(found) == {"200"}
    assert [one.reopened for one in found] == [False, False, True, False]
    assert [one.connection for one in found] == [0, 0, 1, 1]
    assert len(seen) == 5


def test_a_fresh_connection_that_ends_without_answer_is_a_failure(prober: Prober) -> None:
    with serving(lambda connection, _: read_request(connection)) as server:
        found = prober.start(batch(server.port, over="one", count=3)).result(PATIENCE)
    assert failures(found) == {"closed"}
    assert not any(one.reopened for one in found)


def test_an_answer_that_announces_the_end_is_obeyed(prober: Prober) -> None:
    def handle(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        connection.settimeout(5)
        connection.recv(1)

    with serving(handle) as server:
        found = prober.start(batch(server.port, over="one", count=4)).result(PATIENCE)
    assert [one.connection for one in found] == [0, 1, 2, 3]


def test_an_agent_that_is_late_says_so(world: World, prober: Prober) -> None:
    headers = {"x-gamma-echo-delay": "300ms"}
    running = prober.start(batch(world.echo.port, count=1, headers=headers))
    time.sleep(0.1)
    os.kill(world.client.process.pid, signal.SIGSTOP)
    timer = threading.Timer(0.9, os.kill, (world.client.process.pid, signal.SIGCONT))
    timer.start()
    (late,) = running.result(PATIENCE)
    timer.join()
    assert late.lag >= 0.3
    assert late.elapsed >= 0.8
