"""CPU time that one probe costs us, client and backend together: `python -m bench.probe_cost`.

Two engines as in two pods, one sends to the other without a mesh in between. What counts is the CPU time of both
processes, taken from the kernel, so that other work on the machine hardly matters. Exit status 1 above the limit.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.engines import Engine, prober_for
from harness.prober import Batch
from harness.scenario.model import Client, Probe

LIMIT = 0.6  # milliseconds of CPU a request, client and echo together
_RATE = 400.0  # requests a second: far from saturation on one core


def main(argv: Sequence[str] | None = None) -> int:
    """Measure fresh and kept connections."""
    parser = argparse.ArgumentParser(prog="python -m bench.probe_cost", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--requests", type=int, default=2000)
    arguments = parser.parse_args(argv)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} before; median of {arguments.runs}")  # noqa: T201
    with (
        tempfile.TemporaryDirectory() as folder,
        Engine(Path(folder), "client") as client,
        Engine(Path(folder), "echo-v1", listen=True) as echo,
    ):
        within = [_report(over, client, echo, arguments) for over in ("fresh", "one")]
    return 0 if all(within) else 1


def _report(over: str, client: Engine, echo: Engine, arguments: argparse.Namespace) -> bool:
    _cost(over, client, echo, 200, "warm")
    costs = [_cost(over, client, echo, arguments.requests, f"{over}{run}") for run in range(arguments.runs)]
    total = statistics.median(first + second for first, second in costs)
    print(  # noqa: T201
        f"{'ok  ' if total <= LIMIT else 'OVER'}  {over:5} connections: median {total:.3f} ms CPU a request "
        f"(client {statistics.median(first for first, _ in costs):.3f}, "
        f"echo {statistics.median(second for _, second in costs):.3f}), "
        f"{min(map(sum, costs)):.3f} to {max(map(sum, costs)):.3f}, limit {LIMIT} ms, load {os.getloadavg()[0]:.2f}"
    )
    return total <= LIMIT


def _cost(over: str, client: Engine, echo: Engine, requests: int, name: str) -> tuple[float, float]:
    """Milliseconds of CPU a request, of the client's process and of the echo's."""
    prober = prober_for(client, echo)
    batch = Batch(
        client=Client("consumer"),
        probe=Probe.model_validate({"from": "consumer", "url": "http://echo.example/path", "over": over}),
        url="http://echo.example/path",
        address=("127.0.0.1", echo.port),
        id_prefix=f"bench.{name}.{time.monotonic_ns()}",
        interval=1 / _RATE,
        count=requests,
    )
    try:
        before = client.cpu_seconds(), echo.cpu_seconds()
        found = prober.start(batch).result(requests / _RATE + 60)
        after = client.cpu_seconds(), echo.cpu_seconds()
    finally:
        prober.close()
    wrong = sum(1 for one in found if one.answer.status != 200)
    if wrong or len(found) != requests:
        sys.exit(f"{wrong} of {len(found)} requests failed: {next(o for o in found if o.answer.status != 200).answer}")
    return 1000 * (after[0] - before[0]) / requests, 1000 * (after[1] - before[1]) / requests


if __name__ == "__main__":
    sys.exit(main())
