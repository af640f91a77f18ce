"""Entries and what they are about: dead ones, doubles, versions, mistakes with their line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from harness.expectations import versions
from harness.expectations.lint import lint
from harness.expectations.load import parse
from harness.expectations.resolve import resolve
from harness.scenario.load import load_catalogue

CATALOGUE = load_catalogue([Path(__file__).parents[2] / "contract" / "pytest_interface" / "catalogue"])
TAIL = "outcome: other\n    reason: routes are merged here\n    issue: https://example.org/7\n"


def entries(*checks: str, more: str = ""):
    text = "expectations:\n" + "".join(f"  - checks: {each}\n    {more}{TAIL}" for each in checks)
    found, problems = parse(text, "known.yaml")
    assert problems == []
    return found


def resolved(*checks: str, version: str = "1.21.3", more: str = ""):
    found, problems = resolve(entries(*checks, more=more), CATALOGUE, version)
    return found, [str(problem) for problem in problems]


def test_a_glob_names_all_checks_that_fit():
    found, problems = resolved("alpha/*", "[bravo/served, delta/*]")
    assert problems == []
    assert found[0].checks == ("alpha/served", "alpha/everywhere")
    assert "bravo/served" in found[1].checks
    assert found[1].expectation.place == "known.yaml:6"


@pytest.mark.parametrize(
    ("checks", "says"),
    [
        ("gone/*", "known.yaml:2: dead entry: 'gone/*' matches no check"),
        ("alpha/srved", "did you mean 'alpha/served'?"),
        ("alpha", "write alpha/* for all its checks"),
        ("[alpha/served, gone/*]", "dead entry: 'gone/*'"),
    ],
)
def test_what_matches_nothing_is_dead(checks, says):
    _, problems = resolved(checks)
    assert len(problems) == 1
    assert says in problems[0]


def test_one_check_in_two_entries_is_a_mistake():
    _, problems = resolved("alpha/*", "alpha/served")
    assert problems == [
        "known.yaml:6: alpha/served is expected to fail by two entries: known.yaml:2 names it, too\n"
        "    name it once, or give the entries ranges of versions that do not meet"
    ]


def test_an_outcome_that_the_check_cannot_have_is_a_mistake():
    text = "expectations:\n  - {checks: alpha/*, outcome: direkt, reason: routes are merged}\n"
    _, problems = resolve(parse(text, "known.yaml")[0], CATALOGUE, "")
    assert "did you mean 'direct'?" in str(problems[0])


@pytest.mark.parametrize(
    ("wanted", "version", "about"),
    [
        (">=1.20,<1.22", "1.21.3", True),
        (">=1.20,<1.22", "v1.20.0", True),
        (">=1.20,<1.22", "1.22.0", False),
        (">=1.20,<1.22", "1.20.3-gke.1", True),
        (">=2.14", "stable-2.14.10", True),
        (">=25.4", "edge-25.4.4", True),
        (">=1.24.0a1", "1.24.0-beta.1", True),
        ("==1.21.*", "1.21.9", True),
    ],
)
def test_entries_outside_their_versions_do_not_apply(wanted, version, about):
    found, problems = resolved("alpha/*", version=version, more=f"versions: '{wanted}'\n    ")
    assert problems == []
    assert bool(found) is about


@pytest.mark.parametrize("version", ["", "embedded", "latest"])
def test_a_range_needs_a_version(version):
    found, problems = resolved("alpha/*", version=version, more="versions: '>=1.20'\n    ")
    assert found == ()
    assert f"identity.version is {version!r}" in problems[0]


_RANGE = st.lists(
    st.tuples(st.sampled_from([">=", "<", ">", "<=", "=="]), st.integers(0, 3), st.integers(0, 3)), max_size=3
).map(lambda parts: ",".join(f"{sign}{major}.{minor}" for sign, major, minor in parts) or ">=0")


@given(_RANGE, _RANGE, st.integers(0, 4), st.integers(0, 4), st.integers(0, 2))
def test_ranges_that_share_a_version_overlap(one, other, major, minor, patch):
    version = Version(f"{major}.{minor}.{patch}")
    both = all(SpecifierSet(each).contains(version) for each in (one, other))
    assert not both or versions.overlap(one, other)


def test_ranges_that_do_not_meet_do_not_overlap():
    assert not versions.overlap(">=1.20,<1.22", ">=1.22")
    assert not versions.overlap("<1.20", ">=1.20")
    assert versions.overlap(">1.20,<1.21", ">1.20.3")
    assert versions.overlap(None, ">=1")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- checks: a\n", "known.yaml:1: this is no mapping"),
        ("", "known.yaml:1: the file is empty"),
        ("expectations: {}\n", "known.yaml:1: expectations is {}"),
        ("expectations:\n  - checks: a/*\n    outcome: other\n", "known.yaml:2: entry 1 lacks the key 'reason'"),
        (f"expectations:\n  - checks: a/*\n    isue: x\n    {TAIL}", "known.yaml:3: unknown key 'isue' in entry 1"),
        (f"expectations:\n  - checks: []\n    {TAIL}", "known.yaml:2: entry 1, checks is []"),
        (
            f"expectations:\n  - checks: a\n    versions: up\n    {TAIL}",
            "known.yaml:3: entry 1, versions is 'up'",
        ),
        ("expectations: [\n", "known.yaml:2: not valid YAML"),
        (f"expectation:\n  - checks: a\n    {TAIL}", "did you mean 'expectations'?"),
    ],
)
def test_mistakes_are_told_with_their_line(text, says):
    found, problems = parse(text, "known.yaml")
    assert found == ()
    assert says in "\n".join(map(str, problems))


def test_lint_wants_reasons_and_issues(tmp_path):
    file = tmp_path / "known.yaml"
    file.write_text(
        "expectations:\n"
        "  - {checks: alpha/*, outcome: other, reason: 'new in 20260102-030405-abcd: describe why'}\n"
        "  - {checks: alpha/served, versions: '<2', outcome: silent, reason: it is merged, issue: 'https://a.b/1'}\n"
        "  - {checks: gone/*, outcome: silent, reason: it is merged, issue: 'https://a.b/1'}\n"
    )
    texts = [f"{problem.mark.line}: {problem.text}" for problem in lint(file, CATALOGUE)]
    assert any("2: nobody has given a reason yet" in text for text in texts)
    assert "2: the entry has no issue" in texts
    assert any("3: alpha/served is expected to fail by two entries" in text for text in texts)
    assert any("4: dead entry" in text for text in texts)
    assert len(texts) == 4
