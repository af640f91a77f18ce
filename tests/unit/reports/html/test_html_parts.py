"""What the parts of the page are made of: the sentence at the top, headings, findings, details, timelines. Pure."""

from __future__ import annotations

import pytest

from harness.evidence import load
from harness.evidence.model import Answer, Expectation, ExpectedChecks, FeatureClaim, Kind, Proportion, Verdict
from reports.html import detail, digest, front, index, links, matrix, measured, story
from tests.evidence_samples import RECOMMENDED, REJECTED, check, outcome, planned, write_report

BY = Expectation(place="known.yaml:9", outcome=("direct",), reason="forwarding survives")


def report(directory, *checks, **head):
    return load(write_report(directory, checks, **head), allow_incomplete=True)


def answer(number, name="direct"):
    return Answer(id=f"a{number}", client="c", at=number, elapsed_ms=1, connection=0, outcome=name, summary="")


@pytest.mark.parametrize(
    ("verdicts", "role", "title"),
    [
        ("pass pass", "pass", "Every judged check passes"),
        ("pass observed skip", "pass", "Every judged check passes"),
        ("pass deviation", "pass", "No check fails"),
        ("pass xfail", "xfail", "No failure but the 1 known"),
        ("pass error not-run", "error", "2 checks could not be judged"),
        ("xpass error", "xpass", "The list of known failures does not hold"),
        ("fail error xpass", "fail", "1 check fails"),
        ("fail fail pass", "fail", "2 checks fail"),
        ("skip observed", "skip", "Nothing was judged"),
    ],
)
def test_what_matters_most_is_said_first(tmp_path, verdicts, role, title):
    checks = [check(f"c{number}", Verdict(name)) for number, name in enumerate(verdicts.split())]
    banner = front.banner(report(tmp_path, *checks))
    assert (banner.role, banner.title) == (role, title)


def test_a_stale_list_of_known_failures_is_no_pass(tmp_path):
    entry = ExpectedChecks(expectation=BY, checks=("unmatched/skipped",))
    found = report(tmp_path, check("passes"), check("skipped", Verdict.SKIP), expectations=(entry,))
    assert front.banner(found).role == "xpass"


def test_an_incomplete_run_proves_nothing(tmp_path):
    banner = front.banner(report(tmp_path, check("a"), why_incomplete="interrupted"))
    assert banner.title == "Incomplete run"
    assert "nothing is proven" in banner.text


def test_statements_that_hold_are_counted_once_and_only_where_they_were_judged(tmp_path):
    checks = (
        check("a", proves=(REJECTED,)),
        check("b", Verdict.FAIL, proves=(REJECTED,)),
        check("c", proves=(REJECTED, RECOMMENDED)),
        check("d", Verdict.SKIP, proves=(RECOMMENDED,)),
    )
    found = report(tmp_path, *checks)
    assert front.banner(found).text == "1 of 2 judged statements of the specification hold; 1 does not."
    total = matrix.matrix(found).total
    assert (total.held, total.refuted, total.judged) == (1, 1, 2)


def headings(found) -> dict[str, front.Item]:
    return {item.heading: item for item in front.items(found)}


def test_a_claim_that_no_judged_check_needed_is_named(tmp_path):
    claims = tuple(FeatureClaim(name=name, support="extended", state="claimed") for name in ("Mirror", "Cors", "Retry"))
    checks = (check("a", scenario="one"), check("b", Verdict.SKIP, scenario="two"), check("c", scenario="three"))
    needs = {"one": ("Mirror",), "two": ("Cors",), "three": ()}
    plan = tuple(one.model_copy(update={"features": needs[one.id]}) for one in planned(checks))
    items = headings(report(tmp_path, *checks, features=claims, scenarios=plan))
    assert [one.text for one in items["Claimed, without a counted check"].entries] == ["Cors", "Retry"]


