"""Whole scenarios against a scripted mesh: time, samples, names, fences, stamps, clean-up and evidence."""

import json
from dataclasses import replace
from typing import ClassVar

import pytest

from harness.cluster import ClusterError
from harness.evidence.model import Kind, Verdict

from .world import World, correct, from_echo, from_mesh, route, scenario, service

NEGATIVE, POSITIVE = "unmatched-rejected", "matched-routed"


def verdicts(played):
    return {check.check: (check.verdict, check.kind) for check in played.checks}


def check(played, name=NEGATIVE):
    return next(check for check in played.checks if check.check == name)


def routed_after(request, seconds=0.3):
    since = request.since("HTTPRoute", "front")
    return since is not None and since >= seconds


class TestAHurriedRun:
    def apart(self, folder, time_scale):
        """Seconds between two lists of routes."""
        folder.mkdir()
        world = World(folder, correct)
        world.player._settings = world.settings.model_copy(update={"time_scale": time_scale})
        applied, apply = {}, world.cluster.apply

        def timed(obj, **more):
            applied[obj["metadata"]["name"]] = world.clock.now()
            return apply(obj, **more)

        world.cluster.apply = timed
        plain = scenario()
        steps = [step.model_dump(by_alias=True, exclude_none=True, exclude_defaults=True) for step in plain.steps]
        steps.insert(len(steps) - 1, {"apply": "again"})
        world.play(scenario(manifests={**plain.manifests, "again": (route("other", "front"),)}, steps=steps))
        return applied["other"] - applied["front"]

    def test_lets_what_was_applied_before_be_older_than_what_comes(self, tmp_path):
        assert self.apart(tmp_path / "hurried", 0.1) >= 1.0
        assert self.apart(tmp_path / "whole", 1.0) < 1.0

    @pytest.mark.parametrize(("seldom", "verdict"), [(True, Verdict.PASS), (False, Verdict.FAIL)])
    def test_waits_longer_for_what_comes_by_chance_and_no_longer_for_what_does_not_come(
        self, tmp_path, seldom, verdict
    ):
        """The right outcome comes often enough in a row only after 10 s."""
        world = World(tmp_path, lambda _: None)
        world.player._settings = world.settings.model_copy(update={"time_scale": 0.1})

        def behave(request):
            since = request.since("HTTPRoute", "front")
            if since is not None and since < 10 and (not seldom or request.number % 3 == 0):
                return from_echo("echo-v1")
            return TestMix.splits(70)(request)

        world.sender.behave = behave
        assert check(world.play(TestMix.split_scenario()), "shares").verdict is verdict

    @pytest.mark.parametrize(("arrives", "verdict"), [(True, Verdict.PASS), (False, Verdict.FAIL)])
    def test_asks_often_enough_for_what_comes_by_chance_on_a_slow_machine(self, tmp_path, arrives, verdict):
        """Every round takes two seconds, so that 30 s hold few of them; five in a row come up in the 25th."""
        rounds = []

        def behave(request):
            if request.since("HTTPRoute", "front") is None:
                return correct(request)
            if request.number == 0:
                rounds.append(request.at)
            if arrives and len(rounds) >= 25:
                return TestMix.splits(70)(request)
            return replace(from_echo("echo-v1" if request.number % 3 == 0 else "echo-v2"), elapsed=2.0)

        world = World(tmp_path, behave)
        begun = world.clock.now()
        assert check(world.play(TestMix.split_scenario()), "shares").verdict is verdict
        assert world.clock.now() - begun < 150


class TestMix:
    @staticmethod
    def split_scenario():
        steps = [step.model_dump(by_alias=True) for step in scenario().steps[:4]]
        shares = {"check": "shares", "proves": ["attachment.unmatched-rejected"], "probe": "matched"}
        mix = {
            "mix": {"probe": "matched", "detects": 20},
            "checks": [{**shares, "expect": {"routed": 70, "direct": 30}}],
        }
        return scenario(steps=[*steps, mix])

    @staticmethod
    def splits(percent):
        def behave(request):
            if request.number < 6 or request.since("HTTPRoute", "front") is None:
                return correct(request)
            return from_echo("echo-v2" if (request.number * 37) % 100 < percent else "echo-v1")

        return behave

    @pytest.mark.parametrize(("percent", "verdict"), [(70, Verdict.PASS), (50, Verdict.FAIL), (90, Verdict.FAIL)])
    def test_proportions(self, tmp_path, percent, verdict):
        found = check(World(tmp_path, self.splits(percent)).play(self.split_scenario()), "shares")
        assert found.verdict is verdict
        assert "probe.pyz send -n 1000 --tally http://" in found.reproduce[1]

    @pytest.mark.parametrize("over", ["fresh", "one"])
    def test_is_drawn_once_over_the_connections_that_the_probe_asks_for(self, tmp_path, over):
        world = World(tmp_path, self.splits(70))
        kept = {name: {**probe.model_dump(by_alias=True), "over": over} for name, probe in scenario().probes.items()}
        world.play(self.split_scenario().model_copy(update={"probes": scenario(probes=kept).probes}))
        (drawn,) = [batch for batch in world.sender.batches if (batch.count or 0) > 100]
        assert drawn.probe.over == over

    def test_an_outcome_outside_the_mix_fails(self, tmp_path):
        def behave(request):
            return from_mesh(503) if request.number == 100 else self.splits(70)(request)

        assert check(World(tmp_path, behave).play(self.split_scenario()), "shares").verdict is Verdict.FAIL


