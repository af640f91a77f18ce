"""Whole scenarios against a scripted mesh: no way leads from a wrong mesh to a pass, none from us to a fail."""

import pytest

from harness.cluster import Ref, Refused
from harness.evidence.model import Kind, Verdict
from harness.observation import Failure
from harness.play import steady

from .world import World, correct, fails, from_echo, from_mesh, scenario, service

NEGATIVE, POSITIVE = "unmatched-rejected", "matched-routed"


def verdicts(played):
    return {check.check: (check.verdict, check.kind) for check in played.checks}


def check(played, name=NEGATIVE):
    return next(check for check in played.checks if check.check == name)


def routed_after(request, seconds=0.3):
    since = request.since("HTTPRoute", "front")
    return since is not None and since >= seconds


class TestWhatReportsAreGiven:
    def test_of_a_check_that_was_not_met_the_wrong_answers_are_kept_first_in_order_of_time(self, tmp_path):
        def late(request):
            since = request.since("HTTPRoute", "front")
            return from_echo("echo-v1") if since is not None and since > 2.0 else correct(request, 0.0)

        played = World(tmp_path, late).play(scenario())
        failed = check(played)
        assert failed.verdict is Verdict.FAIL
        kept = failed.answers
        assert 1 < len(kept) <= 50
        assert [one.at for one in kept] == sorted(one.at for one in kept)
        wrong = sum(count.count for count in failed.observed if count.outcome in failed.wrong)
        assert sum(one.outcome in failed.wrong for one in kept) == min(50, wrong)
        assert all(one.summary and one.hits is not None for one in kept)

    def test_of_a_check_that_was_met_none(self, tmp_path):
        played = World(tmp_path, correct).play(scenario())
        assert all(one.answers == () for one in played.checks)
        assert "# apply route\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute" in played.scenario.manifests


class TestACorrectMesh:
    def test_passes_and_every_check_appears_once_in_the_order_of_the_file(self, tmp_path):
        played = World(tmp_path, correct).play(scenario())
        assert [c.check for c in played.checks] == [NEGATIVE, POSITIVE]
        assert {c.verdict for c in played.checks} == {Verdict.PASS}
        assert all(c.samples == 60 for c in played.checks)
        assert check(played).id == "front/unmatched-rejected"

    @pytest.mark.parametrize("seconds", [0.0, 0.05, 1.0, 9.0, 25.0])
    def test_passes_however_long_it_takes_within_the_limit(self, tmp_path, seconds):
        world = World(tmp_path, lambda request: correct(request, seconds))
        played = world.play(scenario())
        assert {c.verdict for c in played.checks} == {Verdict.PASS}
        measured = played.scenario.measurements.get("propagation_s", 0.0)  # not measured where no answer was ever wrong
        assert seconds <= measured <= seconds + 8.0  # a late one may fall into the pause without requests

    def test_measures_how_long_a_change_took(self, tmp_path):
        world = World(tmp_path, lambda request: correct(request, 1.0))
        assert world.play(scenario()).scenario.measurements["propagation_s"] == pytest.approx(1.0, abs=0.05)

    @pytest.mark.parametrize(("seconds", "bound"), [(1.0, False), (0.0, True)])
    def test_tells_a_measured_change_from_one_that_was_there_at_the_first_look(self, tmp_path, seconds, bound):
        world = World(tmp_path, lambda request: correct(request, seconds))
        (sample,) = world.play(scenario()).scenario.quality.propagation
        assert (sample.change, sample.bound) == ("create", bound)
        assert sample.seconds == pytest.approx(seconds, abs=0.05)

    def test_counts_requests_that_backends_saw_more_than_once(self, tmp_path):
        measured = World(tmp_path, correct).play(scenario()).scenario.quality
        assert (measured.asked, measured.repeated) == (60, 0)

    def test_a_split_tells_nothing_of_how_long_a_change_took(self, tmp_path):
        def split(request):
            since = request.since("HTTPRoute", "front")
            if since is None or since < 0.1:
                return from_echo("echo-v1")
            return from_mesh(404) if since < 3 and int(since * 50) % 4 == 0 else from_echo("echo-v2")

        check = {"check": "it", "proves": ["weights.proportional"], "probe": "matched", "expect": {"routed": 80}}
        steps = [
            {"apply": "services"},
            {"await": {"matched": "direct"}},
            {"apply": "route"},
            {"await": {"matched": "routed"}},
            {"mix": {"probe": "matched", "detects": 20}, "checks": [check]},
        ]
        measured = World(tmp_path, split).play(scenario(steps=steps)).scenario.measurements
        assert "propagation_s" not in measured

    def test_slow_propagation_stretches_the_holds_of_the_whole_run(self, tmp_path):
        world = World(tmp_path, lambda request: correct(request, 3.0))
        played = world.play(scenario())
        assert check(played).samples >= 9 * 30
        assert check(played).verdict is Verdict.PASS

    def test_the_witness_is_sent_during_the_hold_too(self, tmp_path):
        content = scenario().model_dump(by_alias=True)
        content["steps"][-1]["checks"] = content["steps"][-1]["checks"][:1]
        world = World(tmp_path, correct)
        world.play(scenario(steps=content["steps"]))
        held = [batch for batch in world.sender.batches if batch.duration is not None]
        assert sorted(batch.url.rpartition("/")[2] for batch in held) == ["known", "other"]

    def test_baselines_before_the_change_are_no_witnesses(self, tmp_path):
        played = World(tmp_path, correct).play(scenario())
        assert check(played).step_text == 'hold 2.0s, after witness "matched" (routed)'


