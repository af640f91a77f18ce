"""The catalogue as a whole: nothing that a mesh is held to may be left out, and the page says what is so.

`coverage_missing.txt` lists the statements that scenarios are still to be written for; it may only get shorter.
"""

from __future__ import annotations

from pathlib import Path

from cli.coverage import COMMAND, page
from harness.coverage import cover
from harness.scenario import features_needed, load_catalogue
from spec import excuses, features, requirements

ROOT = Path(__file__).resolve().parents[3]
MISSING = Path(__file__).with_name("coverage_missing.txt")
COVERED = cover(requirements.load(), load_catalogue([ROOT / "scenarios"]).values(), excuses.load())


def test_everything_is_proven_observed_or_excused():
    known = MISSING.read_text(encoding="utf-8").split() if MISSING.exists() else []
    missing = [one.requirement.id for one in COVERED if one.how == "missing"]
    fix = (
        f"prove them, or give the reason in spec/excuses.yaml (gamma coverage --missing > {MISSING.relative_to(ROOT)})"
    )
    assert missing == known, fix


def test_most_of_what_is_experimental_is_proven_or_still_to_be():
    experimental = [one for one in COVERED if one.group == "experimental"]
    excused = [one.requirement.id for one in experimental if one.how == "excused"]
    assert len(excused) <= 0.2 * len(experimental), excused


def test_no_excuse_is_stale():
    needless = [one.requirement.id for one in COVERED if one.checks and one.excuse]
    assert needless == [], "proven after all: take them out of spec/excuses.yaml"


def test_the_page_is_up_to_date():
    written = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert written.splitlines() == list(page(COVERED)), f"run: {COMMAND}"


#: Core statements about fields that only extended features have: nothing else could show them.
NEEDS_MORE = {
    "filters.invalid-combinations-refused",  # a redirect beside a rewrite
    "filters.order",  # needs two filters that are seen to follow one another
    "timeouts.duration-not-rewritten",  # durations stand in timeouts alone
}


def test_core_statements_are_proven_without_extended_features():
    core = {name for name, feature in features.load().items() if feature.support == "core"}
    proven = {
        requirement
        for scenario in load_catalogue([ROOT / "scenarios"]).values()
        if features_needed(scenario) <= core
        for check in scenario.checks
        for requirement in check.proves
    }
    left = {
        one.requirement.id
        for one in COVERED
        if one.checks and one.requirement.support == "core" and one.requirement.id not in proven
    }
    assert left == NEEDS_MORE, "a mesh that disclaims the feature would never be asked for what is core"