class TestNames:
    def test_are_resolved_once_a_step_for_each_client(self, tmp_path):
        world = World(tmp_path, correct)
        world.play(scenario())
        assert all(batch.address is not None for batch in world.sender.batches)
        assert len(world.sender.resolved) == 3  # two awaits and a hold

    def test_are_resolved_for_each_request_where_names_are_what_is_tested(self, tmp_path):
        probes = {name: probe.model_dump(by_alias=True) for name, probe in scenario().probes.items()}
        probes["matched"]["url"] = "http://front.gamma-producer.svc/known"
        world = World(tmp_path, correct)
        world.play(scenario(probes=probes))
        assert {batch.address for batch in world.sender.batches} == {None}

    def test_literal_addresses_are_dialled_and_sent_as_host(self, tmp_path):
        probes = {name: probe.model_dump(by_alias=True) for name, probe in scenario().probes.items()}
        probes["matched"]["url"] = "clusterip://front.gamma-producer:80/known"
        probes["unmatched"]["url"] = "podip://echo-v1.gamma-producer:8080/other?x=y"
        world = World(tmp_path, correct)
        played = world.play(scenario(probes=probes))
        urls = {batch.url: batch.address for batch in world.sender.batches}
        assert urls["http://10.244.1.9:8080/other?x=y"] == ("10.244.1.9", 8080)
        (cluster_ip,) = [url for url in urls if url.startswith("http://10.96.")]
        assert cluster_ip.endswith("/known")
        assert ":80/" not in cluster_ip
        assert check(played, NEGATIVE).reproduce[1].endswith("send 'http://10.244.1.9:8080/other?x=y'")


class TestNewServices:
    """A Service that a step changes is not there from the start."""

    content: ClassVar = {"services": [service("front")], "late": [service("late")], "route": [route("front", "front")]}

    def late_scenario(self, **changes):
        probes = {
            "matched": {"from": "consumer", "url": "http://front.gamma-producer/known"},
            "unmatched": {"from": "consumer", "url": "http://late.gamma-producer/other"},
        }
        steps = [step.model_dump(by_alias=True) for step in scenario().steps]
        steps = [
            *steps[:1],
            {"apply": "route"},
            {"apply": "late"},
            {"await": {"unmatched": "direct"}},
            {"delete": "late"},
            steps[-1],
        ]
        return scenario(manifests=self.content, probes=probes, steps=steps, **changes)

    def test_nobody_dials_one_before_it_resolves_and_the_profiles_pause_is_over(self, tmp_path):
        first_dial = []

        def behave(request):
            if "late" in request.url:
                first_dial.append(request.since("Service", "late"))
            return from_echo()

        World(tmp_path, behave, newServiceQuiet=2.0).play(self.late_scenario())
        assert min(since for since in first_dial if since is not None) >= 2.0

    def test_one_whose_name_never_resolves_is_an_error(self, tmp_path):
        world = World(tmp_path, lambda _: from_echo())
        world.sender.unresolved.add("late.gamma-producer")
        played = world.play(self.late_scenario())
        assert {c.verdict for c in played.checks} == {Verdict.ERROR}
        assert "late.gamma-producer does not resolve" in check(played).reason


class TestFence:
    def fenced_scenario(self):
        steps = [step.model_dump(by_alias=True) for step in scenario().steps]
        steps[2]["fence"] = ["bystander"]
        return scenario(steps=steps)

    @staticmethod
    def stamping(request):
        if "/r1/stamp" in request.url:
            return from_echo("echo-v2", (("x-gamma-route", "stamp"),))
        if "fence" in request.url:
            applied = [
                obj for ref, obj in request.cluster.objects.items() if ref.kind == "HTTPRoute" and "fence" in ref.name
            ]
            if not applied:
                return from_echo()
            added = applied[0]["spec"]["rules"][0]["filters"][0]["requestHeaderModifier"]["add"][0]
            return from_echo("echo-v1", ((added["name"], added["value"]),))
        return correct(request)

    def test_shows_that_an_unaffected_client_is_up_to_date_and_is_held_as_a_witness(self, tmp_path):
        world = World(tmp_path, self.stamping)
        played = world.play(self.fenced_scenario())
        assert {c.verdict for c in played.checks} == {Verdict.PASS}
        held = [batch for batch in world.sender.batches if batch.duration is not None]
        assert [batch.client.role for batch in held if "fence" in batch.url] == ["bystander"]

    def test_that_never_comes_ends_the_scenario(self, tmp_path):
        def behave(request):
            if "/r1/" in request.url:
                return from_echo("echo-v2", (("x-gamma-route", "stamp"),))
            return from_echo() if "fence" in request.url else correct(request)

        played = World(tmp_path, behave).play(self.fenced_scenario())
        assert verdicts(played)[NEGATIVE] == (Verdict.FAIL, Kind.NEVER_CONVERGED)