class TestAWrongMesh:
    def test_that_forwards_everything_fails(self, tmp_path):
        def behave(request):
            known = request.url.endswith("/known")
            return from_echo("echo-v2" if known and routed_after(request) else "echo-v1")

        played = World(tmp_path, behave).play(scenario())
        assert verdicts(played) == {NEGATIVE: (Verdict.FAIL, Kind.WRONG), POSITIVE: (Verdict.PASS, None)}
        assert check(played).likely == "the implicit forwarding survived"
        assert check(played).observed[0].outcome == "direct"

    def test_that_leaks_behind_its_own_rejection_fails(self, tmp_path):
        def behave(request):
            reply = correct(request)
            return from_mesh(404, leaks_to="echo-v1") if reply.answer.status == 404 and request.number == 37 else reply

        played = World(tmp_path, behave).play(scenario())
        assert verdicts(played)[NEGATIVE] == (Verdict.FAIL, Kind.LEAKED)

    def test_that_goes_wrong_after_a_second_fails(self, tmp_path):
        def behave(request):
            return from_echo("echo-v1") if routed_after(request, 1.9) else correct(request)

        played = World(tmp_path, behave).play(scenario())
        assert verdicts(played)[NEGATIVE] == (Verdict.FAIL, Kind.REGRESSED)
        assert verdicts(played)[POSITIVE] == (Verdict.FAIL, Kind.REGRESSED)

    def test_that_answers_one_request_in_sixty_wrongly_fails(self, tmp_path):
        def behave(request):
            once = request.number == 59 and request.url.endswith("/other")
            return from_mesh(503) if once else correct(request)

        assert verdicts(World(tmp_path, behave).play(scenario()))[NEGATIVE] == (Verdict.FAIL, Kind.REGRESSED)

    def test_that_loses_its_configuration_and_rejects_everything_fails_the_negative_check_too(self, tmp_path):
        def behave(request):
            return from_mesh(404) if routed_after(request, 1.5) else correct(request)

        played = World(tmp_path, behave).play(scenario())
        assert verdicts(played)[NEGATIVE] == (Verdict.FAIL, Kind.REGRESSED)
        assert 'witness "matched"' in check(played).reason

    @pytest.mark.parametrize("failure", [Failure.REFUSED, Failure.RESET, Failure.CLOSED, Failure.DEADLINE])
    def test_that_drops_connections_fails(self, tmp_path, failure):
        def behave(request):
            return fails(failure) if request.number == 30 else correct(request)

        played = World(tmp_path, behave).play(scenario())
        assert {c.verdict for c in played.checks} == {Verdict.FAIL}


