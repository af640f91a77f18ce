"""The text of each verdict, compared with the files in `snapshots`: a change of wording is a change to review.

``GAMMA_WRITE_SNAPSHOTS=1 pytest tests/unit/reports`` writes them anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from harness.evidence import load
from harness.evidence.model import Kind, Verdict
from harness.evidence.writer import ReportWriter
from reports import terminal
from reports.text import visible
from tests.evidence_samples import FAILED, ONE_OF_EACH, check, header, outcome, sample, scenario_record, write_report

SNAPSHOTS = Path(__file__).with_name("snapshots")
LEAKED = check(
    "leaks",
    Verdict.FAIL,
    kind=Kind.LEAKED,
    reason="the answer was 404, but a backend was reached",
    observed=(
        outcome("other", 40, by_client={"consumer": 30, "consumer/client-b": 10}),
        outcome("rejected", 22, description="404, no backend", sample=None),
    ),
)
NEVER = check(
    "never-arrives",
    Verdict.FAIL,
    kind=Kind.NEVER_CONVERGED,
    reason='await of "matched" (routed) did not arrive within 30 s',
    step=4,
    step_text="await matched: routed",
    observed=(
        outcome(
            "other",
            412,
            description="503, no backend",
            sample=sample(status=503, backend=None, summary="503 from \x1b[31menvoy\x1b[0m", backend_hits=0),
        ),
    ),
)


def compare(name: str, text: str) -> None:
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("GAMMA_WRITE_SNAPSHOTS"):
        path.write_text(text + "\n")
    assert text + "\n" == path.read_text()


@pytest.mark.parametrize("record", [*ONE_OF_EACH, LEAKED, NEVER], ids=lambda record: record.check)
def test_each_verdict_is_told_in_its_blocks(record):
    compare(record.check, terminal.result(record))


def test_the_summary_ends_in_the_totals(tmp_path):
    report = load(write_report(tmp_path))
    text = terminal.summary(report, ["runs/x/report.jsonl", "runs/x/report.html"])
    compare("summary", text.replace(f"{report.footer.duration:.1f}s", "0.0s").replace(str(tmp_path), "runs/x"))
    assert text.splitlines()[-1].startswith("7 checks: 1 pass, 1 fail")


def test_evidence_is_named_so_that_it_is_found_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "  evidence   runs/x/evidence/unmatched" in terminal.summary(load(write_report(tmp_path / "runs" / "x")))
    assert terminal.shown(Path("/elsewhere")) == Path("/elsewhere")


def test_only_chosen_verdicts_are_told_in_blocks(tmp_path):
    report = load(write_report(tmp_path))
    text = terminal.summary(report, told=(Verdict.DEVIATION,))
    assert "DEVIATION unmatched/deviates" in text
    assert "FAIL unmatched/falls-through" not in text


def test_one_cause_is_told_once_for_all_its_checks(tmp_path):
    checks = tuple(check(f"c{number}", Verdict.NOT_RUN, reason="stamp unavailable") for number in range(4))
    text = terminal.summary(load(write_report(tmp_path, checks)))
    assert text.count("stamp unavailable") == 1
    assert all(record.id in text for record in checks)


def test_problems_of_the_harness_are_shown(tmp_path):
    writer = ReportWriter(tmp_path / "report.jsonl", header())
    writer.add(scenario_record(problems=("Traceback:\n  boom",)), *ONE_OF_EACH)
    writer.finish(1)
    assert "Problems of the harness:\n  unmatched:\n    Traceback:\n      boom\n" in terminal.summary(load(tmp_path))


def test_lines_keep_to_the_width_unless_they_must_stay_whole():
    whole = ("kubectl", "from consumer", "://")
    for line in terminal.result(FAILED, width=72).splitlines():
        assert len(line) <= 72 or any(word in line for word in whole), line


def test_no_control_character_reaches_the_terminal():
    hostile = "".join(map(chr, [*range(32), *range(127, 160), 0x202E, 0x2066, 0x200B, 0xFEFF, 0x2028]))
    record = check(
        "hostile",
        Verdict.FAIL,
        reason=hostile,
        likely=hostile,
        expected=hostile,
        request=hostile,
        step_text=hostile,
        reproduce=(hostile,),
        observed=(
            outcome(hostile, description=hostile, sample=sample(summary=hostile, headers=((hostile, hostile),))),
        ),
    )
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066\u200b\ufeff\u2028]", terminal.result(record))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ä 漢 😀", "plain ä 漢 😀"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\udc80", r"\udc80"),
        (r"C:\new", r"C:\new"),
    ],
)
def test_invisible_characters_are_written_out(text, shown):
    assert visible(text) == shown
