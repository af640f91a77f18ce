"""The parts of settling that whole scenarios do not show one by one."""

import multiprocessing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.mesh_profile import load
from harness.play import estimate
from harness.play.control import enrolled
from harness.play.holding import MIX_RATE, Lasting, length
from harness.play.holding import load as load_of
from harness.play.roster import Pod, disturbance
from harness.play.sending import Load
from harness.play.settle import CONSECUTIVE, Patience, Streak
from harness.play.state import RunState
from harness.play.targets import Destination, destination, spelled_differently
from harness.play.watcher import summary
from harness.scenario.model import Client
from harness.settings import Settings

from .build import CONSUMER, classified, probe
from .world import scenario


def streak(names, settled_for=0.05):
    found = Streak("good", settled_for)
    for answer in classified(names):  # a thirtieth of a second apart
        found.add(answer)
    return found


class TestStreak:
    @pytest.mark.parametrize(
        ("names", "settled"),
        [
            ("good*5", True),
            ("good*4", False),
            ("bad*9 good*5", True),
            ("good*9 bad", False),
            ("good*9 bad good*4", False),
            ("good*2 unsent good*2 void good", True),
            ("unsent*9", False),
        ],
    )
    def test_five_in_a_row(self, names, settled):
        assert streak(names).settled is settled

    def test_for_as_long_as_the_profile_says(self):
        assert not streak("good*30", settled_for=1.0).settled
        assert streak("good*31", settled_for=1.0).settled

    def test_knows_when_nothing_about_the_mesh_was_ever_seen(self):
        assert streak("unsent*3 void").only_unsent
        assert not streak("unsent*3 bad").only_unsent

    @given(st.lists(st.sampled_from(["good", "bad", "unsent", "void"]), max_size=60))
    def test_settled_always_means_that_the_last_five_judged_were_right(self, names):
        judged = [name for name in names if name in ("good", "bad")]
        if streak(" ".join(names), settled_for=0.0).settled:
            assert judged[-CONSECUTIVE:] == ["good"] * CONSECUTIVE
        else:
            assert judged[-CONSECUTIVE:] != ["good"] * CONSECUTIVE


@pytest.mark.parametrize("settled_for", [0.0, 0.05, 1.0, 3.0])
def test_five_tries_span_what_the_profile_asks_for_and_are_no_load(settled_for):
    interval = Patience(settled_for, 30, 7).interval
    assert interval * (CONSECUTIVE - 1) >= settled_for
    assert interval >= 0.015


@pytest.mark.parametrize(
    ("declared", "slowest", "expected"), [(2, 0.0, 2), (2, 0.1, 2), (2, 1.0, 3.0), (2, 60, 30), (40, 60, 40)]
)
def test_a_hold_lasts_three_times_the_slowest_propagation_within_reason(declared, slowest, expected):
    assert length(declared, slowest) == expected


@pytest.mark.parametrize(
    ("declared", "slowest", "expected"), [(2, 0.0, 0.2), (2, 0.05, 0.2), (2, 0.5, 1.5), (2, 60, 3.0), (40, 60, 4)]
)
def test_in_a_hurried_run_holds_last_a_tenth_but_still_three_times_the_slowest_propagation(declared, slowest, expected):
    assert length(declared, slowest, 0.1) == pytest.approx(expected)


class TestTheLoadOfAHold:
    def test_sends_as_declared_where_there_is_time_enough(self):
        probe = scenario().probes["matched"]
        assert load_of(probe, Lasting(2.0, 2.0)) == Load(1 / 30, duration=2.0, min_count=60)
        assert load_of(probe, Lasting(2.0, 9.0)) == Load(1 / 30, duration=9.0, min_count=60)

    @given(st.floats(0.1, 30), st.floats(0.05, 1.0), st.sampled_from([10.0, 30.0, 90.0, 250.0, 800.0]))
    def test_a_hurried_one_sends_at_least_as_often_and_never_more_slowly(self, declared, pace, rate):
        probe = scenario().probes["matched"].model_copy(update={"rate": rate})
        whole, hurried = load_of(probe, Lasting(declared, declared)), load_of(probe, Lasting(declared, declared * pace))
        assert hurried.interval <= whole.interval
        sent = max(hurried.min_count, int(hurried.duration / hurried.interval))
        assert sent >= int(declared * rate)
        assert 1 / hurried.interval <= max(rate, MIX_RATE) + 1


def test_a_hurried_run_shortens_what_the_mesh_has_time_for_and_never_waits_less_for_what_is_ours(tmp_path):
    def settings(scale):
        return Settings(run_id="r", run_dir=tmp_path, mesh=load("lab"), time_scale=scale)

    hurried, patient = settings(0.1), settings(3.0)
    assert (hurried.budget, hurried.patience, hurried.pace) == (0.1, 1.0, 0.1)
    assert (patient.budget, patient.patience, patient.pace) == (3.0, 3.0, 1.0)


