"""The watch tells how late the event loop was, and only while somebody looks."""

from __future__ import annotations

import asyncio
import time

from harness.probe.lag import LagWatch


def test_a_blocked_loop_shows_at_once_and_afterwards() -> None:
    async def run() -> tuple[float, float, float, float]:
        watch = LagWatch()
        loop = asyncio.get_running_loop()
        watch.begin()
        before = loop.time()
        await asyncio.sleep(0.03)
        quiet = watch.worst_since(before)
        blocked_from = loop.time()
        time.sleep(0.15)
        at_once = watch.worst_since(blocked_from)
        await asyncio.sleep(0.03)
        later, after = watch.worst_since(blocked_from), loop.time()
        await asyncio.sleep(0.03)
        watch.end()
        return quiet, at_once, later, watch.worst_since(after)

    quiet, at_once, later, afterwards = asyncio.run(run())
    assert quiet < 0.14
    assert at_once >= 0.13
    assert later >= 0.13
    assert afterwards < 0.14


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
