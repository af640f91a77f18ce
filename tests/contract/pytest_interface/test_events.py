"""The stream of a run is its report while it is being written, and nothing else."""

from __future__ import annotations

import json
import subprocess

import pytest
from jsonschema import Draft202012Validator

from harness.evidence.schema import schema


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "with workers"])
def test_standard_output_carries_the_records_and_nothing_else(run, workers):
    process = run.start("--events", "-", *workers, errors=subprocess.PIPE)
    told, beside = process.communicate(timeout=90)
    assert process.returncode == 0, beside
    assert told == (run.reports / "report.jsonl").read_text()
    valid = Draft202012Validator(schema())
    records = [json.loads(line) for line in told.splitlines()]
    assert all(valid.is_valid(record) for record in records)
    assert [records[0]["record"], records[-1]["record"]] == ["header", "footer"]
    assert "conformance" in beside
    assert beside.rstrip().splitlines()[-1].endswith("s)")


def test_a_file_gets_the_same_lines(run, tmp_path):
    done = run(f"--events={tmp_path / 'events.jsonl'}")
    assert done.status == 0
    assert "conformance" in done.output
    assert (tmp_path / "events.jsonl").read_bytes() == (done.directory / "report.jsonl").read_bytes()


def test_the_stream_is_read_while_the_run_goes_on(run):
    process = run.start("--events=-", script={"alpha": "wait"}, errors=subprocess.PIPE)
    assert json.loads(process.stdout.readline())["record"] == "header"
    assert process.poll() is None
    assert not (run.reports / "report.html").exists()
    process.kill()
    process.communicate()


def test_a_reader_that_goes_away_does_not_end_the_run(run):
    process = run.start("--events=-", errors=subprocess.PIPE)
    process.stdout.close()
    with process.stderr:
        beside = process.stderr.read()
    assert process.wait(timeout=90) == 0, beside
    assert "the report is written all the same" in beside
    assert (run.reports / "report.html").exists()


def test_a_stream_that_cannot_be_written_is_refused(run, tmp_path):
    done = run(f"--events={tmp_path}")
    assert done.status == 4
    assert f"--events {tmp_path}: Is a directory" in done.output