class TestStamp:
    def stamped_scenario(self):
        outcomes = {
            "routed": {"backend": "echo-v2", "backendSees": {"headers": {"x-gamma-route": "front"}}},
            "direct": {"backend": "echo-v1"},
            "rejected": {"rejected": [404]},
        }
        return scenario(outcomes=outcomes)

    def test_outcomes_that_rest_on_it_are_not_judged_where_it_does_not_work(self, tmp_path):
        def behave(request):
            return from_echo("echo-v2") if "/r1/stamp" in request.url else correct(request)

        world = World(tmp_path, behave)
        played = world.play(self.stamped_scenario())
        assert {c.verdict for c in played.checks} == {Verdict.NOT_RUN}
        assert "stamp unavailable" in check(played).reason
        assert {c.verdict for c in world.play(scenario(scenario="unstamped")).checks} == {Verdict.PASS}

    def test_is_proven_once_a_run(self, tmp_path):
        def behave(request):
            if "/r1/stamp" in request.url:
                return from_echo("echo-v2", (("x-gamma-route", "stamp"),))
            reply = correct(request)
            return (
                from_echo("echo-v2", (("x-gamma-route", "front"),))
                if reply.answer.echo and reply.answer.echo.workload == "echo-v2"
                else reply
            )

        world = World(tmp_path, behave)
        assert {c.verdict for c in world.play(self.stamped_scenario()).checks} == {Verdict.PASS}
        before = len([b for b in world.sender.batches if "/r1/stamp" in b.url])
        world.play(self.stamped_scenario())
        assert len([b for b in world.sender.batches if "/r1/stamp" in b.url]) == before > 0


class TestCleanUp:
    def test_removes_the_route_and_keeps_the_static_services(self, tmp_path):
        world = World(tmp_path, correct)
        world.play(scenario())
        assert sorted(str(ref) for ref in world.cluster.objects) == [
            "Service gamma-producer/front",
            "Service gamma-producer/front-v2",
        ]

    def test_happens_after_errors_too(self, tmp_path):
        def behave(request):
            if routed_after(request):
                raise RuntimeError("a bug")
            return correct(request)

        world = World(tmp_path, behave)
        world.play(scenario())
        assert not [ref for ref in world.cluster.objects if ref.kind == "HTTPRoute"]

    def test_happens_after_ctrl_c_which_goes_on_to_the_caller(self, tmp_path):
        def behave(request):
            if routed_after(request):
                raise KeyboardInterrupt
            return correct(request)

        world = World(tmp_path, behave)
        with pytest.raises(KeyboardInterrupt):
            world.play(scenario())
        assert not [ref for ref in world.cluster.objects if ref.kind == "HTTPRoute"]
        assert not list((tmp_path / "state").glob("*.playing"))
        assert (tmp_path / "evidence/front/probes.jsonl").exists()

    def test_that_fails_is_told_and_changes_no_verdict(self, tmp_path):
        world = World(tmp_path, correct)

        def delete(ref):
            raise ClusterError("the API is gone")

        world.cluster.delete = delete
        played = world.play(scenario())
        assert {c.verdict for c in played.checks} == {Verdict.PASS}
        assert any("could not delete" in problem for problem in played.scenario.problems)


def test_the_evidence_has_what_was_applied_sent_and_seen(tmp_path):
    played = World(tmp_path, correct).play(scenario())
    folder = tmp_path / played.scenario.evidence
    lines = [json.loads(line) for line in (folder / "probes.jsonl").read_text().splitlines()]
    assert {line["outcome"] for line in lines} == {"direct", "routed", "rejected"}
    assert len({line["id"] for line in lines}) == len(lines)
    assert {"id", "client", "connection", "at", "elapsed", "outcome"} <= set(lines[0])
    assert "kind: HTTPRoute" in (folder / "manifests.yaml").read_text()
    assert json.loads((folder / "journals.jsonl").read_text().splitlines()[0])["pods"]
    for name in ("statuses.jsonl", "events.jsonl", "timeline.jsonl"):
        assert (folder / name).exists()


def test_a_record_says_how_to_see_it_with_ones_own_eyes(tmp_path):
    found = check(World(tmp_path, correct).play(scenario()))
    assert found.request == "consumer -> GET http://front.gamma-producer/other"
    assert found.expected == "rejected: 404 from the mesh, seen by no backend"
    assert found.reproduce == (
        "gamma show front --at 5 --stage | kubectl apply -f -",
        "kubectl -n gamma-consumer exec deploy/client -c app -- "
        "python3 /gamma/probe.pyz send http://front.gamma-producer/other",
    )
    assert (found.step, found.steps) == (5, 5)
    assert found.proves[0].id == "attachment.unmatched-rejected"
    assert found.detectable == pytest.approx(0.0487, abs=1e-4)
