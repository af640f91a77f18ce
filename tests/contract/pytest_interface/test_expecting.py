"""Known failures, by expectations and by an earlier run: what fails a run, and what reports say."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from harness.evidence import load
from harness.evidence.model import Verdict

WORKERS = pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])
MESH = "--mesh=./tests/contract/pytest_interface/versioned.yaml"
ISSUE = "https://example.org/issues/7"
REASON = "routes are merged by this mesh"


def entry(checks="alpha/*", outcome="other", **more: str) -> str:
    fields = {"checks": checks, "outcome": outcome, "reason": REASON, "issue": ISSUE, **more}
    return "  - " + "\n    ".join(f'{key}: "{value}"' for key, value in fields.items()) + "\n"


@pytest.fixture
def expecting(tmp_path, run):
    """Plays with these entries on a mesh of version 1.21.3."""

    def play(*entries: str, script=None, options=()):
        file = tmp_path / "known.yaml"
        file.write_text("expectations:\n" + "".join(entries))
        return run(MESH, f"--expectations={file}", *options, script=script)

    return play


def counts(done) -> dict[str, int]:
    return {verdict.value: number for verdict, number in load(done.directory).counts.items()}


def record(done, name):
    return next(check for check in load(done.directory).checks if check.id == name)


@WORKERS
def test_an_expected_failure_does_not_fail_the_run(expecting, workers):
    done = expecting(entry(), script={"alpha": "fail:other"}, options=workers)
    assert done.status == 0, done.output
    assert counts(done) == {"pass": 3, "xfail": 2}
    found = record(done, "alpha/served")
    assert (found.verdict, found.kind, found.wrong) == (Verdict.XFAIL, "wrong", ("other",))
    assert found.expectation.reason == REASON
    assert found.expectation.place.endswith("known.yaml:2")
    assert done.last_line.startswith("5 checks: 3 pass, 2 xfail")
    assert f"{REASON} ({ISSUE})" in done.output
    for file in ("report.md", "report.html", "junit.xml"):
        text = (done.directory / file).read_text()
        assert REASON in text, file
        assert "issues/7" in text, file
    junit = ET.parse(done.directory / "junit.xml").getroot()
    assert junit.get("failures") == "0"
    assert [one.get("message") for one in junit.iter("skipped")] == [f"{REASON} ({ISSUE})"] * 2


def test_a_pass_that_was_expected_to_fail_fails_the_run(expecting):
    done = expecting(entry(), script={"alpha/everywhere": "fail:other"})
    assert done.status == 1, done.output
    assert counts(done) == {"pass": 3, "xfail": 1, "xpass": 1}
    assert "XPASS alpha/served" in done.output
    assert REASON in done.output
    assert ET.parse(done.directory / "junit.xml").getroot().get("failures") == "1"


def test_another_failure_than_the_expected_one_fails_the_run(expecting):
    done = expecting(entry(outcome="silent"), script={"alpha": "fail:other"})
    assert done.status == 1, done.output
    assert counts(done) == {"pass": 3, "fail": 2}
    assert "fails otherwise than expected (silent)" in record(done, "alpha/served").reason
    assert "to fail: silent" in done.output


def test_an_error_is_no_expected_failure(expecting):
    done = expecting(entry(), script={"alpha": "error"})
    assert done.status == 3, done.output
    assert counts(done) == {"pass": 3, "error": 2}


def test_a_dead_entry_is_refused_before_anything_starts(expecting):
    done = expecting(entry("gone/*"))
    assert done.status == 4, done.output
    assert "known.yaml:2: dead entry: 'gone/*'" in done.output
    assert done.log == []


def test_a_stale_entry_fails_the_run(expecting):
    done = expecting(entry(), script={"alpha": "skip"})
    assert done.status == 1, done.output
    assert "stale entry" in done.output
    assert "scripted to end in" in done.output
    for file in ("report.md", "report.html", "junit.xml"):
        assert "stale entry" in (done.directory / file).read_text(), file


def test_an_entry_of_which_nothing_is_selected_is_not_looked_at(expecting):
    done = expecting(entry(), options=["--scenario=bravo"])
    assert done.status == 0, done.output


def test_a_deviation_of_another_kind_fails_the_run(expecting):
    done = expecting(entry(outcome="silent"), script={"alpha": "deviation:other"})
    assert done.status == 1, done.output
    assert "Expectations that do not hold" in done.output


@pytest.mark.parametrize(("versions", "status"), [(">=1.20,<1.22", 0), (">=1.22", 1)])
def test_entries_are_about_versions(expecting, versions, status):
    done = expecting(entry(versions=versions), script={"alpha": "fail:other"})
    assert done.status == status, done.output


def test_the_file_beside_the_profile_counts_by_itself(tmp_path, run):
    (tmp_path / "mine.yaml").write_text("name: mine\n")
    (tmp_path / "mine.expectations.yaml").write_text("expectations:\n" + entry() + entry("not-in-this-catalogue/*"))
    done = run(f"--mesh={tmp_path / 'mine.yaml'}", script={"alpha": "fail:other"})
    assert done.status == 0, done.output
    assert counts(done) == {"pass": 3, "xfail": 2}


@WORKERS
def test_a_baseline_leaves_the_regressions(tmp_path, run, workers):
    run(script={"alpha": "fail:other", "delta": "skip"})
    (tmp_path / "reports").rename(tmp_path / "old")
    script = {"alpha": "fail:silent", "bravo": "fail:other", "delta": "fail"}
    done = run(f"--baseline={tmp_path / 'old' / 'report.jsonl'}", *workers, script=script)
    assert done.status == 1, done.output
    assert counts(done) == {"pass": 1, "fail": 2, "xfail": 2}
    assert "known from baseline" in done.output
    assert "regression: pass in baseline" in done.output
    assert "new: skip in baseline" in done.output


def test_what_failed_before_does_not_fail_the_run(tmp_path, run):
    run(script={"alpha": "fail"})
    (tmp_path / "reports").rename(tmp_path / "old")
    done = run(f"--baseline={tmp_path / 'old'}", script={"alpha": "fail"})
    assert done.status == 0, done.output
    report = load(done.directory)
    assert report.header.baseline == load(tmp_path / "old").header.run
    assert report.by_scenario["alpha"][0].baseline.result == "known"


@pytest.mark.parametrize("spoil", ["missing", "cut"])
def test_a_baseline_must_be_whole(tmp_path, run, spoil):
    old = tmp_path / "old.jsonl"
    if spoil == "cut":
        run()
        lines = (tmp_path / "reports" / "report.jsonl").read_text().splitlines(keepends=True)
        (tmp_path / "reports").rename(tmp_path / "whole")
        old.write_text("".join(lines[:-1]))
    done = run(f"--baseline={old}")
    assert done.status == 4, done.output
    assert "--baseline" in done.output
    assert done.log == []
