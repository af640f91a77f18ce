"""Files brought up to date with a run: nothing but what the run asks for changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.evidence.model import Kind, Verdict
from harness.expectations.load import parse
from harness.expectations.propose import HEAD, outcome_of, proposals, rendered
from harness.expectations.resolve import matched
from harness.expectations.update import Seen, update
from tests.evidence_samples import check

IDS = tuple(f"{scenario}/{name}" for scenario in ("alpha", "bravo", "charlie", "delta") for name in ("one", "two"))
FILE = """\
# yaml-language-server: $schema=expectations.schema.json
# What everybody knows.

expectations:   # the list
    # about alpha
    - checks: alpha/*      # both of them
      outcome: direct
      reason: "it has always been like that"   # says Ann
      issue: https://example.org/1

    # about bravo,
    # in two lines
    - outcome:
        - silent
        - other
      checks:
        - bravo/one   # the first
        # and then
        - bravo/two   # the second
      reason: >-
        a long story,
        told in two lines

      # a comment inside
      issue: https://example.org/2
    # about charlie
    - {checks: [charlie/one, 'charlie/tw*'], outcome: wrong, reason: a short story}  # in braces

# the end
"""
KINDS = {"direct": ("direct",), "silent": ("silent",), "other": ("other",)}


def seen(version="1.21.3", **verdicts: str) -> Seen:
    """A run with these verdicts: ``alpha_one="fail:direct"``."""
    records = []
    for key, scripted in verdicts.items():
        word, _, outcome = scripted.partition(":")
        scenario, _, name = key.partition("_")
        verdict = Verdict(word)
        wrong = (outcome,) if outcome else ()
        kind = Kind.WRONG if wrong else None
        records.append(check(name, verdict, scenario=scenario, wrong=wrong, kind=kind))
    new = [record for record in records if record.verdict is Verdict.FAIL]
    return Seen("20260102-030405-abcd", version, {record.id: record for record in records}, new, IDS)


def updated(text=FILE, **verdicts: str):
    return update(text, "known.yaml", seen(**verdicts))


def entries(text: str):
    found, problems = parse(text, "known.yaml")
    assert problems == []
    return found


def changes(done) -> list[str]:
    """The lines that went and came, in the manner of a diff."""
    old, new = FILE.splitlines(), done.text.splitlines()
    return [f"-{line.strip()}" for line in old if line not in new] + [
        f"+{line.strip()}" for line in new if line not in old
    ]


def test_nothing_to_do_changes_nothing():
    done = updated(alpha_one="xfail:direct", alpha_two="error", bravo_one="skip")
    assert done.text == FILE
    assert [*done.passed, *done.otherwise, *done.added] == []


def test_a_check_that_passed_leaves_its_entry():
    done = updated(bravo_one="xpass", bravo_two="xfail:silent", charlie_one="pass", alpha_two="xpass")
    assert done.passed == ["alpha/two", "bravo/one", "charlie/one"]
    assert changes(done) == [
        "-- checks: alpha/*      # both of them",
        "-- bravo/one   # the first",
        "-- {checks: [charlie/one, 'charlie/tw*'], outcome: wrong, reason: a short story}  # in braces",
        "+- checks: alpha/one      # both of them",
        "+- {checks: ['charlie/tw*'], outcome: wrong, reason: a short story}  # in braces",
    ]


def test_an_entry_that_lost_its_checks_gives_way_to_a_comment():
    done = updated(bravo_one="xpass", bravo_two="xpass")
    note = "    # not so any more in 20260102-030405-abcd: bravo/one, bravo/two: a long story, told in two lines\n"
    start, end = FILE.index("    - outcome:\n"), FILE.index("    # about charlie")
    assert done.text == FILE[:start] + note + FILE[end:]


def test_new_failures_come_last():
    done = updated(delta_one="fail:direct", delta_two="fail:direct", alpha_one="xfail:direct")
    new = (
        "    - checks:\n"
        "        - delta/one\n"
        "        - delta/two\n"
        "      outcome: direct\n"
        "      reason: 'new in 20260102-030405-abcd: describe why'\n"
    )
    end = FILE.index("\n# the end")
    assert done.text == FILE[:end] + new + FILE[end:]


def test_a_check_that_fails_otherwise_gets_an_entry_of_its_own():
    done = updated(alpha_one="fail:silent")
    assert done.otherwise == ["alpha/one"]
    assert "- checks: alpha/two      # both of them" in done.text
    assert [(entry.checks, entry.outcome) for entry in entries(done.text)][-1] == (("alpha/one",), ("silent",))


def test_the_last_entry_leaves_an_empty_list():
    text = f"{HEAD}  - checks: alpha/*\n    outcome: direct\n    reason: it is like that\n"
    done = updated(text, alpha_one="pass", alpha_two="xpass")
    assert entries(done.text) == ()
    assert "# not so any more" in done.text
    again = updated(done.text, alpha_one="fail:other")
    assert [entry.checks for entry in entries(again.text)] == [("alpha/one",)]
    assert "# not so any more" in again.text


VERSIONED = "  - checks: alpha/one\n    outcome: direct\n    versions: '{}'\n    reason: it is like that\n"


def test_entries_about_other_versions_are_left_alone():
    text = HEAD + VERSIONED.format("<1.20") + VERSIONED.format(">=1.21,<1.22").replace("direct", "silent")
    done = updated(text, alpha_one="fail:other")
    assert done.otherwise == ["alpha/one"]
    assert [(one.outcome, one.versions) for one in entries(done.text)] == [
        (("direct",), "<1.20"),
        (("other",), "==1.21.3"),
    ]


def test_a_report_without_version_says_nothing_about_ranges():
    with pytest.raises(UsageError, match=r"identity\.version"):
        updated(HEAD + VERSIONED.format("<1.20"), version="embedded", alpha_one="fail:other")


@pytest.mark.parametrize(
    "text",
    [
        "expectations: [{checks: alpha/one, outcome: direct, reason: it is like that}]\n",
        "{expectations: []}\n",
        "expectations: 5\n",
    ],
)
def test_what_cannot_be_edited_is_refused(text):
    with pytest.raises(UsageError):
        updated(text, alpha_one="fail:other")


VERDICTS = st.sampled_from(
    ["pass", "xpass", "error", "skip", "not-run", "fail:direct", "fail:silent", "xfail:direct", "xfail:other"]
)


@given(st.fixed_dictionaries({}, optional={name.replace("/", "_"): VERDICTS for name in IDS}))
def test_whatever_a_run_says_the_file_then_says_so_too(verdicts):
    done = updated(**verdicts)
    expected = {name: entry for entry in entries(done.text) for name in matched(entry, IDS)}
    for key, scripted in verdicts.items():
        name, (word, _, outcome) = key.replace("_", "/"), scripted.partition(":")
        assert word not in ("pass", "xpass") or name not in expected
        if word == "fail":
            assert {outcome, "wrong"} & set(expected[name].outcome)
    assert updated(done.text, **verdicts).text == done.text
    kept = ("# yaml-language", "# What everybody", "# about alpha", "# in two lines", "# about charlie", "# the end")
    assert [comment for comment in kept if comment not in done.text] == []


@pytest.mark.parametrize(
    ("kind", "wrong", "outcome"),
    [
        (Kind.WRONG, ("direct", "other"), ("direct", "other")),
        (Kind.WRONG, ("a", "b", "c", "d"), ("wrong",)),
        (Kind.LEAKED, ("other",), ("leaked",)),
        (Kind.STALLED, ("other",), ("stalled",)),
        (Kind.NEVER_CONVERGED, (), ("never-converged",)),
        (None, (), ("wrong",)),
    ],
)
def test_a_failure_is_told_by_its_outcomes_or_its_kind(kind, wrong, outcome):
    assert outcome_of(check(kind=kind, wrong=wrong)) == outcome


def test_proposals_are_entries():
    records = [
        check(name, Verdict.FAIL, scenario="alpha", kind=Kind.WRONG, wrong=("a", "b")) for name in ("one", "two")
    ]
    found = entries(HEAD + rendered(proposals(records, "run-1")))
    assert [(entry.checks, entry.outcome) for entry in found] == [(("alpha/one", "alpha/two"), ("a", "b"))]
