"""A lab that accepts timeouts and ignores them, under profiles that say different things of that feature."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.evidence import Report, load
from harness.evidence.model import Kind, Verdict

PROJECT = Path(__file__).resolve().parents[2]
FEATURE, DEFECT = "HTTPRouteRequestTimeout", "timeout-ignored"
ABOUT, UNRELATED = "rule-timeout", "unmatched-rejected"
IGNORED = ["rule-timeout/limited-rule-times-out", "rule-timeout/limited-on-kept-connection"]


def play(directory: Path, *options: str) -> tuple[int, Report]:
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--lab-defect", DEFECT),
            *("--scenario", ABOUT, "--scenario", UNRELATED, f"--report-dir={directory / 'run'}", *options),
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert run.returncode in (0, 1), run.stdout[-3000:] + run.stderr[-3000:]
    return run.returncode, load(directory / "run" / "report.jsonl")


@pytest.fixture
def silent(tmp_path: Path) -> str:
    """The lab's profile without a word on timeouts."""
    text = (PROJECT / "meshes" / "lab.yaml").read_text(encoding="utf-8")
    assert f"    - {FEATURE}\n" in text
    profile = tmp_path / "silent.yaml"
    profile.write_text(text.replace(f"    - {FEATURE}\n", ""), encoding="utf-8")
    return f"--mesh={profile}"


def test_disclaimed_exactly_its_scenarios_are_skipped_and_nothing_fails(tmp_path: Path) -> None:
    status, report = play(tmp_path, "--features", f"-{FEATURE}")
    assert status == 0
    assert {check.reason for check in report.by_scenario[ABOUT]} == {f"the mesh disclaims {FEATURE}"}
    assert {check.verdict for check in report.by_scenario[ABOUT]} == {Verdict.SKIP}
    assert {check.verdict for check in report.by_scenario[UNRELATED]} == {Verdict.PASS}


def test_undeclared_it_is_seen_to_be_accepted_and_silently_ignored(tmp_path: Path, silent: str) -> None:
    status, report = play(tmp_path, silent)
    assert status == 0
    checks = report.with_verdict(Verdict.DEVIATION)
    assert [check.id for check in checks] == IGNORED
    for check in checks:
        assert (check.kind, check.undeclared) == (Kind.IGNORED, (FEATURE,))
        assert check.reason.startswith(f"accepted and silently ignored, not declared: {FEATURE}; ")
    assert not report.with_verdict(Verdict.FAIL, Verdict.SKIP)


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        (("--features=strict",), Verdict.FAIL),
        ((f"--features={FEATURE}",), Verdict.FAIL),
        (("--strict",), Verdict.DEVIATION),
    ],
    ids=["strict-features", "claimed", "strict"],
)
def test_options_make_it_count(tmp_path: Path, silent: str, options: tuple[str, ...], verdict: Verdict) -> None:
    status, report = play(tmp_path, silent, *options)
    assert status == 1
    assert [check.id for check in report.with_verdict(verdict)] == IGNORED