class TestNeverConverging:
    @staticmethod
    def ignores_routes(request):
        return (
            from_echo("echo-v2") if request.url.startswith("http://control") and "/r1/" in request.url else from_echo()
        )

    def test_fails_the_checks_of_the_next_step_and_runs_no_later_ones(self, tmp_path):
        steps = [step.model_dump(by_alias=True) for step in scenario().steps]
        later = {**steps[-1], "checks": [{**steps[-1]["checks"][0], "check": "later"}]}
        played = World(tmp_path, self.ignores_routes).play(scenario(steps=[*steps, {"delete": "route"}, later]))
        assert verdicts(played) == {
            NEGATIVE: (Verdict.FAIL, Kind.NEVER_CONVERGED),
            POSITIVE: (Verdict.FAIL, Kind.NEVER_CONVERGED),
            "later": (Verdict.NOT_RUN, None),
        }
        assert check(played, "later").reason == "the await of step 4 never arrived"
        assert "direct" in check(played).reason

    def test_shows_the_request_that_was_awaited_and_what_it_should_have_got(self, tmp_path):
        found = check(World(tmp_path, self.ignores_routes).play(scenario()))
        assert found.request == "consumer -> GET http://front.gamma-producer/known"
        assert found.expected == "routed: answered by echo-v2"
        assert [count.outcome for count in found.observed] == ["direct"]
        assert found.reproduce[1].endswith("send http://front.gamma-producer/known")

    def test_waits_thirty_seconds_and_leaves_the_mesh_alone_for_seven_of_them(self, tmp_path):
        world = World(tmp_path, self.ignores_routes)
        played = world.play(scenario())
        times = [event.at for event in played.scenario.timeline if "sending nothing for 7 s" in event.what]
        assert len(times) == 1
        assert 10 <= times[0] <= 11.5
        assert "within 30 s" in check(played).reason

    def test_a_mesh_that_needs_the_pause_converges(self, tmp_path):
        """A proxy that caches "no such route" for as long as it is used."""
        last_used = {"at": 0.0, "forgot": False}

        def behave(request):
            if request.since("HTTPRoute", "front") is None:
                return from_echo()
            if request.at - last_used["at"] > 5:
                last_used["forgot"] = last_used["at"] > 0
            last_used["at"] = request.at
            return correct(request) if last_used["forgot"] else from_echo()

        assert {c.verdict for c in World(tmp_path, behave).play(scenario()).checks} == {Verdict.PASS}

    @pytest.mark.parametrize(("delay", "verdict"), [(29.99, Verdict.PASS), (30.5, Verdict.FAIL)])
    def test_what_begins_in_time_may_prove_itself_later(self, tmp_path, delay, verdict):
        """The last tries before the limit are begun by then, and too few to be believed."""
        world = World(tmp_path, lambda r: self.ignores_routes(r) if "/r1/" in r.url else correct(r, delay))
        assert verdicts(world.play(scenario()))[NEGATIVE][0] is verdict

    def test_flapping_is_not_convergence(self, tmp_path):
        def behave(request):
            reply = correct(request)
            return from_echo() if request.number % 5 == 4 else reply

        world = World(tmp_path, lambda r: self.ignores_routes(r) if "/r1/" in r.url else behave(r))
        assert verdicts(world.play(scenario()))[NEGATIVE] == (Verdict.FAIL, Kind.NEVER_CONVERGED)

    def test_a_baseline_that_never_comes_is_told_the_same_way(self, tmp_path):
        world = World(tmp_path, lambda r: self.ignores_routes(r) if "/r1/" in r.url else from_mesh(503))
        assert verdicts(world.play(scenario()))[POSITIVE] == (Verdict.FAIL, Kind.NEVER_CONVERGED)

    def test_one_client_that_lags_is_enough(self, tmp_path):
        def behave(request):
            if "/r1/" in request.url:
                return self.ignores_routes(request)
            return correct(request, 1e9 if request.client.workload == "client-b" else 0.3)

        probes = {name: probe.model_dump(by_alias=True) for name, probe in scenario().probes.items()}
        probes["matched"]["from"] = ["consumer", "consumer/client-b"]
        played = World(tmp_path, behave).play(scenario(probes=probes))
        assert verdicts(played)[NEGATIVE] == (Verdict.FAIL, Kind.NEVER_CONVERGED)
        assert "consumer/client-b" in check(played).reason

    def test_names_that_do_not_resolve_are_an_error_of_ours(self, tmp_path):
        world = World(tmp_path, correct)
        world.sender.unresolved.add("front.gamma-producer")
        played = world.play(scenario())
        assert {c.verdict for c in played.checks} == {Verdict.ERROR}
        assert "no such name" in check(played).reason or "unsent" in check(played).reason

    def test_an_agent_that_fails_is_an_error_of_ours(self, tmp_path):
        played = World(tmp_path, lambda _: fails(Failure.AGENT)).play(scenario())
        assert {c.verdict for c in played.checks} == {Verdict.ERROR}

    def test_a_restart_of_our_own_pod_is_no_fault_of_the_mesh(self, tmp_path):
        world = World(tmp_path, lambda _: from_mesh(503))
        world.player._progress = lambda text: world.cluster.restarts.update({"echo-v1-pod": 1})
        world.cluster.restarts["echo-v1-pod"] = 0
        played = world.play(scenario())
        assert {c.verdict for c in played.checks} == {Verdict.ERROR}


