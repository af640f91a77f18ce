"""Limits of the engine that are too large to be reached from outside."""

from __future__ import annotations

import asyncio
import socket

import pytest

from harness.probe import batch as batches
from harness.probe import engine as engines
from harness.probe.batch import Batch
from harness.probe.engine import BadRequestError, Engine
from harness.probe.identity import Identity
from harness.probe.journal import Journal
from harness.probe.lag import LagWatch
from harness.probe.plan import plan_of

ME = Identity("n", "w", "p")


def test_the_bound_on_requests_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "UNDER_WAY_AT_MOST", 5)

    async def run(port: int) -> dict[str, object]:
        question = {"id_prefix": "a", "url": "http://x/", "address": "127.0.0.1", "port": port, "deadline": 0.5}
        batch = Batch(plan_of({**question, "count": 12, "interval": 0.0}), LagWatch())
        await batch.done.wait()
        return batch.results()

    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = asyncio.run(run(silent.getsockname()[1]))
    assert [sample["failure"] for sample in found["groups"]] == ["agent", "deadline"]
    groups = [record[-1] for record in found["requests"]]
    assert groups == [0] * 7 + [1] * 5
    assert found["groups"][0]["detail"] == "5 requests were under way"


def test_batches_that_nobody_asks_about_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_BATCHES_KEPT", 3)
    question = {"op": "start", "id_prefix": "a", "url": "http://x/", "address": "127.0.0.1", "count": 0}

    async def run() -> None:
        engine = Engine(ME, Journal())
        for name in "abc":
            await engine.ask({**question, "batch": name})
        with pytest.raises(BadRequestError, match="wait to be forgotten"):
            await engine.ask({**question, "batch": "d"})
        await engine.ask({**question, "batch": "a"})  # known already: asked again after a cut
        with pytest.raises(BadRequestError, match="another batch"):
            await engine.ask({**question, "batch": "a", "method": "PUT"})
        monkeypatch.setattr(engines, "_UNWANTED_AFTER", -1.0)
        await engine.ask({**question, "batch": "d"})
        with pytest.raises(BadRequestError, match="no batch 'a'"):
            await engine.ask({"op": "result", "batch": "a"})

    asyncio.run(run())


def test_forgetting_a_batch_ends_what_is_under_way() -> None:
    async def run(port: int) -> int:
        engine = Engine(ME, Journal())
        question = {"id_prefix": "a", "url": "http://x/", "address": "127.0.0.1", "port": port, "count": 5}
        await engine.ask({**question, "op": "start", "batch": "a"})
        await asyncio.sleep(0.05)
        await engine.ask({"op": "forget", "batch": "a"})
        await engine.ask({"op": "forget", "batch": "a"})
        return len(asyncio.all_tasks())

    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert asyncio.run(run(silent.getsockname()[1])) == 1
