"""JUnit XML as CI systems read it: a scenario is a testsuite, a check a testcase.

JUnit knows no deviation and no observation: such a testcase passes, its text stands in ``system-out``, and a property
of its suite names it. What could not be observed is an error, never a pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from harness.evidence.model import CheckRecord, PlannedScenario, ScenarioRecord, Verdict
from harness.evidence.report import Report
from harness.expectations.review import findings
from reports import terminal
from reports.blocks import reason
from reports.facts import mesh_name
from reports.text import short, visible

FILE = "junit.xml"
_ELEMENTS = {
    Verdict.FAIL: "failure",
    Verdict.XPASS: "failure",
    Verdict.ERROR: "error",
    Verdict.NOT_RUN: "error",
    Verdict.SKIP: "skipped",
    Verdict.XFAIL: "skipped",
}
_WITH_TEXT = (Verdict.DEVIATION, Verdict.OBSERVED)


def render(report: Report) -> str:
    """The whole document."""
    records = {record.id: record for record in report.scenarios}
    suites = [_suite(report, scenario, records.get(scenario.id)) for scenario in report.header.scenarios]
    wrong = findings(report.header.expectations, report.checks)
    if wrong:
        suites.append(_expectations(wrong))
    root = ET.Element("testsuites", name="gamma-conformance", time=_seconds(report.footer.duration))
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in suites)))
    root.extend(suites)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(report: Report, scenario: PlannedScenario, record: ScenarioRecord | None) -> ET.Element:
    suite = ET.Element("testsuite", name=visible(scenario.id), package=visible(scenario.area))
    if record:
        suite.set("timestamp", visible(record.started)[:19])
        suite.set("time", _seconds(record.duration))
    suite.set("file", visible(scenario.file))
    checks = {check.id: check for check in report.by_scenario[scenario.id]}
    _add_properties(suite, report, scenario, checks.values())
    for planned in scenario.checks:
        check = checks.get(planned.id)
        suite.append(_case(scenario, check) if check else _lost(scenario, planned.id, report.footer.why_incomplete))
    found = Counter(element.tag for case in suite.iter("testcase") for element in case)
    suite.set("tests", str(len(scenario.checks)))
    suite.set("failures", str(found["failure"]))
    suite.set("errors", str(found["error"]))
    suite.set("skipped", str(found["skipped"]))
    return suite


def _expectations(wrong: Sequence[str]) -> ET.Element:
    """A suite of its own for what is wrong with the expectations: it fails the run like a check."""
    suite = ET.Element("testsuite", name="expectations", package="expectations", time=_seconds(0.0))
    for number, text in enumerate(wrong, start=1):
        case = ET.SubElement(suite, "testcase", name=f"entry-{number}", classname="expectations", time=_seconds(0.0))
        ET.SubElement(case, "failure", type="expectation", message=short(text)).text = visible(text)
    for key, value in (("tests", len(wrong)), ("failures", len(wrong)), ("errors", 0), ("skipped", 0)):
        suite.set(key, str(value))
    return suite


def _add_properties(
    suite: ET.Element, report: Report, scenario: PlannedScenario, checks: Iterable[CheckRecord]
) -> None:
    facts = [
        ("title", scenario.title),
        ("support", scenario.support),
        ("features", ", ".join(scenario.features)),
        ("mesh", mesh_name(report)),
        ("run", report.header.run),
    ]
    facts += [(check.verdict.value, f"{check.id}: {reason(check)}") for check in checks if check.verdict in _WITH_TEXT]
    properties = ET.SubElement(suite, "properties")
    for name, value in facts:
        ET.SubElement(properties, "property", name=name, value=short(value))


def _case(scenario: PlannedScenario, check: CheckRecord) -> ET.Element:
    case = _named(scenario, check.id, check.duration)
    tag = _ELEMENTS.get(check.verdict)
    if tag:
        told = ET.SubElement(case, tag, type=(check.kind or check.verdict).value, message=short(reason(check)))
        told.text = terminal.result(check)
    elif check.verdict in _WITH_TEXT:
        ET.SubElement(case, "system-out").text = terminal.result(check)
    return case


def _lost(scenario: PlannedScenario, check: str, why: str) -> ET.Element:
    case = _named(scenario, check, 0.0)
    ET.SubElement(case, "error", type="no-record", message=short(f"the run is incomplete: {why}"))
    return case


def _named(scenario: PlannedScenario, check: str, duration: float) -> ET.Element:
    name = check.removeprefix(f"{scenario.id}/")
    classname = f"{scenario.area}.{scenario.id}"
    return ET.Element("testcase", name=visible(name), classname=visible(classname), time=_seconds(duration))


def _seconds(value: float) -> str:
    return f"{value:.3f}"
