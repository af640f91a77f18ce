"""Exec probes: when they are asked, and what their answers mean."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from lab.node.kubelet.spec import ProbeSpec

Ask = Callable[[ProbeSpec], Awaitable[bool]]

# A container is mostly up long before a first full period is over: ask soon, and then ever less often. The processes
# that ask compete with the starting ones, hence not faster.
_FIRST_TRY_SECONDS = 0.04
_SLOWING = 1.6


def early_tries(period: float) -> Iterator[float]:
    """The pauses before the tries of the first period, which do not count as failures."""
    total, pause = 0.0, _FIRST_TRY_SECONDS
    while total + pause < period:
        yield pause
        total += pause
        pause *= _SLOWING


async def wait_started(spec: ProbeSpec, ask: Ask) -> bool:
    """Ask until the first success, or until the probe failed too often."""
    await asyncio.sleep(spec.delay)
    for pause in early_tries(spec.period):
        await asyncio.sleep(pause)
        if await ask(spec):
            return True
    for _failure in range(spec.failures):
        if await ask(spec):
            return True
        await asyncio.sleep(spec.period)
    return False


async def follow(spec: ProbeSpec, ask: Ask, tell: Callable[[bool], None], *, good: bool) -> None:
    """Ask for ever and tell each change; ``good`` is what holds at the beginning."""
    successes = failures = 0
    if not good:
        good = await wait_started(spec, ask)
        if good:
            tell(True)
    while True:
        await asyncio.sleep(spec.period)
        if await ask(spec):
            successes, failures = successes + 1, 0
        else:
            successes, failures = 0, failures + 1
        if (not good and successes >= spec.successes) or (good and failures >= spec.failures):
            good = not good
            tell(good)
