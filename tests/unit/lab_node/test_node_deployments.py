"""Deployments: one step of a plan after the other leads to the wanted pods, within the limits, whatever happens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.node.controllers import deployments
from tests.unit.lab_node.node_objects import deployment, running, scaled


def first_set(wanted=1, **changes):
    return deployments.plan(deployment(wanted, **changes), []).create


def test_a_new_deployment_gets_a_replica_set_of_its_size():
    made = first_set(3)
    assert made["spec"]["replicas"] == 3
    digest = made["metadata"]["labels"]["pod-template-hash"]
    assert made["metadata"]["name"] == f"echo-{digest}"
    assert made["spec"]["selector"]["matchLabels"] == {"app": "echo", "pod-template-hash": digest}
    assert made["spec"]["template"]["metadata"]["labels"] == {"app": "echo", "pod-template-hash": digest}
    assert made["metadata"]["ownerReferences"][0]["uid"] == "uid-deployment"


def test_the_hash_tells_templates_apart_and_nothing_else():
    assert first_set(1)["metadata"]["name"] == first_set(4)["metadata"]["name"]
    assert first_set(1)["metadata"]["name"] != first_set(1, image="b")["metadata"]["name"]


def test_the_status_counts_pods_and_says_available():
    status = deployments.plan(deployment(2), [running(first_set(2))]).status
    assert status["observedGeneration"] == 3
    assert {key: status[key] for key in status if key.endswith("eplicas")} == {
        "replicas": 2,
        "updatedReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "unavailableReplicas": None,
    }
    assert {one["type"]: one["status"] for one in status["conditions"]} == {"Available": "True", "Progressing": "True"}


def test_too_few_pods_are_not_available():
    status = deployments.plan(deployment(2), [running(first_set(2), available=0)]).status
    assert (status["availableReplicas"], status["unavailableReplicas"]) == (None, 2)
    assert status["conditions"][0]["status"] == "False"


def test_a_transition_time_stays_while_the_status_does():
    before = [{"type": "Available", "status": "True", "lastTransitionTime": "2020-01-01T00:00:00Z"}]
    available = deployments.plan(deployment(1, status={"conditions": before}), [running(first_set(1))]).status
    assert available["conditions"][0]["lastTransitionTime"] == "2020-01-01T00:00:00Z"


@pytest.mark.parametrize(("replicas", "wanted"), [(1, 4), (4, 1), (2, 0), (0, 2)])
def test_a_changed_number_scales_the_replica_set(replicas, wanted):
    there = running(first_set(replicas))
    plan = deployments.plan(deployment(wanted), [there])
    assert plan.create is None
    assert plan.scale == ((there, wanted),)


@pytest.mark.parametrize(
    ("replicas", "rolling", "expected"),
    [
        (4, {}, (1, 1)),
        (1, {}, (1, 0)),
        (10, {}, (3, 2)),
        (4, {"maxSurge": 0, "maxUnavailable": 0}, (0, 1)),
        (4, {"maxSurge": "50%", "maxUnavailable": 2}, (2, 2)),
    ],
)
def test_surge_is_rounded_up_and_unavailability_down(replicas, rolling, expected):
    assert deployments.limits({"replicas": replicas, "strategy": {"rollingUpdate": rolling}}) == expected


def test_recreate_waits_for_the_old_pods_to_go():
    old = running(first_set(2))
    aim = deployment(2, image="b", strategy={"type": "Recreate"})
    step = deployments.plan(aim, [old])
    assert step.create["spec"]["replicas"] == 0
    new = running(step.create)
    assert deployments.plan(aim, [old, new]).scale == ((old, 0),)
    assert deployments.plan(aim, [scaled(old, 0), new]).scale == ((new, 2),)


@given(st.integers(1, 6), st.integers(0, 3), st.integers(0, 3), st.integers(1, 6))
def test_a_rollout_ends_and_keeps_its_limits(wanted, surge, unavailable, before):
    """However many pods there were: never more than surge allows, never fewer available, and in the end all are new."""
    strategy = {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    aim = deployment(wanted, image="b", strategy=strategy)
    most, least = wanted + deployments.limits(aim["spec"])[0], wanted - deployments.limits(aim["spec"])[1]
    sets = {"old": running(first_set(before))}
    for _step in range(40):
        plan = deployments.plan(aim, list(sets.values()))
        if plan.create is not None:
            sets["new"] = running(plan.create)
        for replica_set, size in plan.scale:
            name = next(name for name, one in sets.items() if one is replica_set)
            sets[name] = scaled(replica_set, size)
        total = sum(deployments.size(one) for one in sets.values())
        assert total <= max(most, before)
        assert total >= min(least, before)
        if plan.create is None and not plan.scale:
            break
    assert {name: deployments.size(one) for name, one in sets.items()} == {"old": 0, "new": wanted}


def test_empty_replica_sets_are_kept_as_long_as_the_history_says():
    current = running(first_set(1))
    old = [scaled(running(first_set(1, image=f"old-{n}"), name=f"old-{n}"), 0) for n in range(3)]
    plan = deployments.plan(deployment(1, revisionHistoryLimit=1), [current, *old])
    assert len(plan.delete) == 2
    assert deployments.plan(deployment(1), [current, *old]).delete == ()
