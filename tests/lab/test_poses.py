"""The suite's profiles against a lab that takes in workloads as those meshes do.

Two poses by default, all of them with GAMMA_POSES=all (``tox -e poses``): each is a lab of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.evidence import load
from harness.evidence.model import Verdict
from lab.poses import POSES
from tests.lab.lab_processes import PROJECT
from tests.lab.shared_lab import prepared, shared_lab

OFTEN = ("istio-ambient", "kuma")  # waypoint, labels that come later, annotations; init container and native sidecar
SELDOM = tuple(name for name, pose in POSES.items() if name not in (*OFTEN, "lab") and not pose.absent)
IF_ALL = pytest.mark.skipif(
    os.environ.get("GAMMA_POSES") != "all",
    reason="a lab for each pose takes its time: GAMMA_POSES=all, or tox -e poses",
)


def run(directory: Path, profile: str, pose: str, *arguments: str) -> tuple[int, str]:
    options = ["--mesh", profile, "--lab-poses-as", pose, f"--report-dir={directory}", *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "CI"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-p", "no:cacheprovider"],
        cwd=PROJECT,
        env={**environment, "COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def smoke_succeeds(directory: Path, name: str) -> None:
    status, output = run(directory, name, name, "-m", "smoke", "-n", "3")
    assert status == 0, output
    verdicts = {check.verdict for check in load(directory).checks}
    assert Verdict.PASS in verdicts
    assert verdicts <= {Verdict.PASS, Verdict.OBSERVED, Verdict.SKIP}


@pytest.mark.parametrize("name", OFTEN)
def test_a_smoke_selection_succeeds(tmp_path, name):
    smoke_succeeds(tmp_path / "run", name)


@IF_ALL
@pytest.mark.parametrize("name", SELDOM)
def test_a_smoke_selection_succeeds_on_the_others(tmp_path, name):
    smoke_succeeds(tmp_path / "run", name)


# What the namespaces lack, and what shows at the pods: sign and, for those that are none of the pods', nothing.
WITHHELD = {
    "lab": ("labels", "gamma-lab/mesh=enabled", ""),
    "istio-sidecar": ("labels", "istio-injection=enabled", "istio-proxy"),
    "istio-ambient": ("labels", "istio.io/dataplane-mode=ambient", "ambient.istio.io/redirection"),
    "linkerd": ("annotations", "linkerd.io/inject=enabled", "linkerd-proxy"),
    "kuma": ("labels", "kuma.io/sidecar-injection=enabled", "kuma-sidecar"),
    "google-csm": ("labels", "mesh.cloud.google.com/csm-injection=sidecar", ""),
}


def test_every_mesh_that_enrols_is_tried_without():
    enrolling = {name for name in POSES if POSES[name].enrolment}
    assert enrolling == set(WITHHELD)


@pytest.mark.parametrize("name", [name if name == "kuma" else pytest.param(name, marks=IF_ALL) for name in WITHHELD])
def test_with_the_enrolment_withheld_the_preflight_names_what_is_missing(tmp_path, name):
    part, wanted, sign = WITHHELD[name]
    with shared_lab(tmp_path / "lab", pose=name) as lab:
        prepared(lab, "bare-", name, lambda metadata: metadata.get(part, {}).pop(wanted.partition("=")[0], None))
        status, output = lab.gamma("preflight", "--mesh", name, "--namespace-prefix", "bare-", "--time-scale", "0.2")
    assert status == 3, output
    assert f"bare-producer lacks {wanted}" in output
    assert sign in output


def test_pods_that_were_not_taken_in_are_named_with_what_they_lack(tmp_path):
    status, output = run(tmp_path / "run", "linkerd", "istio-sidecar", "--scenario", "consumer-timeout")
    assert status == 3, output
    assert "linkerd-proxy" in output
    assert "the annotation linkerd.io/inject=enabled" in output


@IF_ALL
@pytest.mark.parametrize("pose", ["istio-sidecar", "istio-ambient", "none"])
def test_without_enrolment_nothing_is_governed(tmp_path, pose):
    chosen = ("--scenario", "consumer-timeout", "--scenario", "paths", "-n", "2", "--time-scale", "0.2")
    status, output = run(tmp_path / "run", "generic", pose, *chosen)
    assert status in (1, 3), output
    if (tmp_path / "run" / "report.jsonl").exists():
        checks = load(tmp_path / "run", allow_incomplete=True).checks
        assert Verdict.PASS not in {check.verdict for check in checks}


@IF_ALL
def test_conditions_that_no_routed_service_gets_are_named(tmp_path):
    _status, output = run(tmp_path / "run", "cilium", "generic", "--scenario", "no-route")
    lines = {line.check: line for line in load(tmp_path / "run").header.preflight}
    assert lines["mesh"].grade == "warn", output
    assert "condition gamma.cilium.io/GammaRoutesAttached is missing" in lines["mesh"].text