def test_the_time_a_scenario_takes_is_known_well_enough_to_start_the_longest_first():
    def slow(seconds):
        probes = {name: one.model_dump(by_alias=True) for name, one in scenario().probes.items()}
        probes["unmatched"]["headers"] = {"x-gamma-echo-delay": f"{seconds}s"}
        return scenario(probes=probes)

    steps = [step.model_dump(by_alias=True) for step in scenario().steps]
    shares = {"check": "shares", "proves": ["a.b"], "probe": "matched", "expect": {"routed": 70, "direct": 30}}
    sampled = scenario(steps=[*steps, {"mix": {"probe": "matched", "detects": 5}, "checks": [shares]}])
    assert 2.0 <= estimate.seconds(scenario()) <= 3.0
    assert estimate.seconds(slow(4)) >= estimate.seconds(scenario()) + 4
    assert estimate.seconds(sampled) >= estimate.seconds(scenario()) + 10
    assert 60 <= estimate.requests(scenario()) <= 200
    assert estimate.requests(sampled) >= estimate.requests(scenario()) + 4000


class TestRoster:
    @pytest.mark.parametrize(
        ("after", "words"),
        [
            ({"ns/a": Pod("uid", 0, True)}, ""),
            ({"ns/a": Pod("uid", 1, True)}, "ns/a was restarted"),
            ({"ns/a": Pod("new", 0, True)}, "ns/a was replaced"),
            ({"ns/a": Pod("uid", 0, False)}, "ns/a is not ready"),
            ({}, "ns/a is gone"),
            ({"ns/a": Pod("uid", 0, True), "ns/b": Pod("uid", 0, True)}, "ns/b appeared"),
        ],
    )
    def test_every_change_of_our_pods_is_told(self, after, words):
        told = disturbance({"ns/a": Pod("uid", 0, True)}, after)
        assert told.endswith(words)
        assert bool(told) is bool(words)


class TestTargets:
    settings = Settings(run_id="r", run_dir="runs/r", mesh=load("lab"))

    @pytest.mark.parametrize(
        ("url", "found"),
        [
            ("http://front/x", Destination("front", "gamma-consumer", 80)),
            ("http://front.gamma-producer/x", Destination("front", "gamma-producer", 80)),
            ("http://front.gamma-producer.svc.cluster.local:8081/", Destination("front", "gamma-producer", 8081)),
            ("podip://echo-v1.gamma-producer:8080/x", Destination("echo-v1", "gamma-producer", 8080)),
        ],
    )
    def test_a_url_names_a_service(self, url, found):
        assert destination(url, CONSUMER, self.settings) == found

    def test_several_spellings_of_one_service_are_what_the_probes_are_about(self):
        probes = {
            "short": probe(**{"from": "producer"}, url="http://front/"),
            "long": probe(**{"from": "producer"}, url="http://front.gamma-producer/"),
            "same": probe(url="http://other.gamma-producer/"),
            "address": probe(url="clusterip://other.gamma-producer:80/"),
        }
        assert spelled_differently(probes, self.settings) == {"short", "long"}


def test_a_control_never_asks_a_client_that_the_mesh_does_not_serve():
    assert enrolled([Client("outside"), Client("consumer"), Client("consumer")]) == [Client("consumer")]
    assert enrolled([Client("outside")]) == [Client("producer")]


def test_route_status_in_one_line():
    accepted = {"type": "Accepted", "status": "True", "reason": "Accepted"}
    refs = {"type": "ResolvedRefs", "status": "False", "reason": "BackendNotFound"}
    status = {"parents": [{"conditions": [accepted, refs]}, {"conditions": [accepted]}]}
    assert summary(status) == "Accepted=True ResolvedRefs=False (BackendNotFound)"
    assert summary({}) == "none"


def _find_out(folder):
    RunState(folder).once("stamp", lambda: {"by": multiprocessing.current_process().name})
    RunState(folder).propagated(float(multiprocessing.current_process().name[-1]), "x")


class TestRunState:
    def test_keeps_the_slowest_propagation(self, tmp_path):
        state = RunState(tmp_path)
        assert state.slowest == 0.0
        for seconds in (1.0, 3.0, 2.0):
            state.propagated(seconds, "front")
        assert RunState(tmp_path).slowest == 3.0

    def test_the_first_reason_to_stop_stays(self, tmp_path):
        state = RunState(tmp_path)
        assert state.stalled == ""
        state.stall("first")
        state.stall("second")
        assert RunState(tmp_path).stalled == "first"

    def test_knows_what_was_in_force_when_the_last_control_succeeded(self, tmp_path):
        state = RunState(tmp_path)
        with state.plays("b"), RunState(tmp_path).plays("a"):
            state.control_succeeded()
        assert state.playing() == []
        assert state.last_good == ["a", "b"]

    def test_a_fact_is_found_out_once(self, tmp_path):
        asked = []
        for _ in range(3):
            RunState(tmp_path).once("stamp", lambda: asked.append(1) or {"works": True})
        assert len(asked) == 1

    def test_workers_do_not_get_in_each_others_way(self, tmp_path):
        context = multiprocessing.get_context("spawn")
        workers = [context.Process(target=_find_out, args=(tmp_path,), name=f"w{n}") for n in range(1, 4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(20)
        assert RunState(tmp_path).slowest == 3.0
        assert RunState(tmp_path).once("stamp", dict)["by"].startswith("w")
