"""Known failures in every report: why they are expected, what was there before, which entries do not hold."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from harness.evidence import load
from harness.evidence.model import Compared, Expectation, ExpectedChecks, Kind, Verdict
from reports import html, junit, markdown, terminal
from tests.evidence_samples import check, write_report

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))
BY = Expectation(
    place="meshes/mesh.expectations.yaml:7",
    outcome=("direct", "other"),
    reason="forwarding survives a route",
    issue="https://mesh.example/issues/7",
    versions=">=1.20",
)
FAILED = {"kind": Kind.WRONG, "wrong": ("direct",), "reason": "60 of 60 were direct"}
OLD = "20260101-000000-0000"
CHECKS = (
    check("known", Verdict.XFAIL, expectation=BY, **FAILED),
    check("fixed", Verdict.XPASS, expectation=BY, reason="passes, but was expected to fail (direct or other)"),
    check("before", Verdict.XFAIL, baseline=Compared(result="known", run=OLD, verdict=Verdict.FAIL), **FAILED),
    check(
        "regressed",
        Verdict.FAIL,
        baseline=Compared(result="regression", run=OLD, verdict=Verdict.PASS, note="the scenario has changed since"),
        **FAILED,
    ),
    check("fresh", Verdict.FAIL, baseline=Compared(result="new", run=OLD), **FAILED),
    check("skipped", Verdict.SKIP, reason="the mesh disclaims X", observed=()),
    check("as-suggested", Verdict.OBSERVED),
)
ENTRIES = (
    ExpectedChecks(expectation=BY, checks=("unmatched/known", "unmatched/fixed")),
    ExpectedChecks(expectation=BY.model_copy(update={"place": "known.yaml:9"}), checks=("unmatched/skipped",)),
)


@pytest.fixture
def report(tmp_path):
    return load(write_report(tmp_path, CHECKS, expectations=ENTRIES, baseline=OLD))


RENDERERS = {"terminal": terminal.summary, "markdown": markdown.render, "html": html.render, "junit": junit.render}


@pytest.mark.parametrize("renderer", RENDERERS)
def test_every_report_says_what_is_known(report, renderer):
    text = RENDERERS[renderer](report).replace("\\", "")
    for words in (
        "forwarding survives a route",
        "https://mesh.example/issues/7",
        "passes, but was expected to fail",
        f"known from baseline {OLD} (fail)",
        f"regression: pass in baseline {OLD}; the scenario has changed since",
        f"new: not part of it in baseline {OLD}",
        "known.yaml:9: stale entry",
        "as the statement suggests",
    ):
        assert words in text or words in " ".join(text.split()), words


def test_a_block_tells_the_entry(report):
    text = terminal.result(report.with_verdict(Verdict.XPASS)[0])
    assert (
        "  entry      to fail: direct or other, for versions >=1.20\n"
        "             forwarding survives a route (https://mesh.example/issues/7)\n"
        "             meshes/mesh.expectations.yaml:7\n"
    ) in text


def test_expected_failures_are_listed_by_their_reason_with_what_was_seen(report):
    text = terminal.summary(report)
    assert (
        "Failed as expected:\n"
        "  forwarding survives a route (https://mesh.example/issues/7)\n"
        "    unmatched/known: 60 of 60 were direct\n"
        f"  known from baseline {OLD} (fail)\n"
        "    unmatched/before: 60 of 60 were direct\n"
    ) in text
    assert text.endswith("7 checks: 2 fail, 1 observed, 1 skip, 2 xfail, 1 xpass (1 scenario, 0.0s)")


def test_junit_counts_them_as_ci_systems_should(report):
    text = junit.render(report)
    SCHEMA.validate(text)
    root = ET.fromstring(text)
    found = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert found == {
        "known": ["skipped"],
        "fixed": ["failure"],
        "before": ["skipped"],
        "regressed": ["failure"],
        "fresh": ["failure"],
        "skipped": ["skipped"],
        "as-suggested": ["system-out"],
        "entry-1": ["failure"],
    }
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("8", "4", "0")
