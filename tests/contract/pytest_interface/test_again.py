"""Playing again: repeatedly, what failed, and in parts."""

from __future__ import annotations

import pytest

from harness.evidence import load
from harness.evidence.model import Verdict

WORKERS = pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])


def test_repetitions_count_with_their_worst_verdict(run):
    done = run("--repeat", "3", script={"bravo": "pass,fail,pass", "charlie": "error,pass,pass"})
    assert done.status == 1, done.output
    assert done.played.count("bravo") == 3
    report = load(done.directory)
    assert report.header.repeat == 3
    found = {check.id: check for check in report.checks}
    assert (found["bravo/served"].verdict, found["bravo/served"].repetitions) == (Verdict.FAIL, {"fail": 1, "pass": 2})
    assert "1 fail, 2 pass of 3 times" in done.output
    assert {check.verdict for check in report.checks if check.scenario == "alpha"} == {Verdict.PASS}
    assert done.last_line.startswith("5 checks: 3 pass, 1 fail, 1 error")


@WORKERS
def test_what_failed_in_an_earlier_run_is_played_again(run, workers):
    first = run(*workers, script={"bravo": "fail", "delta": "error", "charlie": "skip"})
    first.directory.rename(first.directory.with_name("first"))
    again = run(f"--failed-in={first.directory.with_name('first')}", *workers)
    assert (again.status, again.played) == (0, ["bravo", "delta"]), again.output
    again.directory.rename(again.directory.with_name("second"))
    nothing = run(f"--failed-in={first.directory.with_name('second')}", *workers)
    assert nothing.status == 5, nothing.output


def test_shards_together_are_the_whole(run):
    played = []
    for index in ("1/2", "2/2"):
        done = run("--shard", index)
        assert done.status == 0, done.output
        assert load(done.directory).header.shard == index
        played += done.played
        done.directory.rename(done.directory.with_name(f"shard-{index[0]}"))
    assert sorted(played) == ["alpha", "bravo", "charlie", "delta"]


@pytest.mark.parametrize(
    "options", [["--shard", "0/2"], ["--shard", "3/2"], ["--shard", "half"], ["--repeat", "0"], ["--failed-in=nowhere"]]
)
def test_values_that_mean_nothing_are_usage_errors(run, options):
    done = run(*options)
    assert done.status == 4, done.output
    assert done.log == []


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--keep", "--repeat", "2"], "--keep goes with one repetition"),
        (["--pause-on-failure", "-n", "2"], "--pause-on-failure goes without workers"),
        (["--pause-on-failure"], "--pause-on-failure needs a terminal"),
    ],
)
def test_options_that_do_not_go_together_are_usage_errors(run, options, why):
    done = run(*options)
    assert done.status == 4, done.output
    assert why in done.output
