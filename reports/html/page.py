"""``report.html``: one file that needs nothing else, for readers in a hurry and for those who doubt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from harness.evidence.model import CheckRecord, Verdict
from harness.evidence.report import Report
from reports import quality
from reports.facts import facts, mesh_name, preflight
from reports.html import kit
from reports.html.detail import TOLD, Detail, detail, room
from reports.html.digest import digest
from reports.html.front import banner, items
from reports.html.index import index, ordered, summary
from reports.html.links import anchor, link
from reports.html.matrix import bar, matrix, words
from reports.html.measured import measured
from reports.html.story import Story, stories
from reports.html.words import WORDS

#: Checks whose details stand in the page itself, readable without the script; those of all others are data.
IN_FULL = 100
_LISTED = 2000  # for readers without the script

MEANINGS = {
    Verdict.PASS: "the expected outcome, every time",
    Verdict.FAIL: "the mesh does not do what the specification demands",
    Verdict.DEVIATION: "a recommendation, or a contested statement, that is not met",
    Verdict.OBSERVED: "a statement that leaves it open: no verdict",
    Verdict.ERROR: "we could not observe: never the mesh's fault, never a pass",
    Verdict.SKIP: "not judged, for the reason given",
    Verdict.XFAIL: "fails, as it is known to",
    Verdict.XPASS: "known to fail, but passes",
    Verdict.NOT_RUN: "never got its turn",
}


def render(report: Report) -> str:
    """The whole page."""
    found = ordered(report)
    told = [check for check in found if check.verdict in TOLD][:IN_FULL]
    laid = _Laid(report)
    template = _environment().get_template("report.html.j2")
    header = report.header
    planned = sum(len(one.checks) for one in header.scenarios)
    return template.render(
        assets=kit.assets(("report.css",), ("report.js",)),
        mesh=full_name(report),
        banner=banner(report),
        bar=bar(report.counts),
        words=words(report.counts),
        glossary=WORDS,
        totals=[(verdict.value, number, MEANINGS[verdict]) for verdict, number in report.counts.items()],
        planned=planned,
        missing=planned - len(report.checks),
        scenarios=len(header.scenarios),
        facts=_facts(report),
        digest=digest(report),
        items=items(report),
        matrix=matrix(report),
        measured=measured(report),
        quality_heading=quality.HEADING,
        soft=any(one.bound for record in report.scenarios for one in record.quality.propagation),
        told=[(laid.detail(check), laid.story(check)) for check in told],
        list=found[:_LISTED],
        unlisted=max(0, len(found) - _LISTED),
        body=laid.body,
        circumstances=_circumstances(report),
        preflight=preflight(report),
        digest_of_file=report.footer.digest,
        index=index(report, found),
        details=laid.data(found, in_page=len(told)),
    )


class _Laid:
    """The parts of details as markup, each made once."""

    def __init__(self, report: Report) -> None:
        macros = _environment().get_template("check.html.j2").module
        self._outcome, self._evidence = macros.outcome, macros.evidence  # type: ignore[attr-defined]
        self._requirement, self._scenario = macros.requirement, macros.scenario  # type: ignore[attr-defined]
        self._room = room(report.checks)
        records = {record.id: record for record in report.scenarios}
        self._stories = {one.scenario.id: one for one in stories(report.header.scenarios, records, report.by_scenario)}
        self._requirements = {
            name: self._requirement(one, link(requirement=name)) for name, one in report.requirements.items()
        }

    def detail(self, check: CheckRecord) -> Detail:
        return detail(check, self._room)

    def story(self, check: CheckRecord) -> Story:
        return self._stories[check.scenario]

    def body(self, laid: Detail, story: Story) -> Markup:
        """All parts of a check's details, in the order in which the script puts them, too."""
        proves = dict.fromkeys(one.id for one in laid.check.proves)
        statements = (self._requirements.get(name, "") for name in proves)
        return Markup("").join((self._outcome(laid), *statements, self._evidence(laid), self._scenario(story)))

    def data(self, checks: Iterable[CheckRecord], in_page: int) -> Mapping[str, Any]:
        """Details of the checks that do not stand in the page; scenarios and statements once."""
        rest = list(checks)[in_page:]
        laid = {in_page + place: self.detail(check) for place, check in enumerate(rest)}
        needed = {check.scenario for check in rest}
        return {
            "checks": {place: (self._outcome(one), self._evidence(one)) for place, one in laid.items()},
            "requirements": list(self._requirements.values()),
            "scenarios": [self._scenario(one) if name in needed else "" for name, one in self._stories.items()],
        }


@cache
def _environment() -> Environment:
    made = kit.environment()
    made.filters |= {"anchor": anchor, "row_text": summary}
    return made


def full_name(report: Report) -> str:
    """``linkerd 2.18``: the project, or the profile's name, and its version."""
    identity = report.header.mesh.get("identity") or {}
    name = str(identity.get("project") or mesh_name(report))
    return f"{name} {identity.get('version') or ''}".strip()


def _facts(report: Report) -> list[tuple[str, str]]:
    """What a reader looks for first; what is not known is left out."""
    header = report.header
    identity = header.mesh.get("identity") or {}
    api = header.cluster.get("gateway_api")
    crds = (
        f"{api.get('version', '?')}, {api.get('channel', '?')} channel" if isinstance(api, Mapping) else str(api or "")
    )
    pairs = (
        ("Mesh", str(identity.get("project") or mesh_name(report))),
        ("Version", str(identity.get("version") or "")),
        ("Organisation", str(identity.get("organization") or "")),
        ("Gateway API CRDs", crds),
        ("Kubernetes", str(header.cluster.get("version") or "")),
        ("Date", header.started.replace("T", " ").replace("+00:00", " UTC")),
        ("Duration", f"{report.footer.duration:.0f} s"),
        ("Suite", header.suite_version),
        ("Seed", str(header.seed)),
        ("Exit status", str(report.footer.exit_status)),
    )
    return [(name, value) for name, value in pairs if value]


def _circumstances(report: Report) -> list[tuple[str, str]]:
    command = " ".join(report.header.command)
    return [*([("command", command)] if command else []), *facts(report)]
