"""Each defect of the lab mesh turns red exactly the checks that are written down for it.

Played are the scenarios that a defect is to be seen in, and a few that it must leave alone; the whole catalogue under
each defect takes minutes and is played by hand: ``pytest --lab-defect ID -n 6``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.evidence import load
from harness.evidence.model import Kind, Verdict

PROJECT = Path(__file__).resolve().parents[2]
DEFECTS: list[dict[str, Any]] = yaml.safe_load((PROJECT / "spec" / "defects.yaml").read_text())
UNRELATED = ("no-route", "dns-forms", "request-headers", "consumer-routes-merge", "rule-timeout")
RED = (Verdict.FAIL, Verdict.DEVIATION)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect["id"])
def test_turns_red_exactly_what_is_written_down(defect: dict[str, Any], tmp_path: Path) -> None:
    named = {check.partition("/")[0] for check in defect["kills"]}
    chosen = [word for name in sorted(named.union(UNRELATED)) for word in ("--scenario", name)]
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "6", "-q"),
            *("--lab-defect", defect["id"], f"--report-dir={tmp_path / 'run'}"),
            *chosen,
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert run.returncode == 1, run.stdout[-3000:] + run.stderr[-3000:]
    checks = load(tmp_path / "run" / "report.jsonl").checks
    red = {check.id: check for check in checks if check.verdict in RED}
    assert sorted(red) == sorted(defect["kills"])
    stalled = {check.scenario for check in red.values() if check.kind is Kind.STALLED}  # ends there, with its reason
    others = [check for check in checks if check.id not in red and check.scenario not in stalled]
    assert {check.verdict for check in others} <= {Verdict.PASS, Verdict.OBSERVED}
    unexplained = [check.id for check in red.values() if not check.likely and check.scenario not in stalled]
    assert unexplained == []
