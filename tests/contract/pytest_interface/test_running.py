"""Exit statuses, reports and pytest's own behaviour, with and without workers."""

from __future__ import annotations

import pytest

from harness.evidence import Incomplete, load
from harness.evidence.model import Verdict

WORKERS = pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])
FILES = {
    "report.jsonl",
    "report.md",
    "report.html",
    "junit.xml",
    "badge.svg",
    "badge.json",
    "conformance-report.yaml",
}


def counts(done) -> dict[str, int]:
    return {verdict.value: number for verdict, number in load(done.directory).counts.items()}


@WORKERS
@pytest.mark.parametrize(
    ("script", "status", "found"),
    [
        ({}, 0, {"pass": 5}),
        ({"alpha": "fail"}, 1, {"pass": 3, "fail": 2}),
        ({"alpha": "deviation", "bravo": "observed", "delta": "skip"}, 0, None),
        ({"bravo": "error"}, 3, {"pass": 4, "error": 1}),
        ({"bravo": "not-run"}, 3, {"pass": 4, "not-run": 1}),
        ({"bravo": "raise"}, 3, {"pass": 4, "error": 1}),
        ({"alpha": "error", "charlie": "fail"}, 1, {"pass": 2, "error": 2, "fail": 1}),
        ({"alpha": "skip", "bravo": "skip", "charlie": "skip", "delta": "skip"}, 0, {"skip": 5}),
    ],
    ids=lambda value: ",".join(f"{k}={v}" for k, v in value.items()) or "all pass" if isinstance(value, dict) else None,
)
def test_the_worst_verdict_decides(run, workers, script, status, found):
    done = run(*workers, script=script)
    assert done.status == status, done.output
    report = load(done.directory)
    assert report.footer.exit_status == status
    assert found is None or counts(done) == found
    assert {path.name for path in done.directory.iterdir() if path.is_file()} == FILES
    assert all(name in done.output for name in FILES)
    assert done.last_line.startswith("5 checks: ")
    assert done.log[0] == "start"
    assert done.log[-1] == "stop"


def test_workers_change_nothing_in_the_report(tmp_path, run):
    script = {"alpha": "fail", "bravo": "skip", "charlie": "deviation"}
    alone = load(run(script=script).directory)
    (tmp_path / "reports").rename(tmp_path / "alone")
    spread = load(run("-n", "2", script=script).directory)
    assert spread.checks == alone.checks
    assert spread.counts == alone.counts
    assert spread.header.scenarios == alone.header.scenarios
    assert spread.footer.exit_status == alone.footer.exit_status
    assert {record.worker for record in alone.scenarios} == {"main"}
    assert {record.worker for record in spread.scenarios} <= {"gw0", "gw1"}


@WORKERS
@pytest.mark.parametrize(
    ("options", "script", "status", "found"),
    [
        (["--features", "-HTTPRouteRequestTimeout"], {}, 0, {"pass": 4, "skip": 1}),
        (["--features=-HTTPRouteRequestTimeout,all"], {}, 0, {"pass": 5}),
        (["--mesh=./tests/contract/pytest_interface/silent.yaml"], {"charlie": "fail"}, 0, {"pass": 4, "skip": 1}),
        (
            ["--mesh=./tests/contract/pytest_interface/silent.yaml", "--features=strict"],
            {"charlie": "fail"},
            1,
            {"pass": 4, "fail": 1},
        ),
        (["--strict"], {"bravo": "deviation"}, 1, {"pass": 4, "deviation": 1}),
        (["--features=-HTTPRoute"], {}, 4, None),
    ],
    ids=["disclaimed", "all", "undeclared", "strict-features", "strict", "core"],
)
def test_what_the_mesh_claims_decides_what_counts(run, workers, options, script, status, found):
    done = run(*workers, *options, script=script)
    assert done.status == status, done.output
    if found is not None:
        assert counts(done) == found


