"""Badges count; they show nothing greener than the run was."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from harness.evidence import load
from harness.evidence.model import Verdict
from reports import badge
from tests.evidence_samples import check, write_report


def made(directory, *verdicts: Verdict, **options):
    checks = tuple(check(f"c{number}", verdict) for number, verdict in enumerate(verdicts))
    return load(write_report(directory, checks, **{"cluster": {}, **options}), allow_incomplete=True)


@pytest.mark.parametrize(
    ("verdicts", "message", "colour"),
    [
        ([Verdict.PASS, Verdict.OBSERVED, Verdict.SKIP], "1 passed", "brightgreen"),
        ([Verdict.PASS, Verdict.DEVIATION], "1 deviation, 1 passed", "yellow"),
        ([Verdict.PASS, Verdict.XFAIL, Verdict.DEVIATION], "1 known to fail, 1 passed", "orange"),
        ([Verdict.PASS, Verdict.ERROR, Verdict.NOT_RUN, Verdict.XFAIL], "2 not judged, 1 passed", "lightgrey"),
        ([Verdict.PASS, Verdict.FAIL, Verdict.ERROR], "1 failed, 1 passed", "red"),
        ([Verdict.PASS, Verdict.XPASS], "1 failed, 1 passed", "red"),
        ([Verdict.SKIP], "0 passed", "lightgrey"),
    ],
)
def test_the_worst_comes_first(tmp_path, verdicts, message, colour):
    report = made(tmp_path, *verdicts)
    assert badge.told(report) == (message, colour)
    assert json.loads(badge.endpoint(report)) == {
        "schemaVersion": 1,
        "label": "GAMMA",
        "message": message,
        "color": colour,
    }
    root = ET.fromstring(badge.render(report))
    assert "".join(root.itertext()).endswith(message)
    assert root.get("aria-label") == f"GAMMA: {message}"


def test_an_interrupted_run_is_not_green(tmp_path):
    assert badge.told(made(tmp_path, Verdict.PASS, why_incomplete="killed")) == ("incomplete run", "lightgrey")


def test_the_version_of_the_api_is_named(tmp_path):
    report = made(tmp_path, Verdict.PASS, cluster={"gateway_api": {"version": "v1.6.1"}})
    assert badge.label(report) == "GAMMA v1.6.1"


def test_the_svg_refers_to_nothing(tmp_path):
    text = badge.render(made(tmp_path, Verdict.PASS))
    assert "href" not in text
    assert text.count("http") == 1  # the namespace
