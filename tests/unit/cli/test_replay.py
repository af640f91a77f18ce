"""What is played when a scenario of a run is replayed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml

from cli import main as gamma
from cli import replay
from harness import mesh_profile
from harness.evidence import FILE, ReportWriter
from harness.evidence.model import Header, PlannedCheck, PlannedScenario, ScenarioRecord
from tests.evidence_samples import check

TEXT = "scenario: unmatched\n"


def write(directory: Path, *, digest: str = "", mesh: str = "lab", **options) -> Path:
    """A run of one scenario, with its evidence."""
    planned = PlannedScenario(
        id="unmatched",
        area="attachment",
        title="t",
        file="scenarios/attachment/unmatched.yaml",
        digest=digest or hashlib.sha256(TEXT.encode()).hexdigest(),
        support="core",
        checks=(PlannedCheck(id="unmatched/unmatched-rejected", line=1, proves=()),),
    )
    header = Header(
        run="r1",
        suite_version="0",
        started="2026-01-02T03:04:05",
        seed=7,
        mesh=mesh_profile.load(mesh).model_dump(mode="json"),
        options={
            "namespace_prefix": "x-",
            "time_scale": 2.0,
            "lab_defect": "timeout-ignored",
            "strict": False,
            **options,
        },
        scenarios=(planned,),
    )
    writer = ReportWriter(directory / FILE, header)
    writer.add(
        ScenarioRecord(id="unmatched", started="2026-01-02T03:04:05", duration=1.0, evidence="evidence/unmatched"),
        check(proves=()),
    )
    writer.finish(0)
    evidence = directory / "evidence" / "unmatched"
    evidence.mkdir(parents=True)
    (evidence / "scenario.yaml").write_text(TEXT)
    return directory


@pytest.mark.parametrize("name", ["unmatched", "unmatched/unmatched-rejected"])
def test_a_scenario_is_named_by_its_run_with_or_without_a_check(tmp_path, name):
    report, planned = replay.find(write(tmp_path / "run") / name)
    assert (report.header.run, planned.id) == ("r1", "unmatched")


def test_it_is_played_as_recorded_with_the_same_seed_and_options(tmp_path):
    report, planned = replay.find(
        write(tmp_path / "run", features_strict=True, image="m/python", image_pull_secrets=["s"]) / "unmatched"
    )
    recorded = replay._recorded(report, planned)
    place = tmp_path / "place"
    place.mkdir()
    arguments = replay.prepare(report, planned, recorded, place)
    assert set(arguments) == {
        f"--mesh={place}/lab.yaml",
        f"--scenarios={place}/scenarios",
        "--seed=7",
        "--namespace-prefix=x-",
        "--time-scale=2.0",
        "--lab-defect=timeout-ignored",
        "--image=m/python",
        "--image-pull-secret=s",
        "--features=strict",
    }
    assert (place / "scenarios/attachment/unmatched.yaml").read_text() == TEXT


@pytest.mark.parametrize("name", mesh_profile.names())
def test_every_profile_comes_back_as_it_was(tmp_path, name):
    report, planned = replay.find(write(tmp_path / "run", mesh=name) / "unmatched")
    place = tmp_path / "place"
    place.mkdir()
    replay.prepare(report, planned, replay._recorded(report, planned), place)
    assert mesh_profile.load(place / f"{name}.yaml") == mesh_profile.load(name)


@pytest.mark.parametrize("state", ["same", "changed", "gone"])
def test_what_became_of_the_file_is_said(tmp_path, state):
    _, planned = replay.find(write(tmp_path / "run") / "unmatched")
    file = tmp_path / planned.file
    file.parent.mkdir(parents=True)
    if state != "gone":
        file.write_text(TEXT if state == "same" else "scenario: other\n")
    told = replay.since(planned, tmp_path)
    assert told.startswith("scenarios/attachment/unmatched.yaml ")
    assert {"same": "is the same", "changed": "has CHANGED since", "gone": "is gone since"}[state] in told


def test_manifests_are_compared_apart_from_their_run(tmp_path):
    obj = {"kind": "Service", "metadata": {"name": "a", "labels": {"gamma.test/run": "one", "x": "y"}}}
    (tmp_path / "one").write_text(yaml.safe_dump_all([obj]))
    obj["metadata"]["labels"]["gamma.test/run"] = "two"
    (tmp_path / "two").write_text(yaml.safe_dump_all([obj]))
    obj["metadata"]["name"] = "b"
    (tmp_path / "other").write_text(yaml.safe_dump_all([obj]))
    one, two, other = (replay.applied(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two != other


def test_what_cannot_be_replayed_ends_with_4(tmp_path, capsys):
    run = write(tmp_path / "run")
    tampered = write(tmp_path / "tampered", digest="0" * 64)
    for target, why in (
        (tmp_path / "nowhere" / "unmatched", "no report is there"),
        (run / "other", "did not play other"),
        (tampered / "unmatched", "is not the file that the run was planned with"),
    ):
        assert gamma.main(["replay", str(target)]) == 4
        assert why in capsys.readouterr().err
    (run / "evidence/unmatched/scenario.yaml").unlink()
    assert gamma.main(["replay", str(run / "unmatched")]) == 4
