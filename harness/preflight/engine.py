"""Whether the engines in the client pods answer, speak our version, and have a clock that goes like ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from harness.evidence.model import PreflightLine
from harness.preflight.witness import Baseline
from harness.probe import VERSION
from harness.prober import Prober
from harness.scenario.model import Client

_DRIFT = 0.01  # share by which two clocks may differ
_SLOW = 0.25  # seconds for a request without a route, above which bounds of time are in danger
_FAR = 2.0  # seconds for a question to an engine


@dataclass(frozen=True, slots=True)
class Reading:
    """One engine's clock, and ours before and after it was asked. Seconds."""

    before: float
    engine: float
    after: float

    @property
    def round_trip(self) -> float:
        """How long the question took."""
        return self.after - self.before


def read(prober: Prober, clients: Sequence[Client], now: Callable[[], float] = time.monotonic) -> list[Reading]:
    """Ask every engine, side by side; opens the sessions. Raises ProbeError: none, or one of another version."""

    def ask(client: Client) -> Reading:
        before = now()
        answer = prober.hello(client)
        return Reading(before, float(answer["now"]), now())

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(ask, clients))


def engine_line(first: Sequence[Reading], later: Sequence[Reading]) -> PreflightLine:
    """About the handshake; the later question does not open a session any more. Pure."""
    slowest = max(reading.round_trip for reading in later)
    text = f"version {VERSION} in {len(first)} clients; a question takes {1000 * slowest:.0f} ms"
    if slowest > _FAR:
        hint = "the way to the API server is slow: play from nearer by"
        return PreflightLine(check="engine", grade="warn", text=text, hint=hint)
    return PreflightLine(check="engine", grade="pass", text=text)


def baseline_line(baseline: Baseline) -> PreflightLine:
    """About traffic without any route. Pure."""
    if not baseline.flows:
        what = "no client could send" if baseline.unobserved else "a Service without a route is not served"
        return PreflightLine(
            check="baseline",
            grade="fail",
            text=f"{what}: {baseline.text}",
            hint="does the cluster's own network work between these namespaces (network policies, strict mTLS)?",
        )
    text = f"{1000 * baseline.latency:.1f} ms for a request without a route"
    if baseline.latency > _SLOW:
        return PreflightLine(
            check="baseline", grade="warn", text=text, hint="give the run more patience: --time-scale 3"
        )
    return PreflightLine(check="baseline", grade="pass", text=text)


def clock_line(first: Sequence[Reading], later: Sequence[Reading]) -> PreflightLine:
    """Whether the engines' clocks advanced as ours did between two questions, as far as can be told. Pure."""
    worst = 0.0
    for one, two in zip(first, later, strict=True):
        ours = (two.before + two.after - one.before - one.after) / 2
        unsure = (one.round_trip + two.round_trip) / 2
        worst = max(worst, abs((two.engine - one.engine) - ours) - unsure - _DRIFT * ours)
    if worst > 0:
        return PreflightLine(
            check="clock",
            grade="warn",
            text=f"a client's clock goes {1000 * worst:.0f} ms wrong against ours",
            hint="nodes whose monotonic clock jumps (suspended virtual machines) spoil every measurement of time",
        )
    return PreflightLine(check="clock", grade="pass", text="the clients' clocks go like ours")
