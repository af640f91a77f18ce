"""A mesh that one route brings to a standstill: the route is named, and the rest is not blamed."""

from __future__ import annotations

from harness.evidence import load
from harness.evidence.model import Kind, Verdict
from tests.lab.shared_lab import finished, shared_lab


def test_a_stalled_mesh_is_told_once_with_the_hazard_named(tmp_path):
    with shared_lab(tmp_path / "lab", "stalls-on-hazard") as lab:
        # By its name the hazard would come first: it is played last, and alone.
        catalogue = ("--scenario", "partially-invalid", "--scenario", "no-route", "--scenario", "section-name")
        process = lab.run(tmp_path / "run", *catalogue, "-n", "2", "--time-scale", "0.2")
        status, output = finished(process)
        assert status == 1, output
        report = load(tmp_path / "run")
        hazard = report.by_scenario["partially-invalid"]
        assert {(check.verdict, check.kind) for check in hazard} == {
            (Verdict.FAIL, Kind.STALLED),
            (Verdict.NOT_RUN, None),
        }
        assert "since partially-invalid was played (a hazard, played alone)" in hazard[0].reason
        others = [check for check in report.checks if check.scenario != "partially-invalid"]
        assert {check.verdict for check in others} == {Verdict.PASS}
        last = max(report.scenarios, key=lambda record: record.started)
        assert last.id == "partially-invalid"

        # The mesh stays as it is: forced past the preflight, a run finds that out before it judges anything.
        process = lab.run(tmp_path / "again", "--no-preflight", "--time-scale", "0.2", scenario="partially-invalid")
        status, output = finished(process)
        assert status == 3, output
        assert {check.verdict for check in load(tmp_path / "again").checks} == {Verdict.NOT_RUN}
        assert "seen before the hazard partially-invalid" in output
