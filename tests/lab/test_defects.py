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
from harness.evidence.model import CheckRecord, Kind, Verdict

PROJECT = Path(__file__).resolve().parents[2]
DEFECTS: list[dict[str, Any]] = yaml.safe_load((PROJECT / "spec" / "defects.yaml").read_text())
UNRELATED = ("no-route", "dns-forms", "request-headers", "consumer-routes-merge", "rule-timeout")
RED = (Verdict.FAIL, Verdict.DEVIATION)


def played(defect: str, scenarios: set[str], run_dir: Path, workers: int) -> list[CheckRecord]:
    """The checks of these scenarios on a lab of their own with this defect."""
    chosen = [word for name in sorted(scenarios) for word in ("--scenario", name)]
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", str(workers), "-q"),
            *("--lab-defect", defect, f"--report-dir={run_dir}"),
            *chosen,
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert run.returncode in (0, 1, 3), run.stdout[-3000:] + run.stderr[-3000:]
    return list(load(run_dir / "report.jsonl").checks)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect["id"])
def test_turns_red_exactly_what_is_written_down(defect: dict[str, Any], tmp_path: Path) -> None:
    named = {check.partition("/")[0] for check in defect["kills"]}
    checks = played(defect["id"], named.union(UNRELATED), tmp_path / "run", workers=6)
    # An error says that we could not see, as on a machine that other tests keep busy: those are looked at once more.
    unseen = {check.scenario for check in checks if check.verdict is Verdict.ERROR}
    if unseen:
        again = played(defect["id"], unseen, tmp_path / "again", workers=1)
        checks = [check for check in checks if check.scenario not in unseen] + again
    red = {check.id: check for check in checks if check.verdict in RED}
    assert sorted(red) == sorted(defect["kills"])
    stalled = {check.scenario for check in red.values() if check.kind is Kind.STALLED}  # ends there, with its reason
    others = [check for check in checks if check.id not in red and check.scenario not in stalled]
    surprising = [check for check in others if check.verdict not in (Verdict.PASS, Verdict.OBSERVED)]
    assert [(check.id, str(check.verdict), check.reason) for check in surprising] == []
    unexplained = [check.id for check in red.values() if not check.likely and check.scenario not in stalled]
    assert unexplained == []
