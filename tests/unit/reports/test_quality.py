"""Figures beside conformance, summed up over a run."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from harness.evidence import load
from harness.evidence.lines import decode
from harness.evidence.model import Propagation, Quality
from harness.evidence.writer import ReportWriter
from reports import html, markdown, quality, terminal
from tests.evidence_samples import check, header, scenario_record

STREAM = {
    "stream_sent": 900,
    "stream_lost": 3,
    "stream_returns": 1,
    "stream_reopened": 4,
    "stream_overlap_s": 0.25,
}
CHECKS = (check("passes"), check("stays", scenario="other", id="other/stays"))


def changed(change, *seconds):
    return tuple(Propagation(change=change, step=4, seconds=one) for one in seconds)


def report(tmp_path, first: Quality, second: Quality, **measurements):
    writer = ReportWriter(tmp_path / "report.jsonl", header(CHECKS))
    writer.add(scenario_record(quality=first, measurements=measurements), CHECKS[0])
    writer.add(scenario_record("other", quality=second), CHECKS[1])
    writer.finish(0, "")
    return load(writer.path)


def test_figures_are_those_of_the_whole_run(tmp_path):
    first = Quality(propagation=changed("create", 0.1, 0.3), late=(0.002, -0.001), asked=60, repeated=2)
    second = Quality(
        propagation=(*changed("create", 0.2), Propagation(change="delete", step=9, seconds=0.05, bound=True)),
        late=(0.01,),
        asked=40,
    )
    found = report(tmp_path, first, second, **STREAM)
    assert quality.lines(found) == [
        ("propagation of create", "p50 0.200 s, p95 0.300 s, max 0.300 s (3 changes)"),
        (
            "propagation of delete",
            "p50 0.050 s, p95 0.050 s, max 0.050 s (1 change, 1 in force when first asked: at most so long)",
        ),
        ("requests lost during changes", "3 of 900"),
        ("returns to an earlier outcome", "1"),
        ("sent again, as their connection was closed", "4"),
        ("old and new side by side", "max 0.250 s"),
        ("timeouts fire late by", "p50 0.002 s, p95 0.010 s, max 0.010 s, 0.001 s early at most (3 timeouts)"),
        ("requests retried unasked", "2 of 100 that backends journalled"),
    ]
    for page in (terminal.summary(found), markdown.render(found), html.render(found)):
        assert quality.HEADING in page
        assert "3 of 900" in page


def test_what_was_not_measured_is_not_told(tmp_path):
    found = report(tmp_path, Quality(), Quality())
    assert quality.lines(found) == []
    assert quality.HEADING not in terminal.summary(found) + markdown.render(found) + html.render(found)


def test_a_record_of_an_older_run_measured_nothing():
    record = json.loads(scenario_record().model_dump_json())
    del record["quality"]
    assert decode(json.dumps(record)).quality == Quality()


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_a_value_that_the_share_does_not_exceed(values, share):
    found = quality.percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values)
