"""The engine's socket takes anything and stays well; the process obeys signals and tells its mistakes."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from probe_world import Agent, World, free_port


class Door:
    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("rb")

    def ask(self, line: bytes) -> dict[str, Any]:
        self.socket.sendall(line + b"\n")
        answer = json.loads(self.lines.readline())
        assert isinstance(answer, dict)
        return answer

    def close(self) -> None:
        self.lines.close()
        self.socket.close()


@pytest.fixture
def door(world: World) -> Any:
    found = Door(world.client.socket)
    yield found
    found.close()


def test_hello(world: World, door: Door) -> None:
    answer = door.ask(b'{"id": 7, "op": "hello"}')
    hello = answer["ok"]
    assert answer["id"] == 7
    assert (hello["pid"], hello["workload"], hello["pod"]) == (world.client.process.pid, "client", "client-pod")
    assert hello["version"] == 2
    assert abs(hello["now"] - time.monotonic()) < 10


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"nonsense", "not JSON"),
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[1]", "JSON object"),
        (b"[" * 200_000, "not JSON"),
        (b"{}", "unknown operation 'None'"),
        (b'{"op": "explode"}', "unknown operation 'explode'; known: hello"),
        (b'{"op": ["hello"]}', "unknown operation"),
        (b'{"op": "resolve"}', "'host' is missing"),
        (b'{"op": "start"}', "'batch' is missing"),
        (b'{"op": "start", "batch": "a", "id_prefix": "a", "url": 5, "count": 1}', "not a URL"),
        (b'{"op": "start", "batch": "a", "id_prefix": "a", "url": "http://x/", "count": 1e999}', "count is between"),
        (b'{"op": "start", "batch": "a", "id_prefix": "a", "url": "http://x/", "count": 1, "headers": 5}', "start"),
        (b'{"op": "result", "batch": "unknown"}', "no batch 'unknown'"),
        (b'{"op": "stop", "batch": null}', "no batch 'None'"),
        (b'{"op": "journal", "since": "x", "prefixes": []}', "journal: invalid literal"),
        (b'{"op": "journal", "since": 0, "prefixes": 5}', "journal"),
    ],
)
def test_bad_questions_get_an_answer(door: Door, line: bytes, words: str) -> None:
    answer = door.ask(line)
    assert words in answer["error"]
    assert "ok" in door.ask(b'{"id": 1, "op": "mark"}')


def test_questions_are_answered_side_by_side(world: World, door: Door) -> None:
    start = {"op": "start", "batch": "door", "id_prefix": "door", "url": "http://x/", "address": "127.0.0.1"}
    start |= {"port": world.echo.port, "count": 1, "headers": [["x-gamma-echo-delay", "300ms"]]}
    assert door.ask(json.dumps({"id": 1, **start}).encode()) == {"id": 1, "ok": {}}
    door.socket.sendall(b'{"id": 2, "op": "result", "batch": "door", "wait": 10}\n{"id": 3, "op": "mark"}\n')
    assert [json.loads(door.lines.readline())["id"] for _ in range(2)] == [3, 2]
    again = door.ask(b'{"id": 4, "op": "result", "batch": "door"}')["ok"]  # results wait until they are forgotten
    assert (again["done"], again["more"], len(again["requests"])) == (True, False, 1)
    assert door.ask(b'{"id": 5, "op": "forget", "batch": "door"}') == {"id": 5, "ok": {}}
    assert "no batch" in door.ask(b'{"id": 6, "op": "result", "batch": "door"}')["error"]


def test_a_caller_that_leaves_in_the_middle_harms_nobody(world: World, door: Door) -> None:
    for _ in range(20):
        rude = Door(world.client.socket)
        rude.socket.sendall(b'{"id": 1, "op": "journal", "since": 0, "prefixes": []}\n' * 50 + b'{"half')
        rude.close()
    assert "ok" in door.ask(b'{"id": 1, "op": "hello"}')


def test_sigterm_ends_it_at_once_whatever_is_under_way(tmp_path: Path) -> None:
    agent = Agent(tmp_path, "client")
    door = Door(agent.socket)
    start = {"op": "start", "batch": "x", "id_prefix": "x", "url": "http://x/", "address": "127.0.0.1", "duration": 60}
    door.ask(json.dumps({**start, "port": free_port(), "interval": 0.01}).encode())
    begun = time.monotonic()
    agent.process.send_signal(signal.SIGTERM)
    assert agent.process.wait(20) == 0
    assert time.monotonic() - begun < 3
    assert not agent.socket.exists()
    door.close()


def test_readiness(world: World, tmp_path: Path) -> None:
    assert world.client.run("ready", "--socket", str(world.client.socket)).returncode == 0
    absent = world.client.run("ready", "--socket", str(tmp_path / "none"))
    assert (absent.returncode, b"does not answer" in absent.stderr) == (1, True)
    assert world.client.run("relay", "--socket", str(tmp_path / "none")).returncode == 1


def test_an_earlier_socket_is_replaced(tmp_path: Path) -> None:
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(tmp_path / "client.sock"))
    stale.close()
    agent = Agent(tmp_path, "client")
    assert agent.run("ready", "--socket", str(agent.socket)).returncode == 0
    agent.stop()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--listen", "8080=smoke"], 2, "cannot listen with smoke; known: http"),
        (["--listen", "http"], 2, "write PORT=PROTOCOL"),
        (["--journal", "0"], 2, "is not a number above 0"),
        (["--socket", "/nonexistent/x"], 1, "No such file or directory"),
    ],
)
def test_mistakes_are_told(world: World, tmp_path: Path, arguments: list[str], status: int, words: str) -> None:
    socket_path = [] if "--socket" in arguments else ["--socket", str(tmp_path / "s")]
    done = world.client.run("serve", "--workload", "w", *socket_path, *arguments)
    assert done.returncode == status
    assert words in done.stderr.decode()


def test_a_port_that_is_taken(world: World, tmp_path: Path) -> None:
    command = [sys.executable, world.echo.program, "serve", "--workload", "w", "--socket", tmp_path / "s"]
    command += ["--listen", f"{world.echo.port}=http"]
    done = subprocess.run(command, capture_output=True, timeout=20, check=False)
    assert (done.returncode, b"in use" in done.stderr) == (1, True)
