"""Runs of the real thing: pytest, the lab, real requests through Envoy, reports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.evidence import Report, load
from harness.evidence.model import Kind, Verdict
from tests.lab.lab_processes import PROJECT, Traces, gone, mounts, traces

SCENARIOS = ("unmatched-rejected", "paths", "pod-ip-untouched")
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts runs; ends what a failed test leaves behind."""
    started: list[subprocess.Popen[str]] = []

    def run(directory: Path, *arguments: str, scenarios: tuple[str, ...] = SCENARIOS) -> subprocess.Popen[str]:
        chosen = [word for scenario in scenarios for word in ("--scenario", scenario)]
        command = [sys.executable, "-m", "pytest", "--mesh", "lab", f"--report-dir={directory}", *chosen, *arguments]
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "CI"))}
        process = subprocess.Popen(
            [*command, "-p", "no:cacheprovider"],
            cwd=PROJECT,
            env={**environment, "COLUMNS": "100", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


def verdicts(report: Report) -> dict[str, Verdict]:
    return {check.id: check.verdict for check in report.checks}


def playing(directory: Path, process: subprocess.Popen[str]) -> Traces:
    """Wait until scenarios are being played; returns all processes and namespaces of run and lab."""
    deadline = time.monotonic() + 60
    while not (directory / "report.jsonl").exists():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(1.0)  # seconds: in the middle of a scenario rather than between two
    lab = json.loads((directory / "lab" / "state.json").read_text())["pid"]
    return traces(process.pid) | traces(lab)


def test_workers_and_no_workers_come_to_the_same(start, tmp_path):
    status, output = finished(start(tmp_path / "alone"))
    assert status == 0, output
    status, output = finished(start(tmp_path / "spread", "-n", "3"))
    assert status == 0, output
    alone, spread = load(tmp_path / "alone"), load(tmp_path / "spread")
    assert verdicts(alone) == verdicts(spread)
    assert set(verdicts(alone).values()) == {Verdict.PASS}
    assert alone.header.scenarios == spread.header.scenarios
    assert output.rstrip().splitlines()[-1].startswith(f"{len(spread.checks)} checks: {len(spread.checks)} pass (3 ")
    for scenario in SCENARIOS:
        evidence = tmp_path / "spread" / "evidence" / scenario
        assert (evidence / "manifests.yaml").stat().st_size > 0
        assert (evidence / "probes.jsonl").stat().st_size > 0


def test_a_defect_is_told_with_its_likely_mistake(start, tmp_path):
    arguments = ("--lab-defect", "unmatched-falls-through")
    status, output = finished(start(tmp_path / "run", *arguments, scenarios=("unmatched-rejected",)))
    assert status == 1, output
    report = load(tmp_path / "run")
    assert verdicts(report) == {
        "unmatched-rejected/unmatched-rejected": Verdict.FAIL,
        "unmatched-rejected/lookalike-rejected": Verdict.FAIL,
        "unmatched-rejected/plain-unaffected": Verdict.PASS,
    }
    failed = report.checks[0]
    assert failed.kind in (Kind.WRONG, Kind.REGRESSED)
    assert failed.observed[0].outcome == "direct"
    assert failed.observed[0].count >= 60
    assert "likely     the Service's implicit forwarding survived the route" in output
    assert "refutes    attachment.unmatched-rejected (MUST, core)" in output
    assert "gamma show unmatched-rejected --at" in output


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_ctrl_c_ends_the_lab_and_marks_the_report(start, tmp_path, workers):
    before = mounts()
    process = start(tmp_path / "run", *workers)
    everything = playing(tmp_path / "run", process)
    os.killpg(process.pid, signal.SIGINT)
    status, output = finished(process)
    assert status == 2, output
    assert gone(everything), everything.left()
    assert mounts() == before
    report = load(tmp_path / "run", allow_incomplete=True)
    assert not report.footer.complete
    assert report.footer.why_incomplete == "interrupted"


def test_sigkill_leaves_nothing(start, tmp_path):
    before = mounts()
    process = start(tmp_path / "run", "-n", "2")
    everything = playing(tmp_path / "run", process)
    process.kill()
    process.communicate()
    assert gone(everything), everything.left()
    assert mounts() == before
