"""Runs each measurement several times and prints medians against limits: `tox -e bench [-- --runs N] [NAME ...]`.

Exit status 0 when every median is within its limit and all runs of a case came to the same verdicts, else 1. Limits
hold for two otherwise idle cores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.evidence import load

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


@dataclass(frozen=True, slots=True)
class Own:
    """A measurement that prints its own medians and limits, and ends with status 1 where one is over."""

    name: str
    command: tuple[str, ...]


CASES = (
    Case(
        "catalogue",
        "both channels of the catalogue, as `tox -e lab` plays them",
        (sys.executable, "-m", "suites.both_channels", "-q", "-n", "10", "--maxschedchunk", "1"),
        150.0,
        reports=True,
    ),
    Case(
        "scenario",
        "one selected scenario, whose hold is the usual 2 s",
        (*_PLAY, "--scenario", "request-headers"),
        8.0,
        reports=True,
    ),
    Case("first-probe", "lab start to first probe", (sys.executable, "-m", "bench.first_probe"), 5.0),
    Own("page", (sys.executable, "-m", "bench.big_page")),
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


def _report(case: Case | Own, runs: int) -> bool:
    if isinstance(case, Own):
        return subprocess.run((*case.command, "--runs", str(runs)), cwd=ROOT, check=False).returncode == 0
    measured = [_measure(case) for _ in range(runs)]
    seconds = [one.seconds for one in measured]
    median = statistics.median(seconds)
    within = median <= case.limit
    spread = f"{min(seconds):.1f} to {max(seconds):.1f} s"
    verdict, load = "ok  " if within else "OVER", f"{os.getloadavg()[0]:.2f}"
    text = f"{verdict}  {case.title}: median {median:.1f} s, {spread}, limit {case.limit:g} s, load {load}"
    print(text, flush=True)  # noqa: T201
    if case.reports and (unsteady := unsteady_checks([one.verdicts for one in measured])):
        print(f"OVER  verdicts differ between the runs: {', '.join(unsteady)}", flush=True)  # noqa: T201
        return False
    return within


def unsteady_checks(runs: Sequence[Mapping[str, str]]) -> list[str]:
    """The checks that have not the same verdict in all runs."""
    names = sorted({name for run in runs for name in run})
    return [name for name in names if len({run.get(name) for run in runs}) > 1]


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: its duration in seconds, and the verdicts of its reports by check."""

    seconds: float
    verdicts: Mapping[str, str]


def _measure(case: Case) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        extra = ("--report-dir", str(Path(folder) / "report")) if case.reports else ()
        started = time.monotonic()
        done = subprocess.run((*case.command, *extra), cwd=ROOT, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - started
        verdicts = {
            f"{path.parent.name}/{check.id}": str(check.verdict)
            for path in sorted(Path(folder).glob("*/report.jsonl"))
            for check in load(path).checks
        }
    if done.returncode != 0:
        sys.exit(f"{case.title} ended with status {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return Measured(seconds, verdicts)


if __name__ == "__main__":
    sys.exit(main())
