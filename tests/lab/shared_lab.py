"""One lab for several tests, with runs beside it that use it as they would use any cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from harness.cluster import KubeCluster, load_configuration
from lab.control import Lab, LabConfig, start
from lab.credentials import CONTEXT
from tests.lab.lab_processes import PROJECT


@dataclass
class SharedLab:
    lab: Lab
    cluster: KubeCluster
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self, directory: Path, *arguments: str, scenario: str = "unmatched-rejected") -> subprocess.Popen[str]:
        """Start a run of one scenario on this lab."""
        chosen = ["--scenario", scenario] if scenario else []
        options = ["--mesh", "lab", "--kube-context", CONTEXT, f"--report-dir={directory}", *chosen, *arguments]
        return self.start("pytest", *options, "-p", "no:cacheprovider")

    def gamma(self, *arguments: str) -> tuple[int, str]:
        return finished(self.start("cli.main", *arguments))

    def start(self, module: str, *arguments: str) -> subprocess.Popen[str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "CI"))}
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=PROJECT,
            env={**environment, "COLUMNS": "160", "NO_COLOR": "1", "KUBECONFIG": str(self.lab.kubeconfig)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def playing(self, directory: Path, process: subprocess.Popen[str]) -> None:
        """Wait until scenarios are being played."""
        deadline = time.monotonic() + 60
        while not (directory / "report.jsonl").exists():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def kill(self, process: subprocess.Popen[str]) -> None:
        """As the kernel does when memory is short: nothing gets to clean up."""
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@contextmanager
def shared_lab(directory: Path, defect: str = "", pose: str = "lab", channel: str = "standard") -> Iterator[SharedLab]:
    lab = start(LabConfig(directory, defect, pose=pose, channel=channel))
    shared = SharedLab(lab, KubeCluster.connect(load_configuration(lab.kubeconfig, None)))
    try:
        lab.wait_ready(60)
        yield shared
    finally:
        for process in shared.started:
            if process.poll() is None:
                shared.kill(process)
        shared.cluster.close()
        lab.stop()


def finished(process: subprocess.Popen[str], patience: float = 150) -> tuple[int, str]:
    output, _ = process.communicate(timeout=patience)
    return process.returncode, output


def prepared(lab: SharedLab, prefix: str, mesh: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """Make the namespaces of the stage beforehand, as an administrator would, their metadata changed."""
    status, output = lab.gamma("stage", "--print", "--mesh", mesh, "--namespace-prefix", prefix)
    assert status == 0, output
    for obj in filter(None, yaml.safe_load_all(output)):
        change(obj["metadata"])
        lab.cluster.apply(obj)