@WORKERS
def test_a_failure_is_told_in_blocks_and_names_the_check(run, workers):
    done = run(*workers, script={"bravo": "fail"})
    assert "FAIL bravo/served (wrong)" in done.output
    assert "refutes    attachment.no-route-default (MUST, core)" in done.output
    assert "test_attachment[bravo] [served]" in done.output
    assert done.last_line.startswith("5 checks: 4 pass, 1 fail (4 scenarios, ")


@WORKERS
def test_a_target_that_is_not_ready_fails_no_scenario(run, workers):
    done = run(*workers, script={"target": "no data plane"})
    assert done.status == 3
    assert "no data plane" in done.output
    assert "start it" in done.output
    assert done.played == []
    assert done.last_line.startswith("INCOMPLETE (the target was not ready: no data plane): 0 of 5 checks")
    assert done.log[-1] == "stop"
    with pytest.raises(Incomplete):
        load(done.directory)


@WORKERS
def test_a_target_that_is_not_meant_for_this_ends_with_a_usage_error(run, workers):
    done = run(*workers, script={"usage": "the namespace gamma-consumer exists and is not ours"})
    assert done.status == 4, done.output
    assert "the namespace gamma-consumer exists and is not ours" in done.output
    assert done.played == []
    assert done.log[-1] == "stop"


@WORKERS
def test_stopping_at_the_first_failure_leaves_an_incomplete_report(run, workers):
    done = run("-x", "-k", "alpha or bravo or charlie", *workers, script={"alpha": "fail", "bravo": "fail"})
    assert done.status == 1, done.output
    report = load(done.directory, allow_incomplete=True)
    assert report.counts[Verdict.FAIL] >= 2, "all checks of the failed scenario have a record, not only the first"
    assert report.footer.complete == (len(report.checks) == 4)


def test_a_worker_that_dies_leaves_an_incomplete_report(run):
    done = run("-n", "2", script={"bravo": "crash"})
    assert done.status == 3, done.output
    report = load(done.directory, allow_incomplete=True)
    assert not report.footer.complete
    assert "bravo" in report.footer.why_incomplete
    assert counts_of(report) == {"pass": 4}
    assert 'type="no-record"' in (done.directory / "junit.xml").read_text()
    assert done.log[-1] == "stop"


def counts_of(report) -> dict[str, int]:
    return {verdict.value: number for verdict, number in report.counts.items()}


@WORKERS
@pytest.mark.parametrize("times", [1, 3], ids=["once", "impatiently"])
def test_ctrl_c_cleans_up_and_leaves_an_incomplete_report(run, workers, times):
    process = run.start(*workers, script={"delta": "wait"})
    done = run.interrupt(process, "play delta", times=times)
    assert done.status == 2, done.output
    report = load(done.directory, allow_incomplete=True)
    assert (report.footer.complete, report.footer.exit_status) == (False, 2)
    assert report.footer.why_incomplete == "interrupted"
    assert done.log[-1] == "stop"
    assert done.last_line.startswith("INCOMPLETE (interrupted): ")
    with pytest.raises(Incomplete):
        load(done.directory)


@WORKERS
def test_last_failed_plays_what_failed_or_was_not_proven(run, workers):
    first = run(*workers, script={"bravo": "fail", "delta": "error"})
    assert first.status == 1, first.output
    first.directory.rename(first.directory.with_name("first"))
    again = run("--lf", *workers)
    assert (again.status, again.played) == (0, ["bravo", "delta"]), again.output
    assert again.last_line.startswith("2 checks: 2 pass")


def test_a_directory_that_cannot_be_made_is_a_usage_error(run, tmp_path):
    (tmp_path / "file").write_text("")
    done = run(f"--report-dir={tmp_path / 'file' / 'reports'}")
    assert done.status == 4, done.output
    assert "choose another --report-dir" in done.output
    assert done.log == []


def test_an_older_report_is_not_overwritten(run):
    assert run("-k", "alpha").status == 0
    done = run("-k", "alpha")
    assert done.status == 4
    assert "a report is there already" in done.output


def test_a_line_a_scenario_when_verbose(run):
    done = run("-v", "-k", "attachment")
    assert "suites/test_attachment.py::test_attachment[alpha] PASSED" in done.output
    assert "SUBPASSED" not in done.output
