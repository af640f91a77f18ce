"""EndpointSlices: which pods stand behind a Service, on which ports, and in which state."""

from __future__ import annotations

import pytest

from lab.node.controllers import endpoints
from tests.unit.lab_node.node_objects import pod, service


def only(slices):
    assert len(slices) == 1
    return slices[0]


def test_a_slice_names_the_pods_that_the_selector_chooses():
    pods = [
        pod("a", ip="10.244.1.10"),
        pod("b", ip="10.244.2.10", node="node-2"),
        pod("other-labels", labels={"app": "client"}),
        pod("other-namespace", namespace="elsewhere"),
        pod("without-address", ip=""),
        pod("over", phase="Succeeded"),
    ]
    found = only(endpoints.slices(service(), pods))
    assert [(one["addresses"], one["nodeName"], one["targetRef"]["name"]) for one in found["endpoints"]] == [
        (["10.244.1.10"], "node-1", "a"),
        (["10.244.2.10"], "node-2", "b"),
    ]
    assert found["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    assert found["addressType"] == "IPv4"
    assert found["metadata"]["labels"]["kubernetes.io/service-name"] == "echo"
    assert found["metadata"]["labels"]["team"] == "a"
    assert found["metadata"]["ownerReferences"][0]["kind"] == "Service"


@pytest.mark.parametrize(
    ("ready", "ending", "published", "expected"),
    [
        (True, False, False, (True, True, False)),
        (False, False, False, (False, False, False)),
        (True, True, False, (False, True, True)),
        (False, True, False, (False, False, True)),
        (False, False, True, (True, False, False)),
    ],
)
def test_conditions_follow_the_pod(ready, ending, published, expected):
    made = endpoints.slices(service(publishNotReadyAddresses=published), [pod("a", ready=ready, ending=ending)])
    found = only(made)["endpoints"][0]["conditions"]
    assert (found["ready"], found["serving"], found["terminating"]) == expected


def test_a_service_without_pods_has_an_empty_slice():
    found = only(endpoints.slices(service(), []))
    assert found["endpoints"] == []


def test_a_named_target_port_means_what_each_pod_says():
    ports = [{"name": "web", "port": 80, "targetPort": "http", "appProtocol": "kubernetes.io/h2c"}]
    pods = [
        pod("a", ports=[{"name": "http", "containerPort": 8080}]),
        pod("b", ports=[{"name": "http", "containerPort": 9090}]),
        pod("c", ports=[{"name": "http", "containerPort": 8080}]),
    ]
    found = endpoints.slices(service(ports=ports), pods)
    assert {
        (one["ports"][0]["port"], tuple(end["targetRef"]["name"] for end in one["endpoints"])) for one in found
    } == {
        (8080, ("a", "c")),
        (9090, ("b",)),
    }
    assert len({one["metadata"]["name"] for one in found}) == 2
    assert found[0]["ports"][0]["appProtocol"] == "kubernetes.io/h2c"


def test_a_port_that_the_pod_does_not_name_is_left_out():
    ports = [{"name": "a", "port": 80, "targetPort": "absent"}, {"name": "b", "port": 81}]
    found = only(endpoints.slices(service(ports=ports), [pod("p")]))
    assert found["ports"] == [{"name": "b", "port": 81, "protocol": "TCP"}]


def test_a_headless_service_has_slices_too_and_says_so():
    found = only(endpoints.slices(service(clusterIP="None"), [pod("a")]))
    assert "service.kubernetes.io/headless" in found["metadata"]["labels"]


@pytest.mark.parametrize("spec", [{"selector": None}, {"selector": {}}, {"type": "ExternalName"}])
def test_services_without_a_selector_are_left_to_their_owner(spec):
    assert not endpoints.wants_slices(service(**spec))
    assert endpoints.wants_slices(service())


def test_only_what_differs_is_written():
    one = only(endpoints.slices(service(), [pod("a")]))
    stored = {**one, "metadata": {**one["metadata"], "uid": "u", "resourceVersion": "7"}}
    assert endpoints.changes([stored], [one]) == endpoints.Changes((), (), ())
    later = only(endpoints.slices(service(), [pod("a", ready=False)]))
    update = only(endpoints.changes([stored], [later]).update)
    assert update["metadata"]["resourceVersion"] == "7"
    assert update["endpoints"] == later["endpoints"]
    assert endpoints.changes([stored], []).delete == (stored,)
    assert endpoints.changes([], [one]).create == (one,)
