"""JUnit files validate, and nothing that was not proven looks green in them."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.evidence import load
from harness.evidence.model import Verdict
from harness.evidence.writer import ReportWriter
from reports import junit
from tests.evidence_samples import ONE_OF_EACH, check, header, write_report

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))
HOSTILE = "a\x1b[31m]]><script>&amp;\"'\x00\u202e\ufffe\U0001f600\r\n\tend"


def rendered(directory: Path, *checks, **options) -> ET.Element:
    text = junit.render(load(write_report(directory, *([checks] if checks else []), **options), allow_incomplete=True))
    SCHEMA.validate(text)
    return ET.fromstring(text)


def test_every_verdict_has_its_element(tmp_path):
    suite = rendered(tmp_path).find("testsuite")
    found = {case.get("name"): [child.tag for child in case] for case in suite.iter("testcase")}
    assert found == {
        "passes": [],
        "falls-through": ["failure"],
        "deviates": ["system-out"],
        "is-observed": ["system-out"],
        "errs": ["error"],
        "skips": ["skipped"],
        "is-not-run": ["error"],
    }
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "7",
        "failures": "1",
        "errors": "2",
        "skipped": "1",
    }


def test_no_verdict_is_forgotten(tmp_path):
    told = {Verdict.PASS, *junit._ELEMENTS, *junit._WITH_TEXT}
    assert told == set(Verdict)


def test_deviations_and_observations_are_properties_of_their_suite(tmp_path):
    properties = [(each.get("name"), each.get("value")) for each in rendered(tmp_path).iter("property")]
    assert ("deviation", "unmatched/deviates: fired 300 ms late") in properties
    assert ("observed", "unmatched/is-observed: group: core attached the route") in properties


def test_a_check_without_record_is_an_error(tmp_path):
    writer = ReportWriter(tmp_path / "report.jsonl", header())
    writer.add(ONE_OF_EACH[0])
    writer.finish(2, "interrupted")
    text = junit.render(load(tmp_path, allow_incomplete=True))
    SCHEMA.validate(text)
    root = ET.fromstring(text)
    assert root.get("errors") == "6"
    assert {error.get("type") for error in root.iter("error")} == {"no-record"}
    assert next(root.iter("error")).get("message") == "the run is incomplete: interrupted"


RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@RELAXED
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"])), verdict=st.sampled_from(Verdict))
def test_any_text_gives_valid_xml(tmp_path_factory, text, verdict):
    record = check("hostile", verdict, reason=text, likely=text, step_text=text, request=text)
    root = rendered(tmp_path_factory.mktemp("any"), record)
    assert len(list(root.iter("testcase"))) == 1


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.DEVIATION, Verdict.SKIP])
def test_control_characters_are_written_out(tmp_path, verdict):
    text = ET.tostring(rendered(tmp_path, check("hostile", verdict, reason=HOSTILE)), encoding="unicode")
    assert r"\x1b[31m" in text
    assert r"\u202e" in text
    assert "\x1b" not in text
