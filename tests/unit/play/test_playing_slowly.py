"""Whole scenarios against a scripted mesh, where our own clients, the mesh or everything takes its time."""

from dataclasses import replace

from harness.evidence.model import Kind, Verdict
from harness.observation import Failure

from .test_playing_rules import NEGATIVE, verdicts
from .world import World, correct, fails, from_mesh, scenario

TIMED = {
    "late": {"timedOut": {"after": "500ms", "early": "20ms"}},
    "direct": {"backend": "echo-v1"},
    "routed": {"backend": "echo-v2"},
}


class TestTime:
    @staticmethod
    def timed_scenario():
        steps = [step.model_dump(by_alias=True) for step in scenario().steps]
        checks = [{**steps[-1]["checks"][0], "expect": "late", "ifInstead": {}}]
        return scenario(outcomes=TIMED, steps=[*steps[:-1], {"hold": "2s", "checks": checks}])

    @staticmethod
    def times_out(request, lag):
        reply = correct(request)
        return from_mesh(504, elapsed=0.51, lag=lag(request)) if reply.answer.status == 404 else reply

    def test_is_judged_by_a_client_that_kept_up(self, tmp_path):
        played = World(tmp_path, lambda r: self.times_out(r, lambda _: 0.0)).play(self.timed_scenario())
        assert verdicts(played)[NEGATIVE] == (Verdict.PASS, None)

    def test_a_hold_is_repeated_while_our_own_client_is_too_slow(self, tmp_path):
        calm = []

        def lag(request):
            calm.append(request)
            return 0.2 if len(calm) <= 60 else 0.0

        played = World(tmp_path, lambda r: self.times_out(r, lag)).play(self.timed_scenario())
        assert verdicts(played)[NEGATIVE] == (Verdict.PASS, None)
        assert any("the hold is repeated" in event.what for event in played.scenario.timeline)

    def test_a_client_that_never_keeps_up_is_an_error(self, tmp_path):
        played = World(tmp_path, lambda r: self.times_out(r, lambda _: 0.2)).play(self.timed_scenario())
        assert verdicts(played)[NEGATIVE] == (Verdict.ERROR, None)

    def test_silence_while_all_answers_take_seconds_is_no_fault_of_the_mesh(self, tmp_path):
        def behave(request):
            if request.number % 7 == 6:
                return fails(Failure.DEADLINE, elapsed=10.0)
            return replace(correct(request), elapsed=4.0)

        found = World(tmp_path, behave).play(scenario())
        assert {check.verdict for check in found.checks} <= {Verdict.PASS, Verdict.ERROR}

    def test_silence_while_others_are_answered_at_once_is(self, tmp_path):
        def behave(request):
            since = request.since("HTTPRoute", "front")
            if since is not None and since > 1.0 and request.number % 7 == 6:
                return fails(Failure.DEADLINE, elapsed=10.0)
            return correct(request)

        assert verdicts(World(tmp_path, behave).play(scenario()))[NEGATIVE] == (Verdict.FAIL, Kind.REGRESSED)

    def test_an_answer_that_came_too_early_fails_all_the_same(self, tmp_path):
        def behave(request):
            reply = correct(request)
            return from_mesh(504, elapsed=0.1) if reply.answer.status == 404 else reply

        assert verdicts(World(tmp_path, behave).play(self.timed_scenario()))[NEGATIVE] == (Verdict.FAIL, Kind.WRONG)

    def test_a_few_answers_that_came_a_little_too_early_never_vanish_from_a_pass(self, tmp_path):
        def behave(request):
            reply = correct(request)
            if reply.answer.status != 404:
                return replace(reply, elapsed=0.05)
            return from_mesh(504, elapsed=0.4 if request.number == 7 else 0.51)

        assert verdicts(World(tmp_path, behave).play(self.timed_scenario()))[NEGATIVE] == (Verdict.ERROR, None)
