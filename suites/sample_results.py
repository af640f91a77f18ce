"""Plays the lab as four versions of a mesh, three of them with a defect, and publishes what came of it.

``python -m suites.sample_results FOLDER`` makes a folder for ``gamma publish``, so that every page of its site can be
seen; docs/examples/results was made by it. Other arguments go to pytest.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
RUNS = ROOT / "runs"
#: Few scenarios: one for each defect.
SCENARIOS = ("unmatched-rejected", "rule-timeout", "proportions")
#: Name and version of the mesh that the lab says to be, and its defect.
VERSIONS = (
    ("lab", "embedded", ""),
    ("lab-with-defects", "unmatched-falls-through", "unmatched-falls-through"),
    ("lab-with-defects", "timeout-ignored", "timeout-ignored"),
    ("lab-with-defects", "weights-ignored", "weights-ignored"),
)


def main(arguments: Sequence[str]) -> int:
    """Play and publish; returns 0, or 1 where a run did not come to its end."""
    target, *further = arguments
    RUNS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=RUNS) as place:  # inside: no path of this machine gets into the reports
        runs = [Path(place).relative_to(ROOT) / f"run-{number}" for number in range(len(VERSIONS))]
        for run, (name, version, defect) in zip(runs, VERSIONS, strict=True):
            if _play(run, name, version, defect, further) not in (0, 1):
                return 1
        publish = ("cli.main", "publish", *map(str, runs), f"--to={Path(target).resolve()}", "--replace")
        return subprocess.call([sys.executable, "-m", *publish], cwd=ROOT)


def _play(run: Path, name: str, version: str, defect: str, further: Sequence[str]) -> int:
    """Play the scenarios on a lab of its own; returns pytest's exit status."""
    profile = ROOT / run.parent / f"{name}.yaml"
    own = yaml.safe_load((ROOT / "meshes" / "lab.yaml").read_text(encoding="utf-8"))
    identity = {**own["identity"], "project": name, "version": version}
    profile.write_text(yaml.safe_dump({**own, "name": name, "identity": identity}), encoding="utf-8")
    chosen = [f"--scenario={scenario}" for scenario in SCENARIOS]
    faults = [f"--lab-defect={defect}"] if defect else []
    options = [
        f"--mesh=./{run.parent / profile.name}",
        "--lab-poses-as=lab",
        f"--report-dir={run}",
        *chosen,
        *faults,
        *further,
    ]
    return subprocess.call([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
