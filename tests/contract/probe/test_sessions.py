"""Sessions survive cuts, tell what they cannot survive, and never let anybody wait for ever."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from probe_world import PATIENCE, Agent, World, batch, failures

from harness.errors import TargetError
from harness.prober import Pod, ProbeError, Prober, session
from harness.prober.session import Session
from harness.prober.transport import CutError, SocketTransport, Transport
from harness.scenario.model import Client


class Cutting(SocketTransport):
    """Breaks after so many pieces have come."""

    def __init__(self, path: Path, pieces: int) -> None:
        super().__init__(path)
        self._left = pieces

    def receive(self) -> bytes:
        if self._left == 0:
            raise CutError("cut on purpose")
        self._left -= 1
        return super().receive()


class Relayed:
    """The real relay as a process, with pipes for an exec session."""

    def __init__(self, agent: Agent) -> None:
        command = [sys.executable, str(agent.program), "relay", "--socket", str(agent.socket)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        assert self.process.stdin
        assert self.process.stdout
        self._in, self._out = self.process.stdin, self.process.stdout

    def fileno(self) -> int:
        return self._out.fileno()

    def pending(self) -> bool:
        return False

    def receive(self) -> bytes:
        data = os.read(self._out.fileno(), 1 << 16)
        if not data:
            raise CutError("the relay ended")
        return data

    def send(self, data: bytes) -> None:
        try:
            self._in.write(data)
        except OSError as error:
            raise CutError(str(error)) from error

    def close(self) -> None:
        self._in.close()
        self.process.wait(10)
        self._out.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_PAUSES", (0.01, 0.02, 0.03))


@pytest.fixture
def broken_world(tmp_path: Path, world: World) -> Iterator[World]:
    """A world of its own, to be broken."""
    found = World(tmp_path)
    yield found
    found.stop()


def test_a_batch_goes_on_while_the_session_is_cut_again_and_again(world: World, quick: None) -> None:
    opened = []

    def connect(pod: Pod) -> Transport:
        opened.append(pod)
        # Each transport brings a little more, so that results of several pages arrive in the end.
        return Cutting(world.pods[pod].socket, len(opened))

    prober = world.prober(connect)
    try:
        sent = batch(world.echo.port, count=1500, interval=0.001)
        found = prober.start(sent).result(PATIENCE)
    finally:
        prober.close()
    assert [one.id for one in found] == [f"{sent.id_prefix}-{number}" for number in range(1500)]
    assert failures(found) == {"200"}
    assert len(opened) > 1  # how often: a busy machine asks for the answers less often


def test_the_real_relay_and_one_that_is_killed(world: World, quick: None) -> None:
    relays: list[Relayed] = []

    def connect(pod: Pod) -> Transport:
        relays.append(Relayed(world.pods[pod]))
        return relays[-1]

    prober = world.prober(connect)
    try:
        running = prober.start(batch(world.echo.port, duration=1.5, interval=0.01))
        while len(running.peek()) < 20:
            time.sleep(0.02)
        relays[0].process.kill()
        found = running.result(PATIENCE)
    finally:
        prober.close()
    assert 20 < len(found) <= 151
    assert failures(found) == {"200"}
    assert len(relays) == 2
    assert all(relay.process.poll() is not None for relay in relays)


def test_an_agent_that_is_killed_and_started_anew(broken_world: World, quick: None) -> None:
    world = broken_world
    prober = world.prober()
    try:
        assert prober.resolve(Client("consumer"), "127.0.0.1") == "127.0.0.1"
        mark = prober.mark_journals()
        running = prober.start(batch(world.echo.port, duration=60.0, interval=0.05))
        running.peek()
        world.client.stop()
        with pytest.raises(ProbeError, match="x-consumer/client-pod"):
            running.result(PATIENCE)
        with pytest.raises(ProbeError, match="x-consumer/client-pod"):
            prober.resolve(Client("consumer"), "127.0.0.1")
        world.client.start()
        with pytest.raises(ProbeError, match="started anew"):
            running.result(PATIENCE)
        again = prober.start(batch(world.echo.port, count=3)).result(PATIENCE)
        assert prober.journal(mark, [one.id for one in again]).complete
        world.echo.stop()
        gone = prober.journal(mark, [one.id for one in again])
        assert "no engine at" in gone.problems[0]
        with pytest.raises(ProbeError):
            prober.mark_journals()
        world.echo.start()
        anew = prober.journal(mark, [one.id for one in again])
        assert anew.problems == ("journal of x-producer/echo-v1-pod: it was begun anew: the agent was restarted",)
        assert not anew.complete
    finally:
        prober.close()


def test_a_journal_that_overflowed(world: World, tmp_path: Path) -> None:
    agent = Agent(tmp_path, "echo-v1", listens=True, journal=30)
    pods = {pod: (agent if pod.echo else own) for pod, own in world.pods.items()}
    prober = Prober(world.settings, pods=lambda: tuple(pods), connect=lambda pod: SocketTransport(pods[pod].socket))
    try:
        mark = prober.mark_journals()
        first = prober.start(batch(agent.port, count=30)).result(PATIENCE)
        ids = [one.id for one in first]
        assert prober.journal(mark, ids).complete
        prober.start(batch(agent.port, count=10)).result(PATIENCE)
        view = prober.journal(mark, ids)
        assert view.problems == ("journal of x-producer/echo-v1-pod: it overflowed: 10 entries are lost",)
        assert len(view.hits) == 20
        assert prober.journal(prober.mark_journals(), ids).complete
    finally:
        prober.close()
        agent.stop()


def test_pods_are_listed_anew(world: World) -> None:
    pods = list(world.pods)
    prober = Prober(
        world.settings, pods=lambda: tuple(pods), connect=lambda pod: SocketTransport(world.pods[pod].socket)
    )
    try:
        mark = prober.mark_journals()
        pods.remove(next(pod for pod in pods if pod.echo))
        assert prober.journal(mark, []).problems == ("x-producer/echo-v1-pod is gone, and its journal with it",)
        with pytest.raises(ProbeError, match="no backends"):
            prober.mark_journals()
        assert [pod.name for pod in prober.pods()] == ["client-pod"]
    finally:
        prober.close()
    with pytest.raises(ProbeError, match="closed"):
        prober.resolve(Client("consumer"), "127.0.0.1")


def test_an_api_that_does_not_tell_the_pods(world: World) -> None:
    def fails() -> tuple[Pod, ...]:
        raise TargetError("the API is away")

    prober = Prober(world.settings, pods=fails)
    for ask in (prober.pods, prober.mark_journals, lambda: prober.start(batch(1))):
        with pytest.raises(ProbeError, match="the API is away"):
            ask()
    prober.close()


def test_a_prefix_has_its_own_namespaces(world: World) -> None:
    prober = world.prober()
    try:
        (one,) = prober.start(batch(world.echo.port, count=1)).result(PATIENCE)
        with pytest.raises(ProbeError, match="no pod of consumer-b in x-consumer-b"):
            prober.start(batch(1, client=Client("consumer-b")))
        with pytest.raises(ProbeError, match="no pod of consumer/client-b in x-consumer"):
            prober.start(batch(1, client=Client("consumer", "client-b")))
    finally:
        prober.close()
    assert one.answer.echo is not None
    assert one.answer.echo.name == "gamma-producer/echo-v1"


class Scripted:
    """A transport over a socket pair; ``speak`` is the other end, in a thread."""

    def __init__(self, speak: Callable[[socket.socket], object]) -> None:
        self._mine, theirs = socket.socketpair()
        self._thread = threading.Thread(target=self._run, args=(speak, theirs))
        self._thread.start()

    def _run(self, speak: Callable[[socket.socket], object], theirs: socket.socket) -> None:
        with theirs:
            speak(theirs)

    def fileno(self) -> int:
        return self._mine.fileno()

    def pending(self) -> bool:
        return False

    def receive(self) -> bytes:
        data = self._mine.recv(4096)
        if not data:
            raise CutError("it hung up")
        return data

    def send(self, data: bytes) -> None:
        try:
            self._mine.sendall(data)
        except OSError as error:
            raise CutError(str(error)) from error

    def close(self) -> None:
        self._mine.close()
        self._thread.join(5)


def says(*words: bytes) -> Callable[[socket.socket], None]:
    """Answers the first questions with these words, one each, and is silent from then on."""

    def speak(theirs: socket.socket) -> None:
        left = list(words)
        with theirs.makefile("rb") as questions:
            for _ in questions:
                if left:
                    theirs.sendall(left.pop(0))

    return speak


HELLO = b'{"id":0,"ok":{"version":2}}\n'


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (b'{"id":0,"ok":{"version":7}}\n', "speaks version 7, not 2"),
        (b'{"id":0,"error":"?"}\n', "speaks version None"),
        (b"bash: python3: command not found\n", "no language of ours: b'bash: python3"),
        (b"[]\n", "no language of ours"),
    ],
)
def test_who_is_not_our_agent(words: bytes, why: str) -> None:
    found = Session("pod", lambda: Scripted(says(words)))
    with pytest.raises(ProbeError, match=why):
        found.ask("mark", 20)
    found.close()


def test_nobody_is_there(quick: None) -> None:
    tries = []

    def connect() -> Transport:
        tries.append(1)
        raise CutError("no exec today")

    found = Session("pod", connect)
    with pytest.raises(ProbeError, match="the session with pod failed: no exec today"):
        found.ask("mark", 20)
    assert len(tries) == 4
    with pytest.raises(ProbeError, match="no exec today"):  # later it is tried again
        found.ask("mark", 20)
    assert len(tries) == 8
    found.close()


def test_one_that_opens_and_is_cut_each_time_is_given_up(quick: None) -> None:
    found = Session("pod", lambda: Scripted(lambda theirs: theirs.recv(10)))
    with pytest.raises(ProbeError, match="pod failed"):
        found.ask("mark", 20)
    found.close()


def test_a_mistake_of_ours_is_told_too() -> None:
    def connect() -> Transport:
        raise ZeroDivisionError("oops")

    found = Session("pod", connect)
    with pytest.raises(ProbeError, match="ZeroDivisionError: oops"):
        found.ask("mark", 20)
    found.close()


def test_silence_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch, quick: None) -> None:
    monkeypatch.setattr(session, "_SILENCE", 0.15)
    opened = []

    def connect() -> Transport:
        opened.append(1)
        if len(opened) == 1:  # swallows everything
            return Scripted(says(HELLO))
        return Scripted(says(HELLO, b'{"id":1,"ok":{"next":5}}\n'))

    found = Session("pod", connect)
    assert found.ask("mark", 20) == {"next": 5}
    assert len(opened) == 2
    found.close()


def test_an_answer_in_time_or_an_error() -> None:
    found = Session("pod", lambda: Scripted(says(HELLO)))
    with pytest.raises(ProbeError, match="pod did not answer 'mark' within 0 s"):
        found.ask("mark", 0.2)
    found.close()


def test_closing_ends_all_waiting() -> None:
    found = Session("pod", lambda: Scripted(says(HELLO)))
    waiting = [found.submit("mark") for _ in range(3)]
    time.sleep(0.05)
    begun = time.monotonic()
    found.close()
    assert time.monotonic() - begun < 2
    for answer in waiting:
        with pytest.raises(ProbeError, match="closed"):
            found.wait(answer, "mark", 5)
    with pytest.raises(ProbeError, match="closed"):
        found.submit("mark")
    found.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "session pod"]


def test_answers_in_pieces_and_out_of_order() -> None:
    def speak(theirs: socket.socket) -> None:
        asked = b""
        while asked.count(b"\n") < 4:
            asked += theirs.recv(4096)
        for piece in (HELLO[:5], HELLO[5:] + b'{"id":3,"ok":{"n":3}}\n{"id":9,"ok":{}}\n{"id":1,', b'"error":"no"}\n'):
            theirs.sendall(piece)
            time.sleep(0.02)
        theirs.sendall(b'{"id":2,"ok":{"n":2}}\n')
        theirs.recv(1)

    found = Session("pod", lambda: Scripted(speak))
    first, second, third = (found.submit("mark") for _ in range(3))
    assert found.wait(third, "mark", 20) == {"n": 3}
    assert found.wait(second, "mark", 20) == {"n": 2}
    with pytest.raises(ProbeError, match="pod refused: no"):
        found.wait(first, "mark", 20)
    found.close()
