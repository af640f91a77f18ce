"""``gamma replay RUN/ID``: plays one scenario again as it was recorded, whatever has become of its file since."""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from harness.errors import UsageError
from harness.evidence import FILE, Report, load
from harness.evidence.model import PlannedScenario

ROOT = Path(__file__).resolve().parents[1]
_COPY = "scenario.yaml"
_MANIFESTS = "manifests.yaml"
_RUN_LABEL = "gamma.test/run"
#: What the header keeps of the options -> the option of pytest that takes it.
_OPTIONS = {
    "kube_context": "--kube-context",
    "namespace_prefix": "--namespace-prefix",
    "time_scale": "--time-scale",
    "image": "--image",
    "lab_defect": "--lab-defect",
    "lab_gateway_api": "--lab-gateway-api",
    "lab_poses_as": "--lab-poses-as",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("replay", help="play a scenario of a run again as it was recorded")
    parser.add_argument("target", metavar="RUN/ID", help="the run's directory, and a scenario or check of it")
    parser.add_argument(
        "--report-dir", type=Path, metavar="DIR", help="where the reports go (default: runs/replay-TIME)"
    )


def run(options: argparse.Namespace) -> int:
    """Play; returns pytest's exit status. Raises UsageError and ReportError where there is nothing to be replayed."""
    report, planned = find(Path(options.target))
    recorded = _recorded(report, planned)
    _say(f"replaying {planned.id} of run {report.header.run} with seed {report.header.seed}; {since(planned, ROOT)}")
    directory = (options.report_dir or ROOT / "runs" / f"replay-{datetime.now(UTC):%Y%m%d-%H%M%S}").resolve()
    with tempfile.TemporaryDirectory() as place:
        command = prepare(report, planned, recorded, Path(place))
        status = subprocess.call([sys.executable, "-m", "pytest", *command, f"--report-dir={directory}"], cwd=ROOT)
    now = directory / "evidence" / planned.id / _MANIFESTS
    if now.is_file():
        same = applied(now) == applied(recorded.parent / _MANIFESTS)
        _say(f"the manifests applied are {'the same as' if same else 'NOT the same as'} those that were recorded")
    return status


def find(target: Path) -> tuple[Report, PlannedScenario]:
    """The report and the scenario that ``RUN/ID`` or ``RUN/ID/CHECK`` names."""
    for directory in (target.parent, target.parent.parent):
        if (directory / FILE).is_file():
            report = load(directory, allow_incomplete=True)
            name = target.relative_to(directory).parts[0]
            if name not in report.planned:
                raise UsageError(f"the run in {directory} did not play {name}", f"it has {', '.join(report.planned)}")
            return report, report.planned[name]
    raise UsageError(f"{target}: no report is there", "name a run's directory and a scenario: runs/TIMESTAMP/ID")


def _recorded(report: Report, planned: PlannedScenario) -> Path:
    """The scenario as it was played, in the evidence."""
    record = next((one for one in report.scenarios if one.id == planned.id), None)
    copy = report.path.parent / (record.evidence if record else "") / _COPY
    if record is None or not record.evidence or not copy.is_file():
        raise UsageError(
            f"{planned.id} was not played in that run, or its evidence is gone", "play it: pytest --scenario"
        )
    if hashlib.sha256(copy.read_bytes()).hexdigest() != planned.digest:
        raise UsageError(
            f"{copy} is not the file that the run was planned with", "it was changed during the run, or since"
        )
    return copy


def since(planned: PlannedScenario, root: Path) -> str:
    """What has become of the scenario's file since."""
    file = root / planned.file
    if not file.is_file():
        return f"{planned.file} is gone since"
    changed = hashlib.sha256(file.read_bytes()).hexdigest() != planned.digest
    return f"{planned.file} has CHANGED since: the recorded one is played" if changed else f"{planned.file} is the same"


def prepare(report: Report, planned: PlannedScenario, recorded: Path, place: Path) -> list[str]:
    """Lay out the recorded scenario and profile in a directory; returns the arguments for pytest."""
    area = place / "scenarios" / (planned.area or "replayed")
    area.mkdir(parents=True)
    shutil.copyfile(recorded, area / f"{planned.id}.yaml")
    mesh = place / f"{report.header.mesh.get('name', 'mesh')}.yaml"
    mesh.write_text(yaml.safe_dump(report.header.mesh, sort_keys=False), encoding="utf-8")
    header = report.header
    given = [f"{_OPTIONS[name]}={value}" for name, value in header.options.items() if name in _OPTIONS]
    strict = ["--features=strict"] if header.options.get("features_strict") else []
    secrets = [f"--image-pull-secret={name}" for name in header.options.get("image_pull_secrets", ())]
    where = [f"--mesh={mesh}", f"--scenarios={place / 'scenarios'}"]
    return [*where, f"--seed={header.seed}", *given, *secrets, *strict]


def applied(manifests: Path) -> list[Any]:
    """The objects in a file of evidence, apart from whose run they belong to."""
    try:
        objects = list(yaml.safe_load_all(manifests.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError):
        return []
    for obj in objects:
        labels = ((obj or {}).get("metadata") or {}).get("labels") or {}
        labels.pop(_RUN_LABEL, None)
    return objects


def _say(text: str) -> None:
    sys.stdout.write(f"gamma replay: {text}\n")
    sys.stdout.flush()
