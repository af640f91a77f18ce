"""Written reports load; everything that is not exactly what a run wrote is refused, and named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.evidence import errors, load
from harness.evidence.lines import digest, encode
from harness.evidence.model import Footer, Verdict
from harness.evidence.writer import ReportWriter
from tests.evidence_samples import ONE_OF_EACH, check, header, scenario_record, write_report


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_report(tmp_path_factory.mktemp("valid")).read_bytes()


def reseal(path: Path, change) -> Path:
    """Change the records of a file and give it a footer that fits their bytes: only its content is wrong."""
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
    change(records)
    body = b"".join(json.dumps(record).encode() + b"\n" for record in records[:-1])
    footer = Footer.model_validate(records[-1])
    footer = footer.model_copy(update={"digest": digest(body, footer)})
    path.write_bytes(body + encode(footer))
    return path


def test_a_written_report_loads_with_everything_in_it(tmp_path):
    report = load(write_report(tmp_path))
    assert report.checks == ONE_OF_EACH
    assert report.scenarios == (scenario_record(),)
    assert report.header == header()
    assert report.footer.complete
    assert report.footer.exit_status == 1
    assert report.counts == {
        Verdict.PASS: 1,
        Verdict.FAIL: 1,
        Verdict.DEVIATION: 1,
        Verdict.OBSERVED: 1,
        Verdict.ERROR: 1,
        Verdict.SKIP: 1,
        Verdict.NOT_RUN: 1,
    }
    assert report.by_area == {"attachment": ONE_OF_EACH}
    assert [record.check for record in report.by_requirement["timeouts.accuracy"]] == ["deviates"]
    assert set(report.requirements) == {"attachment.unmatched-rejected", "timeouts.accuracy"}


def test_a_directory_names_its_report(tmp_path):
    write_report(tmp_path)
    assert load(tmp_path).path == tmp_path / "report.jsonl"


def test_records_stand_in_the_order_of_the_plan_whoever_finished_first(tmp_path):
    checks = (check("a", scenario="one"), check("b", scenario="one"), check("a", scenario="two"))
    writer = ReportWriter(tmp_path / "report.jsonl", header(checks))
    writer.add(checks[2], scenario_record("two"), checks[1], checks[0], scenario_record("one"))
    writer.finish(0)
    report = load(tmp_path)
    assert report.checks == checks
    assert [record.id for record in report.scenarios] == ["one", "two"]
    assert {name: len(found) for name, found in report.by_scenario.items()} == {"one": 2, "two": 1}


def test_records_are_in_the_file_before_the_run_ends(tmp_path):
    writer = ReportWriter(tmp_path / "report.jsonl", header())
    writer.add(ONE_OF_EACH[0])
    assert len(writer.path.read_bytes().splitlines()) == 2
    writer.finish(0)


def test_an_interrupted_run_loads_only_where_that_is_allowed(tmp_path):
    path = write_report(tmp_path, why_incomplete="interrupted by Ctrl-C")
    with pytest.raises(errors.Incomplete, match="interrupted by Ctrl-C"):
        load(path)
    assert load(path, allow_incomplete=True).footer.why_incomplete == "interrupted by Ctrl-C"


def test_a_run_that_lacks_records_is_incomplete_whatever_its_caller_says(tmp_path):
    writer = ReportWriter(tmp_path / "report.jsonl", header())
    writer.add(scenario_record(), *ONE_OF_EACH[:-1])
    assert not writer.finish(0).complete
    with pytest.raises(errors.Incomplete, match="unmatched/is-not-run"):
        load(tmp_path)


def test_the_writer_refuses_what_would_not_load(tmp_path):
    writer = ReportWriter(tmp_path / "report.jsonl", header())
    writer.add(ONE_OF_EACH[0])
    with pytest.raises(errors.DuplicateCheck):
        writer.add(ONE_OF_EACH[0])
    with pytest.raises(errors.UnknownCheck):
        writer.add(check("never-planned"))
    with pytest.raises(errors.UnknownCheck):
        writer.add(scenario_record("unmatched/passes"))
    writer.finish(0)


def test_an_older_report_is_never_overwritten(tmp_path):
    write_report(tmp_path)
    with pytest.raises(FileExistsError):
        write_report(tmp_path)


def spoil_header(records):
    records[0]["format"] = 99


def spoil_kind(records):
    records[0]["record"] = "prologue"


def forget_check(records):
    del records[2]
    records[-1]["counts"].pop("pass")


def forget_scenario(records):
    del records[1]


def repeat_check(records):
    records.insert(3, records[2])
    records[-1]["counts"]["pass"] = 2


def repeat_scenario(records):
    records.insert(2, records[1])


def invent_check(records):
    records.insert(3, {**records[2], "id": "unmatched/invented", "check": "invented"})
    records[-1]["counts"]["pass"] = 2


def rename_check(records):
    records[2]["check"] = "other"


def miscount(records):
    records[-1]["counts"]["pass"] = 99


def soften(records):
    records[3]["verdict"] = "pass"


def misspell(records):
    records[2]["verdict"] = "passed"


def add_field(records):
    records[2]["surprise"] = 1


def plan_twice(records):
    records[0]["scenarios"][0]["checks"].append(records[0]["scenarios"][0]["checks"][0])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (spoil_header, errors.UnknownFormat),
        (spoil_kind, errors.UnknownFormat),
        (forget_check, errors.MissingCheck),
        (forget_scenario, errors.MissingCheck),
        (repeat_check, errors.DuplicateCheck),
        (repeat_scenario, errors.DuplicateCheck),
        (plan_twice, errors.DuplicateCheck),
        (invent_check, errors.UnknownCheck),
        (rename_check, errors.UnknownCheck),
        (miscount, errors.WrongCounts),
        (soften, errors.WrongCounts),
        (misspell, errors.MalformedRecord),
        (add_field, errors.MalformedRecord),
    ],
)
def test_wrong_content_is_refused_by_name_even_under_a_fitting_digest(tmp_path, change, error):
    path = reseal(write_report(tmp_path), change)
    with pytest.raises(error) as caught:
        load(path, allow_incomplete=True)
    assert str(path) in str(caught.value)
    assert caught.value.hint in str(caught.value)
    assert caught.value.exit_status == 4


def test_empty_and_absent_files_are_told_apart(tmp_path):
    with pytest.raises(errors.ReportNotFound):
        load(tmp_path)
    with pytest.raises(errors.ReportNotFound):
        load(tmp_path / "nowhere" / "report.jsonl")
    (tmp_path / "report.jsonl").write_bytes(b"\n")
    with pytest.raises(errors.EmptyReport):
        load(tmp_path)


def test_other_files_are_not_taken_for_reports(tmp_path):
    path = tmp_path / "report.jsonl"
    path.write_text('{"record": "check"}\n')
    with pytest.raises(errors.UnknownFormat):
        load(path)
    path.write_text("not json at all")
    with pytest.raises(errors.MalformedRecord):
        load(path)


def test_a_missing_footer_is_named(valid, tmp_path):
    path = tmp_path / "report.jsonl"
    path.write_bytes(b"".join(valid.splitlines(keepends=True)[:-1]))
    with pytest.raises(errors.MissingFooter):
        load(path)


def test_a_missing_last_newline_is_a_cut(valid, tmp_path):
    path = tmp_path / "report.jsonl"
    path.write_bytes(valid[:-1])
    with pytest.raises(errors.MissingFooter):
        load(path)


def test_a_changed_verdict_breaks_the_digest(valid, tmp_path):
    path = tmp_path / "report.jsonl"
    path.write_bytes(valid.replace(b'"verdict":"fail"', b'"verdict":"pass"'))
    with pytest.raises(errors.DigestMismatch):
        load(path)


def test_a_changed_footer_breaks_the_digest(valid, tmp_path):
    path = tmp_path / "report.jsonl"
    path.write_bytes(valid.replace(b'"exit_status":1', b'"exit_status":0'))
    with pytest.raises(errors.DigestMismatch):
        load(path)


RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)


@RELAXED
@given(data=st.data())
def test_any_truncation_is_refused(valid, tmp_path, data):
    path = tmp_path / "report.jsonl"
    path.write_bytes(valid[: data.draw(st.integers(0, len(valid) - 1))])
    with pytest.raises(errors.ReportError):
        load(path, allow_incomplete=True)


@RELAXED
@given(data=st.data())
def test_any_changed_byte_is_refused(valid, tmp_path, data):
    at = data.draw(st.integers(0, len(valid) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != valid[at]))
    path = tmp_path / "report.jsonl"
    path.write_bytes(valid[:at] + bytes([byte]) + valid[at + 1 :])
    with pytest.raises(errors.ReportError):
        load(path, allow_incomplete=True)


@RELAXED
@given(data=st.data())
def test_any_lost_repeated_or_moved_line_is_refused(valid, tmp_path, data):
    lines = valid.splitlines(keepends=True)
    order = data.draw(st.lists(st.sampled_from(range(len(lines))), max_size=len(lines) + 2))
    path = tmp_path / "report.jsonl"
    changed = b"".join(lines[place] for place in order)
    if changed == valid:
        return
    path.write_bytes(changed)
    with pytest.raises(errors.ReportError):
        load(path, allow_incomplete=True)


def test_a_removed_record_breaks_the_digest(valid, tmp_path):
    path = tmp_path / "report.jsonl"
    lines = valid.splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], *lines[4:]]))
    with pytest.raises(errors.DigestMismatch):
        load(path)


def test_merged_reports_are_told_from_edited_ones(valid, tmp_path):
    path = tmp_path / "report.jsonl"
    path.write_bytes(valid + valid)
    with pytest.raises(errors.MergedReports, match="line 10 is another footer") as caught:
        load(path)
    assert "gamma compare" in str(caught.value)
    header_line, *rest = valid.splitlines(keepends=True)
    path.write_bytes(header_line + header_line + b"".join(rest))
    with pytest.raises(errors.MergedReports, match="line 2 is another header"):
        load(path)


def test_what_cannot_be_read_says_so(tmp_path):
    (tmp_path / "report.jsonl").mkdir()
    with pytest.raises(errors.Unreadable):
        load(tmp_path)
    (tmp_path / "deep.jsonl").write_bytes(b"[" * 200_000)
    with pytest.raises(errors.MalformedRecord):
        load(tmp_path / "deep.jsonl")


def test_bytes_that_are_no_text_do_not_stop_the_report(tmp_path):
    record = check("hostile", reason="before \udc80 after", observed=())
    found = load(write_report(tmp_path, (record,)))
    assert found.checks[0].reason == r"before \udc80 after"
