"""The text of each verdict, compared with the files in `snapshots`: a change of wording is a change to review.

``GAMMA_WRITE_SNAPSHOTS=1 pytest tests/unit/reports`` writes them anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.evidence import load
from harness.evidence.model import Expectation, Kind, Verdict
from harness.evidence.writer import ReportWriter
from reports import terminal
from reports.blocks import meaning
from reports.text import visible
from tests.evidence_samples import (
    FAILED,
    ONE_OF_EACH,
    RECOMMENDED,
    check,
    header,
    outcome,
    sample,
    scenario_record,
    write_report,
)

SNAPSHOTS = Path(__file__).with_name("snapshots")
WITNESS = 'hold 2s, after witness "matched" (routed)'
LEAKED = check(
    "leaks",
    Verdict.FAIL,
    kind=Kind.LEAKED,
    reason="40 of 62 answers were not rejected: 40 leaked",
    observed=(
        outcome(
            "leaked",
            40,
            description="404 from the mesh, but 1 backend saw it",
            by_client={"consumer": 30, "consumer/client-b": 10},
            sample=sample(status=404, backend=None, summary="404 from the mesh, but 1 backend saw it"),
        ),
        outcome("rejected", 22, description="404 from the mesh", sample=None),
    ),
)
REGRESSED = check(
    "regresses",
    Verdict.FAIL,
    kind=Kind.REGRESSED,
    reason="21 of 62 answers were not rejected: 21 direct; right from 0.00 s to 1.31 s of the hold",
    observed=(outcome("rejected", 41, description="404 from the mesh", sample=None), outcome(count=21)),
    likely="the Service's implicit forwarding survived the route",
)
STALLED = check(
    "stalls",
    Verdict.FAIL,
    kind=Kind.STALLED,
    reason="the mesh takes in no configuration any more (seen by unmatched); in force when it last did: no-route",
    step=4,
    step_text="await matched: routed",
    observed=(outcome("direct", 412),),
)
IGNORED = check(
    "is-ignored",
    Verdict.DEVIATION,
    kind=Kind.IGNORED,
    reason="HTTPRouteRequestTimeout is not declared, and was accepted and silently ignored",
    step_text=WITNESS,
    observed=(outcome("late", 62, description="200 after 3 s"),),
    undeclared=("HTTPRouteRequestTimeout",),
    proves=(RECOMMENDED,),
)
XPASS = check(
    "passes-unexpectedly",
    Verdict.XPASS,
    reason="it passed, and was expected to fail",
    expectation=Expectation(
        place="meshes/mine.expectations.yaml:4",
        outcome=("direct",),
        reason="the Service's implicit forwarding survives a route",
        issue="https://mesh.example/issues/1201",
        versions=">=1.20,<1.22",
    ),
)
XFAIL = check(
    "fails-as-expected",
    Verdict.XFAIL,
    kind=Kind.WRONG,
    reason="62 of 62 answers were not rejected: 62 direct",
    expectation=XPASS.expectation,
    observed=(outcome(count=62),),
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


KINDS = (LEAKED, REGRESSED, STALLED, IGNORED, NEVER)


def compare(name: str, text: str) -> None:
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("GAMMA_WRITE_SNAPSHOTS"):
        path.write_text(text + "\n")
    assert text + "\n" == path.read_text()


@pytest.mark.parametrize("record", [*ONE_OF_EACH, *KINDS, XPASS, XFAIL], ids=lambda record: record.check)
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


def test_every_kind_of_failure_has_a_snapshot_and_a_meaning():
    told = {record.kind for record in (*ONE_OF_EACH, *KINDS)}
    assert told >= set(Kind)
    assert {record.kind for record in KINDS if meaning(record)} == set(Kind) - {Kind.WRONG}


HOSTILE = st.one_of(
    st.text(max_size=300),
    st.binary(max_size=300).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    st.sampled_from(["\x1b[2J\x1b]0;owned\x07", "\u202eexe.gnp", "\r\nFAIL forged/check", "\x9b31m", "\0"]),
)
_INVISIBLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE, st.integers(40, 120), st.sampled_from([1, 5000]))
def test_whatever_a_mesh_sends_is_shown_as_bounded_visible_text(one, other, width, times):
    one, other = one * times, other * times  # up to 1.5 million characters
    record = check(
        "hostile",
        Verdict.FAIL,
        kind=Kind.WRONG,
        reason=one,
        likely=other,
        observed=(
            outcome(
                "other",
                description=one,
                by_client={other: 1, one: 2},
                sample=sample(
                    summary=other, headers=((one, other),), backend_saw={"path": one, "headers": [[other, one]]}
                ),
            ),
        ),
    )
    text = terminal.result(record, width)
    assert not _INVISIBLE.search(text)
    text.encode("utf-8")
    assert len(text) < 150_000
    assert all(line.startswith(("FAIL unmatched/hostile", "  ")) for line in text.split("\n") if line)


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
