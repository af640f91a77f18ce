"""The whole catalogue under profiles that disclaim one feature after the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.claims import OPTIONAL_CORE, adjust, is_core
from harness.mesh_profile import load
from harness.scenario import features_needed, load_catalogue
from spec import features, requirements
from suites.plugin import players
from suites.plugin.guard import joined
from suites.plugin.players import reason_to_skip

CATALOGUE = load_catalogue([Path(__file__).parents[3] / "scenarios"])
NEEDED = {name: features_needed(scenario) for name, scenario in CATALOGUE.items()}
NAMES = [name for name in features.load() if not is_core(name) or name == OPTIONAL_CORE]


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    """What a scenario needs does not depend on the profile: found out once is enough."""
    monkeypatch.setattr(players, "features_needed", lambda scenario: NEEDED[scenario.id])


def skipped(*options: str) -> dict[str, str]:
    declared, _ = adjust(load("lab").features, ["all", *options])
    reasons = {name: reason_to_skip(scenario, declared) for name, scenario in CATALOGUE.items()}
    return {name: reason for name, reason in reasons.items() if reason}


def about_absence() -> set[str]:
    return {name for name, scenario in CATALOGUE.items() if scenario.unless}


def test_with_every_feature_claimed_only_scenarios_about_absence_are_skipped():
    assert skipped().keys() == about_absence()


@pytest.mark.parametrize("feature", NAMES)
def test_exactly_the_scenarios_of_a_disclaimed_feature_are_skipped(feature):
    found = skipped(f"-{feature}")
    needing = {name for name in CATALOGUE if feature in NEEDED[name]}
    still_absent = {name for name in about_absence() if set(CATALOGUE[name].unless) != {feature}}
    assert found.keys() == needing | still_absent
    assert {found[name] for name in needing} <= {f"the mesh disclaims {feature}"}


def test_the_lab_leaves_no_feature_open_whose_failures_would_then_count_for_nothing():
    declared = load("lab").features
    needed = {name for scenario in CATALOGUE.values() if _demands(scenario) for name in NEEDED[scenario.id]}
    open_ones = sorted(name for name in needed if declared.state(name) == "undeclared")
    assert open_ones == [], "claim or disclaim them in meshes/lab.yaml"


def _demands(scenario) -> bool:
    """Whether a wrong outcome of any of its checks has a verdict."""
    known = requirements.load()
    return any(requirements.strongest(known[name] for name in check.proves) != "observed" for check in scenario.checks)


def test_a_name_after_the_option_is_not_taken_for_an_option():
    assert joined(["--features", "-HTTPRouteCORS", "-x"]) == ["--features=-HTTPRouteCORS", "-x"]
    assert joined(["--features", "all", "-q", "--features"]) == ["--features", "all", "-q", "--features"]
    assert joined(["--features", "--strict"]) == ["--features", "--strict"]
