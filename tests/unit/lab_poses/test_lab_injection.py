"""What the lab adds to pods when it poses as a mesh with sidecars."""

import copy

import pytest

from lab.node.kubelet import spec
from lab.poses import LAB, POSES
from lab.poses.injection import injected

POD = {"metadata": {"name": "p", "namespace": "n"}, "spec": {"containers": [{"name": "app", "command": ["x"]}]}}
SIDECARS = sorted(name for name, pose in POSES.items() if pose.sidecar)


def namespace(place="labels", **entries):
    return {"metadata": {"name": "n", place: {key.replace("__", "/"): value for key, value in entries.items()}}}


def asking_for(pose):
    first = pose.enrolment[0]
    return {"metadata": {"name": "n", first.place: {first.key: first.values[0]}}}


@pytest.mark.parametrize("name", SIDECARS)
def test_a_pod_gets_the_proxy_where_its_namespace_asks_for_it(name):
    pose = POSES[name]
    pod = injected(pose, asking_for(pose), copy.deepcopy(POD))
    assert pose.has(pod)
    assert not pose.has(POD)
    assert injected(pose, asking_for(pose), pod) is pod  # once is enough
    at_start = [(one["name"], one.get("restartPolicy")) for one in pod["spec"].get("initContainers", [])]
    names = [one["name"] for one in pod["spec"]["containers"]]
    if pose.sidecar.native:
        assert (at_start[-1], names) == ((pose.sidecar.proxy, "Always"), ["app"])
    else:
        assert names == ["app", pose.sidecar.proxy]
    spec.check(pod["spec"])  # the lab can run it


@pytest.mark.parametrize("name", SIDECARS)
def test_a_pod_elsewhere_is_left_alone(name):
    pose, pod = POSES[name], copy.deepcopy(POD)
    assert injected(pose, {"metadata": {"name": "n"}}, pod) is pod
    assert injected(pose, namespace(some="label"), pod) is pod


def test_the_lab_itself_injects_nothing():
    pod = copy.deepcopy(POD)
    assert injected(LAB, asking_for(LAB), pod) is pod


def test_kuma_notes_at_the_pod_that_it_was_there():
    pod = injected(POSES["kuma"], asking_for(POSES["kuma"]), copy.deepcopy(POD))
    assert pod["metadata"]["annotations"] == {"kuma.io/sidecar-injected": "true"}


def test_what_prepares_the_network_asks_for_what_strict_namespaces_forbid():
    pod = injected(POSES["linkerd"], asking_for(POSES["linkerd"]), copy.deepcopy(POD))
    (setup,) = pod["spec"]["initContainers"]
    assert "NET_ADMIN" in setup["securityContext"]["capabilities"]["add"]


def test_an_absent_mesh_takes_in_nobody_and_one_without_enrolment_everybody():
    assert not POSES["none"].enrols(namespace())
    assert POSES["generic"].enrols(namespace())
    assert POSES["linkerd"].enrols({"metadata": {"annotations": {"linkerd.io/inject": "enabled"}}})
    assert not POSES["linkerd"].enrols({"metadata": {"labels": {"linkerd.io/inject": "enabled"}}})
