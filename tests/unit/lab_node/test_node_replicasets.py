"""ReplicaSets and the scheduler: how many pods, which go first, and where they run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stage.manifests import APART
from lab.node.controllers import replicasets, scheduler
from lab.node.controllers.deployments import plan as plan_deployment
from tests.unit.lab_node.node_objects import deployment, pod

NODES = ("node-1", "node-2")


def replica_set(replicas):
    made = plan_deployment(deployment(replicas), []).create
    return {**made, "metadata": {**made["metadata"], "uid": "rs", "generation": 1}}


@given(st.integers(0, 5), st.integers(0, 5))
def test_as_many_pods_are_made_or_deleted_as_it_takes(wanted, present):
    plan = replicasets.plan(replica_set(wanted), [pod(f"p{n}") for n in range(present)])
    assert present + plan.create - len(plan.delete) == wanted
    assert not (plan.create and plan.delete)


def test_pods_that_end_or_have_ended_are_replaced():
    present = [pod("a", ending=True), pod("b", phase="Failed"), pod("c")]
    plan = replicasets.plan(replica_set(2), present)
    assert plan.create == 1
    assert plan.status["replicas"] == 1


def test_the_least_useful_pods_go_first():
    present = [
        pod("old"),
        pod("new", born="2026-02-01T00:00:00Z"),
        pod("unready", ready=False),
        pod("unplaced", node="", ready=False),
    ]
    plan = replicasets.plan(replica_set(1), present)
    assert [one["metadata"]["name"] for one in plan.delete] == ["unplaced", "unready", "new"]


def test_only_ready_pods_are_available():
    status = replicasets.plan(replica_set(2), [pod("a"), pod("b", ready=False)]).status
    assert (status["replicas"], status["readyReplicas"], status["availableReplicas"]) == (2, 1, 1)


def test_a_pod_is_made_after_the_template_and_owned():
    made = replicasets.new_pod(replica_set(1))
    assert made["metadata"]["generateName"].startswith("echo-")
    assert made["metadata"]["labels"]["app"] == "echo"
    assert made["metadata"]["ownerReferences"][0]["uid"] == "rs"
    assert made["spec"]["containers"][0]["image"] == "a"


@pytest.mark.parametrize("replicas", [1, 2, 3, 4])
def test_replicas_are_spread_over_the_nodes(replicas):
    placed = []
    for number in range(replicas):
        one = pod(f"p{number}", node="", owner="rs")
        one["spec"]["nodeName"] = scheduler.choose(one, placed, NODES)
        placed.append(one)
    counts = [sum(one["spec"]["nodeName"] == node for one in placed) for node in NODES]
    assert max(counts) - min(counts) <= 1


def test_clients_of_several_namespaces_are_spread_too():
    placed = []
    for namespace in ("a", "b", "c", "d"):
        one = pod("client", namespace=namespace, node="", owner=f"rs-{namespace}", labels={"app": "client"})
        one["spec"]["nodeName"] = scheduler.choose(one, placed, NODES)
        placed.append(one)
    assert [one["spec"]["nodeName"] for one in placed] == ["node-1", "node-2"] * 2


@pytest.mark.parametrize("order", [("client", "client-b"), ("client-b", "client")])
def test_clients_of_one_namespace_are_apart_whatever_else_runs(order):
    placed = [pod("other", namespace="x", node="node-2", labels={"app": "client"})]
    for name in order:
        one = pod(name, namespace="a", node="", owner=f"rs-{name}", labels={"app": name})
        one["spec"] |= {"affinity": APART}
        one["spec"]["nodeName"] = scheduler.choose(one, placed, NODES)
        placed += [one, pod(f"filler-{name}", namespace="a", node="node-2", labels={"app": "echo-v1"})]
    assert {one["spec"]["nodeName"] for one in placed if one["metadata"]["name"] in order} == {"node-1", "node-2"}


def test_pods_that_cannot_be_made_are_told_by_event_and_condition_until_they_can():
    why = 'pods "web-x" is forbidden: violates PodSecurity "restricted:latest": privileged'
    broken = replica_set(1)
    event = replicasets.failed_create(broken, why)
    assert (event["type"], event["reason"], event["message"]) == ("Warning", "FailedCreate", f"Error creating: {why}")
    assert event["involvedObject"]["name"] == broken["metadata"]["name"]
    (condition,) = replicasets.failing(broken, why)["conditions"]
    assert (condition["type"], condition["status"], condition["message"]) == ("ReplicaFailure", "True", why)
    status = plan_deployment(deployment(1), [{**broken, "status": {"conditions": [condition]}}]).status
    assert [one["type"] for one in status["conditions"]] == ["Available", "Progressing", "ReplicaFailure"]
    assert replicasets.plan(broken, [pod("a")]).status["conditions"] is None
