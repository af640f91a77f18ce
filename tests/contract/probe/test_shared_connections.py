"""Batches on several kept connections, and two batches on the same ones; the engine runs in the test."""

from __future__ import annotations

import asyncio
import socket
import threading
from itertools import pairwise
from typing import Any

import pytest
from probe_world import read_request, serving

from harness.probe.engine import BadRequestError, Engine
from harness.probe.identity import Identity
from harness.probe.journal import Journal


def question(port: int, name: str, **changes: Any) -> dict[str, Any]:
    plan = {"url": f"http://x/{name}", "address": "127.0.0.1", "port": port, "count": 6, "interval": 0.05}
    return {"op": "start", "batch": name, "id_prefix": name, **plan, **changes}


async def results(engine: Engine, name: str, *, forget: bool = True) -> list[list[Any]]:
    answer = await engine.ask({"op": "result", "batch": name, "wait": 20})
    assert answer["done"]
    assert {sample["failure"] for sample in answer["groups"]} == {""}
    if forget:
        await engine.ask({"op": "forget", "batch": name})
    return list(answer["requests"])


class Paths:
    """Answers everything; remembers which paths came on which connection."""

    def __init__(self) -> None:
        self.seen: dict[int, list[str]] = {}
        self._lock = threading.Lock()

    def __call__(self, connection: socket.socket, number: int) -> None:
        while True:
            path = read_request(connection).split(b" ")[1].decode()
            with self._lock:
                self.seen.setdefault(number, []).append(path)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")


def engine() -> Engine:
    return Engine(Identity("n", "w", "p"), Journal())


def test_three_connections_in_turn() -> None:
    async def run(port: int) -> list[int]:
        it = engine()
        await it.ask(question(port, "a", over=3, count=9))
        return [record[3] for record in sorted(await results(it, "a"))]

    paths = Paths()
    with serving(paths) as server:
        assert asyncio.run(run(server.port)) == [0, 1, 2] * 3
    assert {number: len(seen) for number, seen in paths.seen.items()} == {0: 3, 1: 3, 2: 3}


def test_two_batches_alternate_on_one_connection_until_both_are_forgotten() -> None:
    async def run(port: int) -> set[int]:
        it = engine()
        connections = set()
        for name in "ab":
            await it.ask(question(port, name, over="one", pool="p"))
        for name in "ab":
            connections |= {record[3] for record in await results(it, name)}
        await it.ask(question(port, "c", over="one", pool="p", count=1))  # the old connection is gone
        await results(it, "c")
        return connections

    paths = Paths()
    with serving(paths) as server:
        assert asyncio.run(run(server.port)) == {0}
    first, second = paths.seen[0], paths.seen[1]
    assert sorted(first) == ["/a"] * 6 + ["/b"] * 6
    assert sum(one != other for one, other in pairwise(first)) >= 6
    assert second == ["/c"]


def test_only_like_connections_are_shared() -> None:
    async def run() -> None:
        it = engine()
        await it.ask(question(1, "a", over="one", pool="p", count=0))
        with pytest.raises(BadRequestError, match="no connections to share"):
            await it.ask(question(1, "b", over=2, pool="p", count=0))
        with pytest.raises(BadRequestError, match="no connections to share"):
            await it.ask(question(2, "b", over="one", pool="p", count=0))
        with pytest.raises(BadRequestError, match="fresh connections"):
            await it.ask(question(1, "b", pool="q", count=0))

    asyncio.run(run())
