"""Hazards: a control before and after, so that the one that stalls a mesh is named."""

import pytest

from harness.evidence.model import Kind, Verdict
from harness.observation import Failure

from .test_playing import correct
from .world import World, fails, from_echo, scenario

HAZARD = scenario(scenario="risky", hazard=True)
AFTERWARDS = scenario(scenario="second")


def is_control(request):
    return request.url.startswith("http://control")


def in_force(request, broken):
    """A control arrives unless the mesh is broken by now."""
    return from_echo("echo-v1" if broken else "echo-v2")


def verdicts(played):
    return {(found.verdict, found.kind) for found in played.checks}


def applied(world):
    return [line for line in world.cluster.log if line.startswith("apply HTTPRoute")]


def test_a_mesh_that_survives_is_asked_before_and_after(tmp_path):
    world = World(tmp_path, lambda request: in_force(request, False) if is_control(request) else correct(request))
    assert verdicts(world.play(HAZARD)) == {(Verdict.PASS, None)}
    assert applied(world) == [
        "apply HTTPRoute control-risky-before",
        "apply HTTPRoute front",
        "apply HTTPRoute control-risky-after",
    ]
    assert verdicts(world.play(AFTERWARDS)) == {(Verdict.PASS, None)}


def test_a_mesh_that_stalls_under_a_hazard_is_named_with_it(tmp_path):
    seen = []

    def behave(request):
        if request.since("HTTPRoute", "front") is not None:
            seen.append(1)
        return in_force(request, bool(seen)) if is_control(request) else from_echo()

    world = World(tmp_path, behave)
    played = world.play(HAZARD)
    assert verdicts(played) == {(Verdict.FAIL, Kind.STALLED)}
    assert "since risky was played (a hazard, played alone)" in played.checks[0].reason
    later = world.play(AFTERWARDS)
    assert verdicts(later) == {(Verdict.NOT_RUN, None)}
    assert "risky" in later.checks[0].reason
    assert not applied(world)


def test_a_mesh_that_stalls_after_right_answers_turns_them_into_failures(tmp_path):
    def behave(request):
        broken = "-after" in request.url
        return in_force(request, broken) if is_control(request) else correct(request)

    world = World(tmp_path, behave)
    played = world.play(HAZARD)
    assert verdicts(played) == {(Verdict.FAIL, Kind.STALLED)}
    assert "right by itself" in played.checks[0].reason
    assert verdicts(world.play(AFTERWARDS)) == {(Verdict.NOT_RUN, None)}


def test_a_mesh_that_was_stalled_before_is_not_blamed_on_the_hazard(tmp_path):
    world = World(tmp_path, lambda request: in_force(request, True) if is_control(request) else from_echo())
    played = world.play(HAZARD)
    assert verdicts(played) == {(Verdict.NOT_RUN, None)}
    assert "seen before the hazard risky" in played.checks[0].reason
    assert applied(world) == ["apply HTTPRoute control-risky-before"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_control_that_cannot_be_observed_blames_nobody(tmp_path, when):
    def behave(request):
        if f"-{when}" in request.url:
            return fails(Failure.UNRESOLVED)
        return in_force(request, False) if is_control(request) else correct(request)

    world = World(tmp_path, behave)
    played = world.play(HAZARD)
    assert verdicts(played) == {(Verdict.ERROR, None) if when == "before" else (Verdict.PASS, None)}
    assert played.scenario.problems, "told, and by whose fault"
    assert not world.player._state.stalled