class TestStalling:
    def test_a_mesh_that_takes_in_nothing_stops_the_run(self, tmp_path):
        world = World(tmp_path, lambda _: from_echo())
        played = world.play(scenario())
        assert verdicts(played)[NEGATIVE] == (Verdict.FAIL, Kind.STALLED)
        world.cluster.log.clear()
        second = world.play(scenario(scenario="second"))
        assert {c.verdict for c in second.checks} == {Verdict.NOT_RUN}
        assert "takes in no configuration" in check(second).reason
        assert not [line for line in world.cluster.log if line.startswith("apply HTTPRoute")]

    def test_a_control_that_arrives_acquits_the_mesh_of_that(self, tmp_path):
        world = World(tmp_path, TestNeverConverging.ignores_routes)
        assert verdicts(world.play(scenario()))[NEGATIVE] == (Verdict.FAIL, Kind.NEVER_CONVERGED)
        assert {c.verdict for c in world.play(scenario(scenario="second")).checks} == {Verdict.FAIL}
        assert not [ref for ref in world.cluster.objects if ref.kind == "HTTPRoute"]


class TestWhatWeCannotObserve:
    def test_a_gap_in_the_journal_is_an_error_of_what_rests_on_absence_alone(self, tmp_path):
        world = World(tmp_path, correct)
        world.sender.journal_problems = ("echo-v1-pod: 3 entries are missing",)
        played = world.play(scenario())
        assert verdicts(played) == {NEGATIVE: (Verdict.ERROR, None), POSITIVE: (Verdict.PASS, None)}

    def test_a_journal_that_does_not_work_is_an_error(self, tmp_path):
        world = World(tmp_path, correct)
        world.sender.journal = lambda since, ids: type(world.sender).journal(world.sender, since, ())
        assert verdicts(world.play(scenario()))[NEGATIVE] == (Verdict.ERROR, None)

    def test_absence_is_concluded_half_a_second_after_the_last_answer(self, tmp_path):
        """A request that reaches a backend late is still found in its journal."""
        world = World(tmp_path, correct)
        asked = []
        journal = world.sender.journal
        world.sender.journal = lambda since, ids: asked.append(world.clock.now()) or journal(since, ids)
        played = world.play(scenario())
        (ended,) = [event.at for event in played.scenario.timeline if event.what.startswith("hold")]
        assert asked[0] - 1000.0 >= ended + 59 / 30 + 0.5

    def test_requests_that_we_could_not_send_are_an_error(self, tmp_path):
        def behave(request):
            return fails(Failure.AGENT) if request.number in (30, 31) else correct(request)

        assert {c.verdict for c in World(tmp_path, behave).play(scenario()).checks} == {Verdict.ERROR}

    def test_a_pod_that_was_restarted_during_the_hold_is_an_error(self, tmp_path):
        world = World(tmp_path, correct)
        world.player._progress = lambda text: (
            world.cluster.restarts.update({"client-pod": 1}) if text.startswith("hold") else None
        )
        played = world.play(scenario())
        assert {c.verdict for c in played.checks} == {Verdict.ERROR}
        assert "was restarted" in check(played).reason

    def test_a_restart_of_which_the_api_hears_late_is_no_fault_of_the_mesh(self, tmp_path):
        def behave(request):
            return fails(Failure.RESET) if request.number >= 40 else correct(request)

        world = World(tmp_path, behave)
        sleep = world.clock.sleep

        def later(seconds):
            sleep(seconds)
            if seconds == steady.LATE_NEWS:
                world.cluster.restarts["echo-v2-pod"] = 1

        world.clock.sleep = later
        played = world.play(scenario())
        assert {c.verdict for c in played.checks} == {Verdict.ERROR}
        assert "echo-v2-pod was restarted" in check(played).reason

    def test_an_object_that_the_api_refuses_is_an_error_with_its_words(self, tmp_path):
        world = World(tmp_path, correct)
        scene = scenario()
        world.cluster.refuse["front"] = Refused("spec.rules: too many", code=422)
        for ref in (Ref.of(service("front")), Ref.of(service("front-v2", "echo-v2"))):
            world.cluster.objects[ref] = service(ref.name)
        played = world.player.play(scene)
        assert {c.verdict for c in played.checks} == {Verdict.ERROR}
        assert "too many" in check(played).reason

    def test_a_missing_static_service_is_an_error(self, tmp_path):
        played = World(tmp_path, correct).player.play(scenario())
        assert {c.verdict for c in played.checks} == {Verdict.ERROR}
        assert "the stage lacks the Service" in check(played).reason

    def test_a_mistake_of_the_suite_itself_is_an_error_and_no_traceback(self, tmp_path):
        def behave(request):
            raise RuntimeError("a bug")

        played = World(tmp_path, behave).play(scenario())
        assert {c.verdict for c in played.checks} == {Verdict.ERROR}
        assert "the suite itself failed: RuntimeError: a bug" in check(played).reason
