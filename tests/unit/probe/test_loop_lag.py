"""The watch tells how late the event loop was, and only while somebody looks."""

from __future__ import annotations

import asyncio
import time

from harness.probe.lag import LagWatch


def test_a_blocked_loop_shows_at_once_and_afterwards() -> None:
    """No more is told than what passed since: on a busy machine that may be long, whatever we do."""

    async def run() -> None:
        watch = LagWatch()
        loop = asyncio.get_running_loop()
        watch.begin()
        before = loop.time()
        await asyncio.sleep(0.03)
        assert watch.worst_since(before) <= loop.time() - before
        blocked_from = loop.time()
        time.sleep(0.15)
        freed = loop.time()
        assert watch.worst_since(blocked_from) >= 0.13
        await asyncio.sleep(0.03)
        assert watch.worst_since(blocked_from) >= 0.13
        after = loop.time()
        await asyncio.sleep(0.03)
        watch.end()
        assert watch.worst_since(after) <= loop.time() - freed

    asyncio.run(run())


def test_nobody_watches_nothing_ticks() -> None:
    async def run() -> float:
        watch = LagWatch()
        watch.begin()
        watch.begin()
        watch.end()
        watch.end()
        time.sleep(0.05)
        return watch.worst_since(0.0)

    assert asyncio.run(run()) == 0.0
