"""Streams: what is judged of them, what is only measured, and that none is left running."""

from __future__ import annotations

from typing import Any

import pytest

from harness.evidence.model import Kind, Verdict
from harness.observation import Failure, JournalView
from harness.play.classify import Classified
from harness.play.holding import Held
from harness.play.streaming import added, measured, merged, transition
from harness.play.workloads import scaled

from .build import answered, failed, hit, seen
from .world import Reply, Request, World, fails, from_echo, scenario


def answers(names: str) -> list[Classified]:
    found = []
    for number, name in enumerate(names.split()):
        what = failed(Failure.RESET, started=float(number)) if name == "broken" else seen(answered(), started=number)
        found.append(Classified(what, name))
    return found


@pytest.mark.parametrize(
    ("names", "lost", "overlap", "returns"),
    [
        ("old old new new", 0, 0.0, 0),
        ("old new old new", 0, 1.0, 1),
        ("old broken new new", 1, 0.0, 0),
        ("old other new broken new", 2, 1.0, 1),
        ("new new", 0, 0.0, 0),
        ("old old", 0, 0.0, 0),
        ("", 0, 0.0, 0),
        ("old unsent void new", 0, 0.0, 0),
    ],
)
def test_how_smoothly_a_stream_went_over(names: str, lost: int, overlap: float, returns: int) -> None:
    found = transition(answers(names), "new")
    assert (found.lost, found.overlap, found.returns) == (lost, overlap, returns)


def test_measurements_add_up_over_joins() -> None:
    assert measured({}) == {}
    first = {"stream_sent": 3.0, "stream_overlap_s": 2.0}
    assert added(first, {"stream_sent": 4.0, "stream_overlap_s": 1.0}) == {"stream_sent": 7.0, "stream_overlap_s": 2.0}


def test_journals_of_streams_and_witnesses_are_one() -> None:
    one = Held({}, JournalView({"a-0": (hit(),)}, frozenset({"p"}), ("gap",)))
    two = Held({}, JournalView({"b-0": (hit(),)}, frozenset({"p"}), ("gap",)))
    both = merged(one, two)
    assert both is not None
    assert (set(both.hits), both.problems) == ({"a-0", "b-0"}, ("gap",))
    assert merged(Held({}, None), None) is None


def streamed(expect: str = "routed") -> Any:
    check = {"check": "it", "proves": ["attachment.unmatched-rejected"], "probe": "matched", "expect": expect}
    return scenario(
        steps=[
            {"apply": "services"},
            {"await": {"matched": "direct"}},
            {"stream": ["matched"]},
            {"apply": "route"},
            {"await": {"matched": "routed"}},
            {"join": "2s", "checks": [check]},
        ],
        probes={"matched": {"from": "consumer", "url": "http://front.gamma-producer/known"}},
        outcomes={"routed": {"backend": "echo-v2"}, "direct": {"backend": "echo-v1"}},
    )


def switching(request: Request) -> Reply:
    since = request.since("HTTPRoute", "front")
    return from_echo("echo-v1" if since is None or since < 0.3 else "echo-v2")


def played(tmp_path: Any, behave: Any) -> tuple[World, Any]:
    world = World(tmp_path, behave)
    return world, world.play(streamed())


def test_only_the_final_stretch_is_judged(tmp_path: Any) -> None:
    world, result = played(tmp_path, switching)
    (check,) = result.checks
    assert check.verdict is Verdict.PASS, check.reason
    assert [one.outcome for one in check.observed] == ["routed"]
    assert check.samples >= 60
    assert result.scenario.measurements["stream_sent"] > check.samples
    assert result.scenario.measurements["stream_lost"] == 0
    assert world.sender.running == 0


@pytest.mark.parametrize("time_scale", [1.0, 0.1])
def test_a_slow_connection_gets_the_time_that_it_needs(tmp_path: Any, time_scale: float) -> None:
    def behave(request: Request) -> Reply:
        workload = "echo-v2" if (request.since("HTTPRoute", "front") or 0.0) >= 0.03 else "echo-v1"
        return from_echo(workload, elapsed=0.06)  # twice what the schedule allows, or twenty times

    world = World(tmp_path, behave)
    world.player._settings = world.settings.model_copy(update={"time_scale": time_scale})
    slow = streamed()
    kept = slow.probes["matched"].model_copy(update={"over": "one"})
    (check,) = world.play(slow.model_copy(update={"probes": {"matched": kept}})).checks
    assert check.verdict is Verdict.PASS, check.reason
    assert check.samples >= 60


def test_what_is_lost_before_the_stretch_is_only_measured(tmp_path: Any) -> None:
    def behave(request: Request) -> Reply:
        since = request.since("HTTPRoute", "front")
        return fails(Failure.RESET) if since is not None and 0.1 < since < 0.3 else switching(request)

    _, result = played(tmp_path, behave)
    assert result.checks[0].verdict is Verdict.PASS
    assert result.scenario.measurements["stream_lost"] > 0


def test_a_return_in_the_final_stretch_fails(tmp_path: Any) -> None:
    def behave(request: Request) -> Reply:
        since = request.since("HTTPRoute", "front")
        return from_echo("echo-v1") if since is not None and since > 2 else switching(request)

    _, result = played(tmp_path, behave)
    assert result.checks[0].verdict is Verdict.FAIL
    assert result.checks[0].kind is Kind.REGRESSED


def test_a_scenario_that_ends_early_leaves_no_stream(tmp_path: Any) -> None:
    world, result = played(tmp_path, lambda request: from_echo("echo-v1"))
    assert result.checks[0].kind in (Kind.NEVER_CONVERGED, Kind.STALLED)
    assert world.sender.running == 0


@pytest.mark.parametrize(
    ("status", "replicas", "ready"),
    [
        ({"observedGeneration": 2}, 0, True),
        ({"observedGeneration": 1}, 0, False),
        ({"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}, 1, True),
        ({"observedGeneration": 2, "replicas": 2, "updatedReplicas": 1, "availableReplicas": 1}, 1, False),
        ({"observedGeneration": 2, "replicas": 1}, 1, False),
    ],
)
def test_when_a_workload_is_scaled(status: dict[str, int], replicas: int, ready: bool) -> None:
    assert scaled({"metadata": {"generation": 2}, "status": status}, replicas) is ready


def test_a_workload_that_is_not_there_is_not_scaled() -> None:
    assert not scaled(None, 0)
