"""Which signs of the mesh a pod lacks, and when nobody need wait for them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cluster import SYNCED, Event
from harness.mesh_profile import DataPlane, Extra, MeshProfile
from harness.settings import Settings
from harness.stage import dataplane

SIDECAR = DataPlane(containers=("proxy",))
RUNNING = {"name": "proxy", "ready": True, "state": {"running": {}}}


def pod(name="client-1", app="client", namespace="gamma-consumer", annotations=None, **parts):
    beside = [{"name": "app"}, *parts.get("beside", ())]
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app": app},
            "annotations": annotations or {},
            **parts.get("metadata", {}),
        },
        "spec": {"containers": beside, "initContainers": parts.get("init", [])},
        "status": {"phase": "Running", "containerStatuses": [], **parts.get("status", {})},
    }


def missing(plane, **parts):
    return [(one.text, one.final) for one in dataplane.missing_in_pod(pod(**parts), plane)]


def test_a_ready_proxy_is_a_container_or_a_restartable_init_container():
    beside = {"beside": [{"name": "proxy"}], "status": {"containerStatuses": [RUNNING]}}
    at_start = {
        "init": [{"name": "proxy", "restartPolicy": "Always"}],
        "status": {"initContainerStatuses": [RUNNING]},
    }
    assert missing(SIDECAR, **beside) == []
    assert missing(SIDECAR, **at_start) == []


def test_a_proxy_that_is_not_there_will_never_come():
    assert missing(SIDECAR, beside=[{"name": "other"}]) == [("no container proxy beside app (other)", True)]
    [(text, final)] = missing(SIDECAR, init=[{"name": "proxy"}])
    assert ("init container that ends" in text, final) == (True, True)


def test_a_proxy_that_is_not_ready_says_why():
    waiting = {"name": "proxy", "ready": False, "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "oh"}}}
    parts = {"beside": [{"name": "proxy"}], "status": {"containerStatuses": [waiting]}}
    assert missing(SIDECAR, **parts) == [("the container proxy is not ready: CrashLoopBackOff oh", False)]
    assert missing(SIDECAR, beside=[{"name": "proxy"}]) == [("the container proxy is not ready", False)]


def test_annotations_may_still_come():
    plane = DataPlane(podAnnotations={"mesh/in": "yes"})
    assert missing(plane, annotations={"mesh/in": "yes"}) == []
    assert missing(plane) == [("no annotation mesh/in (it is to be 'yes')", False)]
    assert missing(plane, annotations={"mesh/in": "no"}) == [("the annotation mesh/in is 'no', not 'yes'", False)]


def test_without_a_sign_nothing_is_missing():
    assert missing(DataPlane()) == []
    assert not DataPlane(serviceConditions={"x": "True"}).in_pods


def test_conditions_of_a_service_count_once_the_profile_names_them():
    plane = DataPlane(serviceConditions={"mesh/Attached": "True"})
    service = {"metadata": {"generation": 2}, "status": {"conditions": [{"type": "mesh/Attached", "status": "True"}]}}
    assert dataplane.missing_in_service(service, plane) == ()
    assert dataplane.missing_in_service({"metadata": {}}, plane) == ("condition mesh/Attached is missing",)
    assert dataplane.missing_in_service(None, plane) == ("it does not exist",)
    assert dataplane.missing_in_service(None, DataPlane()) == ()


def test_pods_of_others_and_pods_that_end_are_not_looked_at():
    pods = [
        pod("a"),
        pod("b", app="waypoint"),
        pod("c", metadata={"deletionTimestamp": "now"}),
        pod("d", status={"phase": "Failed"}),
    ]
    assert [one.pod for one in dataplane.signs_of("consumer", pods, SIDECAR)] == ["a"]


class Pods:
    """A cluster that has pods, and tells of changes once."""

    def __init__(self, *rounds, labels=None):
        self.rounds = rounds
        self.labels = labels or {}

    def get(self, ref):
        return {"metadata": {"name": ref.name, "labels": self.labels}}

    def watch(self, selection, stop):
        for number, pods in enumerate(self.rounds):
            yield from (Event("ADDED", one) for one in pods if one["metadata"]["namespace"] == selection.namespace)
            if number == 0:
                yield Event(SYNCED, {})
        while stop.remaining() > 0:
            stop.pause(0.01)


def settings(tmp_path, **profile):
    return Settings(run_id="r", run_dir=tmp_path, mesh=MeshProfile(name="some", **profile))


def everywhere(**parts):
    return [
        pod(f"{w.name}-{number}", w.name, f"gamma-{w.role}", **parts)
        for w in dataplane.WORKLOADS
        for number in range(w.replicas)
        if w.role != "outside"
    ]


def test_waiting_ends_when_the_signs_are_there(tmp_path):
    ours = settings(tmp_path, dataPlane=DataPlane(podAnnotations={"in": "yes"}))
    cluster = Pods(everywhere(), everywhere(annotations={"in": "yes"}))
    assert dataplane.wait(cluster, ours, 5, lambda _: None) == []


def test_nobody_waits_for_a_container_that_was_not_injected(tmp_path):
    ours = settings(tmp_path, dataPlane=SIDECAR, labels={"enrolled": {"in": "mesh"}})
    late = dataplane.wait(Pods(everywhere()), ours, 1000, lambda _: None)
    assert len(late) == len(everywhere())
    text, hint = dataplane.explain(late, ours)
    assert text.startswith(f"{len(late)} pods of the stage are not in the mesh some")
    assert "\n" not in text
    assert "gamma-producer/client-0: no container proxy" in hint
    assert f"... and {len(late) - 6} more" in hint
    assert "the label in=mesh" in hint


def test_nobody_waits_long_where_the_namespace_does_not_ask_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(dataplane, "_UNASKED", 0.05)
    signs = DataPlane(podAnnotations={"in": "yes"})
    ours = settings(tmp_path, dataPlane=signs, labels={"enrolled": {"in": "mesh"}})
    assert len(dataplane.wait(Pods(everywhere()), ours, 1000, lambda _: None)) == len(everywhere())
    joined = Pods(everywhere(), everywhere(annotations={"in": "yes"}), labels={"in": "mesh"})
    assert dataplane.wait(joined, ours, 5, lambda _: None) == []


def test_all_namespaces_are_waited_for_at_the_same_time(tmp_path):
    ours = settings(tmp_path, dataPlane=DataPlane(podAnnotations={"in": "yes"}))
    begun = time.monotonic()
    dataplane.wait(Pods(everywhere()), ours, 1.0, lambda _: None)
    assert time.monotonic() - begun < 2.5


def test_what_does_not_come_in_time_is_told(tmp_path):
    ours = settings(tmp_path, dataPlane=DataPlane(podAnnotations={"in": "yes"}))
    late = dataplane.wait(Pods(everywhere()), ours, 0.05, lambda _: None)
    assert {str(one.missing[0].text) for one in late} == {"no annotation in (it is to be 'yes')"}


def test_a_profile_without_signs_waits_for_nothing(tmp_path):
    assert dataplane.wait(Pods([]), settings(tmp_path), 1000, lambda _: None) == []


def test_enrolment_is_told_with_what_comes_later(tmp_path):
    ours = settings(
        tmp_path,
        labels={"enrolled": {"mesh": "on"}, "roles": {"bystander": {"mesh": "off"}}},
        annotations={"enrolled": {"note": "x"}},
        afterNamespaces=[Extra(labels={"use": "w"}, roles=("producer",))],
    )
    assert dataplane.enrolment(ours, "producer") == "the label mesh=on and the label use=w and the annotation note=x"
    assert dataplane.enrolment(ours, "bystander") == "the label mesh=off and the annotation note=x"
    assert dataplane.enrolment(ours, "outside") == ""


@given(
    names=st.lists(st.sampled_from(["proxy", "other", "init"]), max_size=3, unique=True),
    policy=st.sampled_from(["Always", None]),
    ready=st.booleans(),
)
def test_a_pod_is_in_the_mesh_only_with_a_ready_proxy_that_stays(names, policy, ready):
    init = [{"name": name, "restartPolicy": policy} for name in names]
    statuses = [{"name": name, "ready": ready} for name in names]
    found = dataplane.missing_in_pod(pod(init=init, status={"initContainerStatuses": statuses}), SIDECAR)
    assert (found == ()) == ("proxy" in names and policy == "Always" and ready)


@pytest.mark.parametrize("text", ["gamma-consumer/client-1: no container proxy beside app (no other)"])
def test_a_pod_says_what_it_lacks(text):
    assert str(dataplane.signs_of("consumer", [pod()], SIDECAR)[0]) == text
