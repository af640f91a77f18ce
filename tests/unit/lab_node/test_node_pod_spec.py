"""What a pod's spec means to the lab, and what its status says."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.node.container import Mount
from lab.node.kubelet import spec, volumes
from lab.node.kubelet.status import ContainerState, build, differs, phase
from tests.unit.lab_node.node_objects import pod

WHO = spec.Identity("web-1", "ns", "uid-1", "10.244.1.10", "node-1", "10.240.0.1")


def field(path):
    return {"valueFrom": {"fieldRef": {"fieldPath": path}}}


def test_variables_come_from_values_fields_and_each_other():
    entries = [
        {"name": "POD", **field("metadata.name")},
        {"name": "WHERE", **field("spec.nodeName")},
        {"name": "IP", **field("status.podIP")},
        {"name": "BOTH", "value": "$(POD)@$(WHERE) $$(POD) $(NONE)"},
        {"name": "EMPTY"},
    ]
    found = spec.environment({"env": entries}, WHO)
    assert (found["POD"], found["WHERE"], found["IP"]) == ("web-1", "node-1", "10.244.1.10")
    assert found["BOTH"] == "web-1@node-1 $(POD) $(NONE)"
    assert found["EMPTY"] == ""
    assert found["HOSTNAME"] == "web-1"


@given(st.text(alphabet="ab $()X", max_size=20))
def test_expanding_without_references_to_known_names_changes_only_dollars(text):
    assert spec.expand(text, {}) == text.replace("$$", "$")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"initContainers": [{}]}, "needs a command"),
        ({"volumes": [{"name": "s", "secret": {}}]}, "volumes only: s"),
        ({"containers": [{"name": "app"}]}, "needs a command"),
        ({"containers": [{"command": ["x"], "readinessProbe": {"httpGet": {}}}]}, "readinessProbe"),
        ({"containers": [{"command": ["x"], "envFrom": [{}]}]}, "envFrom"),
    ],
)
def test_what_the_lab_cannot_do_is_refused_by_name(changes, told):
    with pytest.raises(spec.UnsupportedError, match=told):
        spec.check({"containers": [{"command": ["x"]}], **changes})


def test_a_source_that_the_lab_does_not_have_is_refused():
    with pytest.raises(spec.UnsupportedError, match=r"status\.qosClass"):
        spec.environment({"env": [{"name": "A", **field("status.qosClass")}]}, WHO)
    with pytest.raises(spec.UnsupportedError, match="secretKeyRef"):
        spec.environment({"env": [{"name": "A", "valueFrom": {"secretKeyRef": {}}}]}, WHO)


def test_a_command_joins_its_arguments():
    made = spec.command({"command": ["sh", "-c"], "args": ["echo $(A)"], "workingDir": "/tmp"}, {"A": "b"})
    assert (made.arguments, made.directory) == (("sh", "-c", "echo b"), "/tmp")


def test_config_maps_are_read_only_and_directories_are_not():
    shown = [
        {"name": "code", "mountPath": "/gamma"},
        {"name": "scratch", "mountPath": "/scratch"},
        {"name": "scratch", "mountPath": "/fixed", "readOnly": True, "subPath": "a"},
    ]
    assert spec.mounts({"volumeMounts": shown}, {"code": True, "scratch": False}) == (
        Mount("volumes/code", "/gamma", True),
        Mount("volumes/scratch", "/scratch", False),
        Mount("volumes/scratch/a", "/fixed", True),
    )


def test_a_probe_has_the_defaults_of_the_api():
    assert spec.probe({}, "readinessProbe") is None
    assert spec.probe({"readinessProbe": {"exec": {"command": ["true"]}}}, "readinessProbe") == spec.ProbeSpec(
        ("true",), delay=0, period=10, timeout=1, failures=3, successes=1
    )


def test_restarts_begin_at_once_and_become_rarer():
    delays = [spec.restart_delay(number) for number in range(1, 9)]
    assert delays[0] == 0
    assert delays == sorted(delays)
    assert delays[-1] == 30


@pytest.mark.parametrize(
    ("policy", "code", "again"),
    [("Always", 0, True), ("OnFailure", 0, False), ("OnFailure", 1, True), ("Never", 1, False)],
)
def test_the_policy_decides_about_a_restart(policy, code, again):
    assert spec.restarts(policy, code) is again


def test_config_maps_become_files():
    found = {"data": {"a": "text"}, "binaryData": {"b.pyz": base64.b64encode(b"\0\xff").decode()}}
    assert volumes.select(found, None) == {"a": b"text", "b.pyz": b"\0\xff"}
    assert volumes.select(found, [{"key": "a", "path": "x/y"}]) == {"x/y": b"text"}
    with pytest.raises(volumes.MountError, match="nosuch"):
        volumes.select(found, [{"key": "nosuch", "path": "z"}])


def state(**changes):
    return ContainerState("app", "image", **{"waiting": "", "number": 1, "started_at": "then", **changes})


@pytest.mark.parametrize(
    ("states", "policy", "expected"),
    [
        ([ContainerState("app", "image")], "Always", "Pending"),
        ([state()], "Always", "Running"),
        ([state(exit_code=0)], "Never", "Succeeded"),
        ([state(exit_code=1)], "Never", "Failed"),
        ([state(exit_code=1)], "Always", "Running"),
        ([state(exit_code=0), state()], "Never", "Running"),
    ],
)
def test_the_phase_sums_up_the_containers(states, policy, expected):
    assert phase(states, policy) == expected


@pytest.mark.parametrize(
    ("container", "ready"),
    [
        (state(ready=True), True),
        (state(), False),
        (state(ready=True, exit_code=1), False),
        (state(ready=True, waiting="X"), False),
    ],
)
def test_a_pod_is_ready_when_its_running_containers_are(container, ready):
    made = build(pod("a", ready=False), [container], "10.244.1.10", "10.240.0.1", "then")
    conditions = {one["type"]: one["status"] for one in made["conditions"]}
    assert conditions["Ready"] == conditions["ContainersReady"] == ("True" if ready else "False")
    assert made["podIP"] == "10.244.1.10"
    assert made["containerStatuses"][0]["ready"] is ready


def test_a_container_says_how_often_it_was_restarted_and_why():
    said = state(number=3, last={"exitCode": 7}).to_api()
    assert said["restartCount"] == 2
    assert said["lastState"] == {"terminated": {"exitCode": 7}}
    assert said["state"] == {"running": {"startedAt": "then"}}


def test_a_status_is_written_when_something_changed():
    made = build(pod("a"), [state()], "10.244.1.10", "10.240.0.1", "then")
    assert not differs(made, made)
    assert differs({}, made)
