"""Pod addresses pass Envoy by, unless the defect takes them over; shown with pods in namespaces of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_pod_address_is_untouched_but_for_the_defect(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.contract.lab_mesh.pod_network", str(tmp_path)]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[3], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    untouched, through_the_cluster_ip = ["200", "200"], ["200 stamped", "404"]
    assert json.loads(done.stdout) == [
        untouched + through_the_cluster_ip,
        through_the_cluster_ip + through_the_cluster_ip,
        untouched + through_the_cluster_ip,
    ]
