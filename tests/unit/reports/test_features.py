"""The lists of features on the first page, and what undeclared ones turned out to be."""

from __future__ import annotations

import pytest

from harness.evidence import load
from harness.evidence.model import FeatureClaim, Kind, Verdict
from reports import features, html, markdown, terminal
from tests.evidence_samples import check, planned, write_report

CLAIMS = tuple(
    FeatureClaim(name=name, support=support, state=state, by=by)
    for name, support, state, by in (
        ("Mesh", "core", "claimed", "specification"),
        ("Mirror", "extended", "claimed", "cluster"),
        ("Retry", "experimental", "disclaimed", "profile"),
        ("Cors", "extended", "undeclared", ""),
        ("Tcp", "extended", "undeclared", ""),
    )
)
WORKS = check("works", undeclared=("Cors",), reason="works, not declared: Cors")
MISSES = check("misses", Verdict.SKIP, undeclared=("Cors",), reason="not declared", observed=())
IGNORES = check("ignores", Verdict.DEVIATION, kind=Kind.IGNORED, undeclared=("Cors",), reason="accepted and ignored")
WITH_TCP = check("with-tcp", Verdict.SKIP, undeclared=("Cors", "Tcp"), reason="not declared", observed=())


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ((WORKS,), "works"),
        ((MISSES,), "does not work"),
        ((WORKS, MISSES), "works in part"),
        ((WORKS, MISSES, IGNORES), "accepted and silently ignored"),
        ((check("other"),), "not tried"),
        ((WORKS, WITH_TCP), "works"),
        ((WITH_TCP,), "does not work"),
    ],
)
def test_what_a_feature_turned_out_to_be(checks, expected):
    assert features.turned_out("Cors", checks) == expected


def test_every_report_shows_all_lists(tmp_path):
    report = load(write_report(tmp_path, (WORKS, WITH_TCP), features=CLAIMS))
    assert features.lists(report) == [
        ("claimed", ("Mesh", "Mirror (published by the cluster)")),
        ("disclaimed", ("Retry",)),
        ("undeclared, works", ("Cors",)),
        ("undeclared, does not work", ("Tcp",)),
    ]
    assert "  claimed: 2\n  disclaimed: Retry\n  undeclared, works: Cors\n" in terminal.summary(report)
    assert "- **undeclared, does not work** (1): Tcp" in markdown.render(report)
    page = html.render(report)
    assert page.index("<b>Undeclared, does not work</b>") < page.index('<h2 id="checks"')


def test_a_promise_that_is_not_kept_is_named(tmp_path):
    failing = check("fails", Verdict.FAIL, kind=Kind.WRONG)
    plan = planned((failing,), features=("Mesh", "Mirror", "Cors"))
    report = load(write_report(tmp_path, (failing,), features=CLAIMS, scenarios=plan))
    assert ("claimed, with failures", ("Mirror",)) in features.lists(report)
    assert "claimed, with failures: Mirror\n" in terminal.summary(report)


def test_a_report_of_an_older_run_has_none(tmp_path):
    report = load(write_report(tmp_path))
    assert features.lists(report) == []
    assert "Features" not in terminal.summary(report) + markdown.render(report)
