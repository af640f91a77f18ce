"""Which scenarios options mean, and what is said about values that mean nothing."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from harness.errors import UsageError
from harness.evidence import load
from suites.plugin.selection import choose, failed_in, suggest
from tests.evidence_samples import write_report


def scenario(name: str, *proves: str, features: tuple[str, ...] = ()):
    checks = [SimpleNamespace(proves=[requirement]) for requirement in proves]
    return SimpleNamespace(id=name, checks=checks, features=features)


CATALOGUE = {
    each.id: each
    for each in (
        scenario("no-route", "attachment.no-route-default"),
        scenario("unmatched", "attachment.unmatched-rejected", "matching.path-prefix"),
        scenario("timeout", "timeouts.request-504", features=("HTTPRouteRequestTimeout",)),
    )
}


def chosen(*, scenarios=(), requirements=(), features=()) -> list[str]:
    return choose(
        CATALOGUE,
        scenarios=scenarios,
        requirements=requirements,
        features=features,
        known_requirements=[
            "attachment.no-route-default",
            "attachment.unmatched-rejected",
            "matching.path-prefix",
            "timeouts.request-504",
            "weights.proportional",
        ],
        features_of=lambda each: each.features,
        known_features=["HTTPRoute", "HTTPRouteRequestTimeout"],
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["no-route", "unmatched", "timeout"]),
        ({"scenarios": ["timeout", "no-route"]}, ["no-route", "timeout"]),
        ({"scenarios": ["*t"]}, ["timeout"]),
        ({"requirements": ["attachment.*"]}, ["no-route", "unmatched"]),
        ({"requirements": ["matching.*", "timeouts.*"]}, ["unmatched", "timeout"]),
        ({"features": ["HTTPRouteRequestTimeout"]}, ["timeout"]),
        ({"features": ["HTTPRoute"]}, []),
        ({"requirements": ["weights.*"]}, []),
        ({"requirements": ["attachment.*"], "scenarios": ["un*"]}, ["unmatched"]),
    ],
)
def test_every_option_must_be_met_by_any_of_its_values(options, expected):
    assert chosen(**options) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scenarios": ["unmatchd"]}, "--scenario unmatchd: .*\n.*did you mean unmatched"),
        ({"scenarios": ["unmatched", "x*"]}, r"--scenario x\*"),
        ({"requirements": ["timeouts.request-500"]}, "did you mean timeouts.request-504"),
        ({"requirements": ["zzz"]}, "gamma list"),
        ({"features": ["httproute"]}, "did you mean HTTPRoute"),
    ],
)
def test_a_value_that_can_match_nothing_is_an_error(options, message):
    with pytest.raises(UsageError, match=message):
        chosen(**options)


def test_the_nearest_names_are_suggested_whatever_their_case():
    assert "HTTPRoute" in suggest("httproute", ["HTTPRoute", "Mesh"])
    assert suggest("abc", ["xyz"]) == "`gamma list` shows what there is"


def test_what_failed_errored_or_was_not_run_is_selected_from_a_report(tmp_path):
    report = load(write_report(tmp_path))
    names = failed_in(report, dict.fromkeys(report.planned))
    bad = {"fail", "xpass", "error", "not-run"}
    assert set(names) == {check.scenario for check in report.checks if check.verdict in bad}
    with pytest.raises(UsageError, match="the catalogue has no"):
        failed_in(report, {})
