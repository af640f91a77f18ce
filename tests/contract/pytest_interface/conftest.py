"""Runs the real pytest, with the real conftest, in a process of its own; only target and player are scripted."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE = Path(__file__).parent / "catalogue"
PLUGIN = "tests.contract.pytest_interface.scripted"


@dataclass(frozen=True)
class Run:
    """What a run printed, returned and left behind."""

    status: int
    output: str
    directory: Path
    log: list[str]

    @property
    def last_line(self) -> str:
        return self.output.rstrip().splitlines()[-1]

    @property
    def played(self) -> list[str]:
        """The scenarios played, sorted."""
        return sorted(line.removeprefix("play ") for line in self.log if line.startswith("play "))


class Runner:
    """Starts runs in a directory of the test's."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.reports = directory / "reports"
        self._script = directory / "script.json"

    def command(self, *arguments: str) -> list[str]:
        catalogue = [] if any(each.startswith("--scenarios=") for each in arguments) else [f"--scenarios={CATALOGUE}"]
        common = ["-p", PLUGIN, f"--report-dir={self.reports}", "-o", f"cache_dir={self.directory / 'cache'}"]
        return [sys.executable, "-m", "pytest", *common, *catalogue, *arguments]

    def start(
        self, *arguments: str, script: dict[str, str] | None = None, errors: int = subprocess.STDOUT
    ) -> subprocess.Popen[str]:
        self._script.write_text(json.dumps(script or {}))
        self._script.with_suffix(".log").unlink(missing_ok=True)
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "CI"))}
        environment |= {"GAMMA_SCRIPT": str(self._script), "NO_COLOR": "1", "COLUMNS": "100"}
        return subprocess.Popen(
            self.command(*arguments),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )

    def finish(self, process: subprocess.Popen[str]) -> Run:
        output, _ = process.communicate(timeout=90)
        return Run(process.returncode, output, self.reports, self.log)

    @property
    def log(self) -> list[str]:
        log = self._script.with_suffix(".log")
        return log.read_text().splitlines() if log.exists() else []

    def __call__(self, *arguments: str, script: dict[str, str] | None = None) -> Run:
        return self.finish(self.start(*arguments, script=script))

    def interrupt(self, process: subprocess.Popen[str], when: str, *, times: int = 1) -> Run:
        """Press Ctrl-C, as a terminal does it: for the whole process group, once the log shows `when`."""
        deadline = time.monotonic() + 60
        while not any(re.match(when, line) for line in self.log):
            assert time.monotonic() < deadline, f"{when} never came"
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.05)
        for _ in range(times):
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.1)
        return self.finish(process)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Run]:
    return Runner(tmp_path)