def test_one_reason_is_one_entry_that_leads_to_its_checks(tmp_path):
    same = [check(f"s{number}", Verdict.SKIP, reason="the mesh disclaims X") for number in range(3)]
    item = headings(report(tmp_path, *same, check("t", Verdict.SKIP, reason="alone")))["Skipped"]
    assert item.number == 4
    assert [(one.text, one.note, one.link) for one in item.entries] == [
        ("the mesh disclaims X", "3 checks", "#verdict=skip&q=the+mesh+disclaims+X"),
        ("alone", "1 check", "#check=unmatched/t"),
    ]


@pytest.mark.parametrize(
    ("mine", "theirs", "told"), [(1.0, 1.0, 0), (2.0, 1, 1), (1, 1.5, 1), (0.5, 2, 2), ("x", None, 0)]
)
def test_raised_budgets_are_told(tmp_path, mine, theirs, told):
    head = {"options": {"time_scale": mine}, "mesh": {"name": "m", "timeScale": theirs}}
    assert headings(report(tmp_path, check(), **head))["Raised budgets"].number == told


def test_every_heading_is_there_however_little_there_is(tmp_path):
    names = set(headings(report(tmp_path, check())))
    for asked in ("Deviations", "Contested statements", "Excused statements", "Known failures", "Raised budgets"):
        assert asked in names
    assert "Undeclared, accepted and silently ignored" in names


def test_one_misbehaviour_is_one_finding(tmp_path):
    wrong = {"kind": Kind.WRONG, "reason": "60 of 60", "likely": "weights are ignored"}
    checks = (
        check("a", Verdict.FAIL, **wrong),
        check("b", Verdict.FAIL, **wrong),
        check("c"),
        check("d", Verdict.XPASS, reason="passes", likely=""),
    )
    (area,) = digest.digest(report(tmp_path, *checks))
    assert (area.failed, area.total) == (3, 4)
    assert [(one.text, len(one.checks)) for one in area.findings] == [("weights are ignored", 2), ("passes", 1)]


def test_numbers_of_the_matrix_add_up(tmp_path):
    checks = [check(f"c{number}", verdict) for number, verdict in enumerate(Verdict)]
    found = matrix.matrix(report(tmp_path, *checks))
    assert found.total.all.total == len(Verdict) == sum(line.all.total for line in found.lines)
    assert len(found.total.all.bar) == len(Verdict)
    assert found.total.all.passed == 1


@pytest.mark.parametrize(
    ("changes", "name", "role"),
    [
        ({"verdict": Verdict.FAIL, "wrong": ("direct",)}, "direct", "fail"),
        ({"verdict": Verdict.FAIL}, "rejected", "pass"),
        ({"verdict": Verdict.FAIL}, "unsent", "skip"),
        ({"verdict": Verdict.DEVIATION, "wrong": ("direct",)}, "direct", "deviation"),
        ({"verdict": Verdict.OBSERVED, "wrong": ("direct",)}, "direct", "observed"),
        ({"verdict": Verdict.ERROR}, "direct", "observed"),
        ({"verdict": Verdict.PASS}, "v1", "pass"),
    ],
)
def test_outcomes_are_coloured_by_what_they_mean(changes, name, role):
    assert detail.role(check(**changes), name) == role


def test_shares_are_coloured_by_their_limits_and_told_once_where_there_are_two():
    shares = tuple(
        Proportion(client="c", outcome=name, count=count, size=100, low=60, high=80)
        for name, count in (("v2", 50), ("v1", 70))
    )
    record = check("mix", Verdict.FAIL, proportions=shares)
    assert (detail.role(record, "v2"), detail.role(record, "v1")) == ("fail", "pass")
    assert [one.text for one in detail.shares(record)] == ["50.0%, accepted 60.0% to 80.0% of 100"]


def test_wrong_answers_are_the_last_to_be_left_out():
    answers = (*(answer(number, "rejected") for number in range(5)), answer(5), answer(6))
    laid = detail.detail(check("x", Verdict.FAIL, answers=answers, wrong=("direct",)), 3)
    assert [one.id for one in laid.answers] == ["a0", "a5", "a6"]


