"""The first page: what the run came to, and everything that a reader has to know before believing it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.evidence.model import CheckRecord, FeatureClaim, Verdict
from harness.evidence.report import Report, count
from harness.expectations.review import findings
from reports import features
from reports.blocks import known, reason
from reports.facts import preflight
from reports.html.links import link

#: Verdicts by which a feature's promise was put to the test.
COUNTED = (Verdict.PASS, Verdict.FAIL, Verdict.DEVIATION, Verdict.XFAIL, Verdict.XPASS)


_NAMES, _TEXTS = 14, 5  # entries that a heading shows unfolded


@dataclass(frozen=True, slots=True)
class Banner:
    """The run in one sentence, and the role that colours it."""

    role: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing under a heading; with a link it leads to the checks that it is about."""

    text: str
    note: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A heading of the first page, and what stands there. Short entries (names) stand side by side."""

    heading: str
    entries: tuple[Entry, ...]
    meaning: str = ""  # what the heading says of the mesh
    role: str = ""  # the verdict whose colour it takes, where it should be noticed
    names: bool = False
    checks: int = 0  # how many checks the entries stand for, where they are reasons

    @property
    def number(self) -> int:
        """How many there are."""
        return self.checks or len(self.entries)

    @property
    def long(self) -> bool:
        """Whether the entries are folded: what wants attention never is."""
        return len(self.entries) > (_NAMES if self.names else _TEXTS) and self.role not in ("fail", "deviation")


def banner(report: Report) -> Banner:
    """What is most important comes first: not whole, failures, what we could not see, what is known."""
    counts = report.counts
    failed, xpass = counts.get(Verdict.FAIL, 0), counts.get(Verdict.XPASS, 0)
    unseen = counts.get(Verdict.ERROR, 0) + counts.get(Verdict.NOT_RUN, 0)
    judged = sum(counts.get(verdict, 0) for verdict in COUNTED)
    stale = len(findings(report.header.expectations, report.checks))
    if not report.footer.complete:
        missing = sum(len(one.checks) for one in report.header.scenarios) - len(report.checks)
        text = (
            f"{report.footer.why_incomplete}. {missing} planned checks have no result; nothing is proven by this run."
        )
        return Banner("fail" if failed else "error", "Incomplete run", text)
    candidates = (
        (failed, "fail", f"{_checks(failed)} {'fails' if failed == 1 else 'fail'}"),
        (xpass or stale, "xpass", "The list of known failures does not hold"),
        (unseen, "error", f"{_checks(unseen)} could not be judged"),
        (not judged, "skip", "Nothing was judged"),
        (counts.get(Verdict.XFAIL, 0), "xfail", f"No failure but the {counts.get(Verdict.XFAIL, 0)} known"),
        (counts.get(Verdict.DEVIATION, 0), "pass", "No check fails"),
        (True, "pass", "Every judged check passes"),
    )
    role, title = next((role, title) for applies, role, title in candidates if applies)
    return Banner(role, title, _rest(report))


def _checks(number: int) -> str:
    return f"{number} check" if number == 1 else f"{number} checks"


def _rest(report: Report) -> str:
    """How many requirements hold, and how many are refuted, of those that were judged."""
    judged = {
        name: [check for check in checks if check.verdict in COUNTED] for name, checks in report.by_requirement.items()
    }
    judged = {name: checks for name, checks in judged.items() if checks}
    bad = (Verdict.FAIL, Verdict.XFAIL, Verdict.DEVIATION)
    refuted = sum(any(check.verdict in bad for check in checks) for checks in judged.values())
    held = f"{len(judged) - refuted} of {len(judged)} judged statements of the specification hold"
    return f"{held}; {refuted} {'does' if refuted == 1 else 'do'} not." if refuted else f"{held}."


def items(report: Report) -> tuple[Item, ...]:
    """Every heading, also those under which nothing stands: a reader must see that it was asked."""
    return (*_features(report), *_checks_of_note(report), *_circumstances(report))


def _features(report: Report) -> Iterator[Item]:
    claims = {state: [one for one in report.header.features if one.state == state] for state in features.STATES}
    failing = features.failing(report)
    uncounted = uncounted_features(report)
    turned = {one.name: features.turned_out(one.name, report.checks) for one in claims["undeclared"]}
    yield Item("Claimed features", _names(claims["claimed"]), "their scenarios count", names=True)
    yield Item(
        "Claimed, with failures",
        _names([one for one in claims["claimed"] if one.name in failing]),
        "a promise that was not kept",
        "fail",
        names=True,
    )
    yield Item(
        "Claimed, without a counted check",
        _names(uncounted),
        "a promise that this run did not test: no check that needs it was judged",
        "error",
        names=True,
    )
    yield Item("Disclaimed features", _names(claims["disclaimed"]), "their scenarios are skipped", names=True)
    roles = {features.WORKS: "observed", features.IGNORED: "deviation"}
    meanings = {
        features.WORKS: "the mesh could claim it",
        features.IGNORED: "accepted without a hint, and without effect: it misleads whoever writes it",
    }
    for how in (features.WORKS, features.IN_PART, features.IGNORED, features.MISSING, features.UNTRIED):
        found = [one for one in claims["undeclared"] if turned[one.name] == how]
        yield Item(f"Undeclared, {how}", _names(found), meanings.get(how, ""), roles.get(how, ""), names=True)


def uncounted_features(report: Report) -> list[FeatureClaim]:
    """Claimed features that no judged check needed."""
    planned = report.planned
    tested = {name for check in report.with_verdict(*COUNTED) for name in planned[check.scenario].features}
    return [one for one in report.header.features if one.state == "claimed" and one.name not in tested]


def _names(claims: Sequence[FeatureClaim]) -> tuple[Entry, ...]:
    return tuple(
        Entry(one.name, "published by the cluster" if one.by == "cluster" else "", link(feature=one.name))
        for one in claims
    )


def _checks_of_note(report: Report) -> Iterator[Item]:
    deviations = report.with_verdict(Verdict.DEVIATION)
    entries = tuple(Entry(check.id, check.reason, link(check=check.id)) for check in deviations)
    yield Item("Deviations", entries, "a recommendation, or a contested statement, that is not met", "deviation")
    yield Item(
        "Contested statements",
        tuple(_contested(report)),
        "where the texts of the specification differ; a wrong outcome is a deviation, never a failure",
    )
    expected = [Entry(check.id, known(check), link(check=check.id)) for check in report.with_verdict(Verdict.XFAIL)]
    yield Item("Known failures", tuple(expected), "excused for this mesh, each with its reason", "xfail")
    surprises = [Entry(check.id, check.reason, link(check=check.id)) for check in report.with_verdict(Verdict.XPASS)]
    stale = [Entry(text) for text in findings(report.header.expectations, report.checks)]
    yield Item("Known failures that do not hold", (*surprises, *stale), "they make the run fail", "xpass")
    for verdict, heading in ((Verdict.ERROR, "Could not be observed"), (Verdict.NOT_RUN, "Not run")):
        found = report.with_verdict(verdict)
        yield Item(heading, _by_reason(found, verdict), "", verdict.value, checks=len(found))
    skipped, observed = report.with_verdict(Verdict.SKIP), report.with_verdict(Verdict.OBSERVED)
    yield Item("Skipped", _by_reason(skipped, Verdict.SKIP), "not judged, for these reasons", checks=len(skipped))
    shown = (Entry(f"what was seen of {_checks(len(observed))}", "", link(verdict="observed")),) if observed else ()
    yield Item("Without verdict", shown, "the statement leaves open what happens", checks=len(observed))


def _contested(report: Report) -> Iterator[Entry]:
    for name, checks in report.by_requirement.items():
        if report.requirements[name].contested:
            counts = ", ".join(f"{number} {verdict.value}" for verdict, number in count(checks).items())
            yield Entry(name, counts, link(requirement=name))


def _by_reason(checks: Sequence[CheckRecord], verdict: Verdict) -> tuple[Entry, ...]:
    """One entry a reason, the most frequent first, because one cause often stops many checks."""
    found = Counter(reason(check) or "no reason given" for check in checks)
    only = {reason(check): check.id for check in checks}
    return tuple(
        Entry(
            text,
            _checks(number),
            link(check=only[text]) if number == 1 and text in only else link(verdict=verdict.value, q=text[:80]),
        )
        for text, number in found.most_common()
    )


def _circumstances(report: Report) -> Iterator[Item]:
    header = report.header
    yield Item("Raised budgets", tuple(_budgets(report)), "more time than upstream's tests allow", "deviation")
    excused = tuple(Entry(one.requirement.id, one.reason) for one in header.excused)
    yield Item("Excused statements", excused, "no check of the suite proves these, whatever the mesh does")
    differences = tuple(Entry(str(text)) for text in header.mesh.get("knownDifferences") or ())
    yield Item("Known differences", differences, "written down in the mesh's profile; never a failure")
    warned = tuple(Entry(name, text) for name, text in preflight(report, passed=False))
    yield Item("Preflight warnings", warned, "found before the first scenario", "deviation")
    problems = [Entry(record.id, text) for record in report.scenarios for text in record.problems]
    yield Item("Problems of the harness", tuple(problems), "ours, never the mesh's", "error")


def _budgets(report: Report) -> Iterator[Entry]:
    mine, theirs = report.header.options.get("time_scale", 1), report.header.mesh.get("timeScale", 1)
    for factor, who in ((mine, "by --time-scale"), (theirs, "by the mesh's profile")):
        if isinstance(factor, int | float) and factor != 1:
            change = "raised" if factor > 1 else "lowered"
            yield Entry(f"every waiting limit {change} to {factor:g} times itself, {who}")
