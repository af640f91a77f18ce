"""The player with the real prober, the real in-pod program, real sockets and a real clock; only the API is scripted."""

import json

import pytest

from harness.evidence.model import Kind, Verdict
from harness.mesh_profile import load
from harness.play.player import Player
from harness.play.ports import RealClock
from harness.settings import Settings
from harness.stage import static_services_of
from tests.contract.play.local_mesh import Agents, LocalProber, Proxy, at_proxy
from tests.unit.play.world import FakeCluster

NEGATIVE, POSITIVE = "unmatched-rejected", "matched-routed"


@pytest.fixture(scope="module")
def agents(tmp_path_factory):
    started = Agents(tmp_path_factory.mktemp("agents"))
    yield started
    started.stop()


@pytest.fixture
def play(agents, tmp_path):
    cluster = FakeCluster(RealClock())
    ends = []

    def run(routed):
        """``routed`` decides for a path once the route is there."""
        proxy = Proxy(agents, lambda path: routed(path) if ("HTTPRoute", "front") in cluster.applied_at else "echo-v1")
        settings = Settings(run_id="r1", run_dir=tmp_path, mesh=load("lab"), time_scale=0.1)
        prober = LocalProber(settings, agents)
        ends.extend((proxy.stop, prober.close))
        played = at_proxy(proxy.port)
        for service in static_services_of(played, settings):
            cluster.apply(service)
        return Player(settings, cluster=cluster, sender=prober).play(played)

    yield run
    for end in ends:
        end()


def verdicts(played):
    return {check.check: (check.verdict, check.kind) for check in played.checks}


def test_a_mesh_that_obeys_passes(play, tmp_path):
    played = play(lambda path: "echo-v2" if path == "/known" else 404)
    assert verdicts(played) == {NEGATIVE: (Verdict.PASS, None), POSITIVE: (Verdict.PASS, None)}
    assert all(check.samples >= 60 for check in played.checks)
    journals = json.loads((tmp_path / "evidence/front/journals.jsonl").read_text())
    assert sorted(journals["pods"]) == ["echo-v1-pod", "echo-v2-pod"]
    assert len(journals["hits"]) >= 60
    assert {hit["pod"] for hits in journals["hits"].values() for hit in hits} == {"echo-v2-pod"}


def test_a_mesh_that_forwards_what_no_rule_matches_fails(play):
    played = play(lambda path: "echo-v2" if path == "/known" else "echo-v1")
    assert verdicts(played) == {NEGATIVE: (Verdict.FAIL, Kind.WRONG), POSITIVE: (Verdict.PASS, None)}


def test_a_mesh_that_rejects_but_leaks_fails(play):
    played = play(lambda path: "echo-v2" if path == "/known" else "echo-v1!")
    assert verdicts(played) == {NEGATIVE: (Verdict.FAIL, Kind.LEAKED), POSITIVE: (Verdict.PASS, None)}
