"""Runs each measurement several times and prints medians against limits: `tox -e bench [-- --runs N] [NAME ...]`.

Exit status 0 when every median is within its limit, else 1. Limits hold for two otherwise idle cores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_PLAY = (sys.executable, "-m", "pytest", "--mesh", "lab", "-q")


@dataclass(frozen=True, slots=True)
class Case:
    """A command whose duration has a limit, in seconds."""

    name: str
    title: str
    command: tuple[str, ...]
    limit: float
    reports: bool = False  # writes a report, which goes to a throw-away folder


CASES = (
    Case(
        "catalogue",
        "both channels of the catalogue, as `tox -e lab` plays them",
        (sys.executable, "-m", "suites.both_channels", "-q", "-n", "10", "--maxschedchunk", "1"),
        150.0,
        reports=True,
    ),
    Case("scenario", "one selected scenario", (*_PLAY, "--scenario", "unmatched-rejected"), 8.0, reports=True),
    Case("first-probe", "lab start to first probe", (sys.executable, "-m", "bench.first_probe"), 5.0),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure the named cases, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what the documentation promises.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(case.name for case in CASES)}")
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured (default: %(default)s)")
    arguments = parser.parse_args(argv)
    unknown = sorted(set(arguments.names) - {case.name for case in CASES})
    if unknown or arguments.runs < 1:
        parser.error(f"no such measurement: {', '.join(unknown)}" if unknown else "--runs takes 1 or more")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} before; median of {arguments.runs}")  # noqa: T201
    wanted = [case for case in CASES if not arguments.names or case.name in arguments.names]
    over = [case for case in wanted if not _report(case, arguments.runs)]
    return 1 if over else 0


def _report(case: Case, runs: int) -> bool:
    seconds = [_measure(case) for _ in range(runs)]
    median = statistics.median(seconds)
    within = median <= case.limit
    spread = f"{min(seconds):.1f} to {max(seconds):.1f} s"
    verdict, load = "ok  " if within else "OVER", f"{os.getloadavg()[0]:.2f}"
    text = f"{verdict}  {case.title}: median {median:.1f} s, {spread}, limit {case.limit:g} s, load {load}"
    print(text, flush=True)  # noqa: T201
    return within


def _measure(case: Case) -> float:
    with tempfile.TemporaryDirectory() as folder:
        extra = ("--report-dir", str(Path(folder) / "report")) if case.reports else ()
        started = time.monotonic()
        done = subprocess.run((*case.command, *extra), cwd=ROOT, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - started
    if done.returncode != 0:
        sys.exit(f"{case.title} ended with status {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
