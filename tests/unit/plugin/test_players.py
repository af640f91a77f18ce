"""Scenarios that are not played are accounted for, check by check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.claims import Features
from harness.errors import TargetError
from harness.evidence.model import Kind, Verdict
from harness.mesh_profile import MeshProfile, MeshResource
from harness.play.state import RunState
from harness.scenario import load_catalogue
from harness.settings import Settings
from suites.plugin.plan import plan
from suites.plugin.players import Players, nameless, nobody_outside, reason_to_skip, unplayed

CATALOGUE = load_catalogue([Path(__file__).parents[2] / "contract" / "pytest_interface" / "catalogue"])
TIMEOUT = "HTTPRouteRequestTimeout"


def players(tmp_path, make, **features) -> Players:
    mesh = MeshProfile(name="some", features=Features(**features))
    return Players(Settings(run_id="r", run_dir=tmp_path, mesh=mesh), make)


def never():
    pytest.fail("nothing is to be played")


def test_a_scenario_that_needs_a_disclaimed_feature_is_skipped_with_the_reason(tmp_path):
    played = players(tmp_path, never, disclaimed=(TIMEOUT,)).play(CATALOGUE["charlie"])
    assert [(check.verdict, check.reason) for check in played.checks] == [
        (Verdict.SKIP, f"the mesh disclaims {TIMEOUT}")
    ]


def test_undeclared_features_are_played():
    assert reason_to_skip(CATALOGUE["charlie"], Features()) == ""


def test_a_scenario_about_the_absence_of_a_feature_is_for_meshes_that_disclaim_it():
    scenario = CATALOGUE["charlie"].model_copy(update={"unless": (TIMEOUT,)})
    assert reason_to_skip(scenario, Features()) == f"only for meshes that disclaim {TIMEOUT}"
    assert reason_to_skip(scenario, Features(disclaimed=(TIMEOUT,))) == ""


@pytest.mark.parametrize("error", [TargetError("no pods", "look"), ValueError("a bug")], ids=["target", "bug"])
def test_a_player_that_breaks_is_an_error_of_every_check_and_of_nothing_else(tmp_path, error):
    def breaks():
        raise error

    played = players(tmp_path, breaks).play(CATALOGUE["alpha"])
    assert [check.id for check in played.checks] == ["alpha/served", "alpha/everywhere"]
    assert {check.verdict for check in played.checks} == {Verdict.ERROR}
    assert all(str(error).splitlines()[0] in check.reason for check in played.checks)
    assert ("Traceback" in "".join(played.scenario.problems)) == isinstance(error, ValueError)


def test_records_of_the_unplayed_fulfil_the_plan(tmp_path):
    played = players(tmp_path, never, disclaimed=("GRPCRoute", TIMEOUT)).play(CATALOGUE["charlie"])
    planned = plan(CATALOGUE["charlie"])
    assert [(check.id, check.line, check.proves) for check in played.checks] == [
        (check.id, check.line, check.proves) for check in planned.checks
    ]


def test_what_the_installed_crds_do_not_have_is_skipped_with_both_versions(tmp_path):
    RunState(tmp_path / "state").describe({"version": "v1.1.0", "channel": "standard"})
    played = players(tmp_path, never).play(CATALOGUE["charlie"])
    assert [(check.verdict, check.reason) for check in played.checks] == [
        (
            Verdict.SKIP,
            f"needs Gateway API v1.2 for the feature {TIMEOUT} (the cluster has v1.1.0, standard)",
        )
    ]


def test_mesh_objects_of_the_mesh_need_a_profile_that_names_their_controller():
    scenario = load_catalogue([Path(__file__).parents[3] / "scenarios"])["mesh-accepted"]
    reason = "the profile some names no controller of Mesh objects (meshResource.controllerName)"
    assert nameless(scenario, MeshProfile(name="some")) == reason
    named = MeshProfile(name="some", meshResource=MeshResource(controllerName="example.com/mesh"))
    assert nameless(scenario, named) == ""
    assert nameless(CATALOGUE["charlie"], MeshProfile(name="some")) == ""


class Failing:
    """A player for whom every check is wrong."""

    def play(self, scenario):
        told = unplayed(
            scenario, Settings(run_id="r", run_dir="x", mesh=MeshProfile(name="some")), Verdict.FAIL, "wrong"
        )
        checks = tuple(check.model_copy(update={"kind": Kind.WRONG}) for check in told.checks)
        return replace(told, checks=checks)

    def close(self):
        pass


def verdict(tmp_path, **settings) -> Verdict:
    settings = Settings(run_id="r", run_dir=tmp_path, mesh=MeshProfile(name="some"), **settings)
    (check,) = Players(settings, Failing).play(CATALOGUE["charlie"]).checks
    return check.verdict


def test_what_fails_undeclared_is_skipped(tmp_path):
    assert verdict(tmp_path) is Verdict.SKIP


def test_what_fails_undeclared_fails_where_that_is_asked_for(tmp_path):
    assert verdict(tmp_path, features_strict=True) is Verdict.FAIL


def test_what_the_cluster_publishes_is_claimed(tmp_path):
    RunState(tmp_path / "state").publish([TIMEOUT, "HTTPRouteOfTomorrow"])
    assert verdict(tmp_path) is Verdict.FAIL


@pytest.mark.parametrize(
    ("mesh", "skipped"),
    [
        ({}, True),
        ({"labels": {"enrolled": {"in": "mesh"}}}, False),
        ({"annotations": {"roles": {"consumer": {"in": "mesh"}}}}, False),
        ({"labels": {"enrolled": {"same": "x"}, "roles": {"outside": {"same": "x"}}}}, True),
        ({"afterNamespaces": [{"labels": {"use": "w"}}]}, False),
    ],
)
def test_nobody_is_outside_of_a_mesh_that_takes_in_every_namespace(mesh, skipped):
    scenario = CATALOGUE["charlie"]
    (name, probe), *_ = scenario.probes.items()
    outside = scenario.model_copy(update={"probes": {name: probe.model_copy(update={"from_": ("outside",)})}})
    profile = MeshProfile.model_validate({"name": "some", **mesh})
    assert bool(nobody_outside(outside, profile)) == skipped
    assert nobody_outside(scenario, profile) == ""