def test_answers_that_came_are_counted_even_where_none_is_judged():
    came = outcome("direct", count=400)
    never = check("x", Verdict.FAIL, samples=0, answers=(answer(1), answer(2)), observed=(came,))
    assert detail.detail(never, 1).came == 400
    assert detail.detail(check("x", Verdict.FAIL, samples=0, answers=(answer(1),), observed=())).came == 1


def test_what_came_stands_beside_the_reproduction_in_a_line():
    split = check(observed=(outcome("v2", 700, description="from v2"), outcome("v1", 300, description="v1")))
    assert detail.detail(split).seen == "700 of 1,000 (70.0%) v2: from v2; 300 of 1,000 (30.0%) v1"
    read = check(observed=(outcome("refused", 1, description="no such field"),))
    assert detail.detail(read).seen == "refused: no such field"
    many = check(observed=tuple(outcome(f"o{number}", 1, description="") for number in range(5)))
    assert detail.detail(many).seen.endswith("1 of 5 (20.0%) o2; 2 more outcomes")
    assert detail.detail(check(observed=())).seen == ""


@pytest.mark.parametrize(
    ("command", "cleaning"),
    [
        ("gamma show a --at 5 --stage | kubectl apply -f -", "gamma clean"),
        ("gamma show a --namespace-prefix x- --at 5 --stage | kubectl apply -f -", "gamma clean --namespace-prefix x-"),
        ("gamma show a --list b | kubectl apply --dry-run=server -f -", ""),
    ],
)
def test_what_the_reproduction_applies_can_be_taken_away(command, cleaning):
    assert detail.detail(check(reproduce=(command, "send"))).cleaning == cleaning
    assert detail.detail(check(reproduce=())).cleaning == ""


@pytest.mark.parametrize(("failing", "most"), [(1, 50), (30, 50), (100, 15), (5000, 3)])
def test_many_failures_share_the_room_for_answers(failing, most):
    assert detail.room([check("x", Verdict.FAIL, answers=(answer(1),))] * failing) == most


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("apply route", "apply"),
        ("delete route", "apply"),
        ("gamma/a has the status Accepted=True ResolvedRefs=False", "accepted"),
        ("gamma/a has the status none", "status"),
        ("witness a from consumer: direct", "witness"),
        ("hold 2.0 s", "hold"),
        ("end of the sample", "hold"),
        ("sending nothing for 7 s", "note"),
    ],
)
def test_events_have_kinds(what, kind):
    assert story.kind(what) == kind


def test_a_scenario_that_was_never_played_has_a_story():
    (plan,) = planned((check(),))
    told = story.story(plan, None, (check("x", Verdict.SKIP),))
    assert (told.moments, told.manifests, told.verdicts) == ((), "", (("x", "skip"),))


def test_labels_of_others_stay_in_manifests():
    text = "metadata:\n  labels:\n    app: a\n    gamma.test/run: x\n  name: b\n"
    assert story.without_labels(text) == "metadata:\n  labels:\n    app: a\n  name: b"
    assert story.without_labels("metadata:\n  labels:\n    gamma.test/run: x") == "metadata:"


def test_links_hold_what_they_filter_by():
    assert links.link(check="a/b c") == "#check=a/b%20c"
    assert links.link(area="tcp-tls", support="core") == "#area=tcp-tls&support=core"


def test_the_most_telling_verdicts_come_first_in_the_list(tmp_path):
    found = report(tmp_path, *(check(verdict.value, verdict) for verdict in Verdict))
    order = [one.verdict.value for one in index.ordered(found)]
    assert order[:5] == ["fail", "xpass", "error", "deviation", "not-run"]


def test_nothing_measured_shows_nothing(tmp_path):
    assert not measured.measured(report(tmp_path, check())).any
