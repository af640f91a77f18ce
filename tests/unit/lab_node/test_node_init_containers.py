"""What a pod's status says while its init containers run."""

import pytest

from lab.node.kubelet import spec, status
from lab.node.kubelet.status import ContainerState

POD = {"spec": {"restartPolicy": "Always"}, "metadata": {}}


def running(name, **more):
    return ContainerState(name, "", waiting="", number=1, started_at="t", started=True, ready=True, **more)


def ended(name, code):
    return ContainerState(name, "", waiting="", number=1, started_at="t", exit_code=code, ends=True)


def built(at_start, *states, policy="Always"):
    pod = {"spec": {"restartPolicy": policy}, "metadata": {}}
    return status.build(pod, states, "10.0.0.1", "10.0.0.2", "t", at_start=at_start)


def conditions(found):
    return {one["type"]: one["status"] for one in found["conditions"]}


def test_a_pod_waits_for_what_comes_first():
    found = built([ended("setup", 1), ContainerState("proxy", "")], ContainerState("app", ""))
    assert (found["phase"], conditions(found)["Initialized"]) == ("Pending", "False")
    assert [one["name"] for one in found["initContainerStatuses"]] == ["setup", "proxy"]


def test_a_pod_is_ready_with_its_proxy_and_not_without():
    setup = ended("setup", 0)
    found = built([setup, running("proxy")], running("app"))
    assert (found["phase"], conditions(found)["Initialized"], conditions(found)["Ready"]) == ("Running", "True", "True")
    assert [one["ready"] for one in found["initContainerStatuses"]] == [True, True]
    crashed = ContainerState("proxy", "", waiting="CrashLoopBackOff", number=1, started_at="t", exit_code=1)
    assert conditions(built([setup, crashed], running("app")))["Ready"] == "False"


def test_one_that_fails_for_good_fails_the_pod():
    assert built([ended("setup", 1)], ContainerState("app", ""), policy="Never")["phase"] == "Failed"


def test_without_init_containers_nothing_is_said_of_them():
    found = built([], running("app"))
    assert "initContainerStatuses" not in found
    assert conditions(found)["Initialized"] == "True"


@pytest.mark.parametrize(
    ("container", "policy", "own"),
    [
        ({"restartPolicy": "Always"}, "Never", "Always"),
        ({}, "Never", "Never"),
        ({}, "Always", "OnFailure"),
        ({}, "OnFailure", "OnFailure"),
    ],
)
def test_an_init_container_has_a_restart_policy_of_its_own(container, policy, own):
    assert spec.policy_at_start(container, policy) == own
