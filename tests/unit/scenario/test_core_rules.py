"""Services and EndpointSlices that scenarios write themselves."""

from __future__ import annotations

from typing import Any

import pytest

from harness.scenario.destination import pod_place
from harness.scenario.rules.core import endpoint_slice, service
from harness.scenario.shape import shapes

from .spoil import good

PORT = {"name": "http", "port": 80, "targetPort": 8080, "appProtocol": "http"}


def a_slice(**changed: Any) -> dict[str, Any]:
    whole = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "manual-1",
            "namespace": "gamma-producer",
            "labels": {"kubernetes.io/service-name": "manual"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["podip://echo-v2.gamma-producer"]}],
        "ports": [{"name": "http", "port": 8080, "appProtocol": "http"}],
    }
    return whole | changed


def test_a_slice_of_pods_of_the_stage_is_in_order() -> None:
    assert list(endpoint_slice(a_slice())) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"metadata": {"name": "x", "namespace": "gamma-producer"}}, "no label kubernetes.io/service-name"),
        ({"endpoints": [{"addresses": ["10.0.0.1"]}]}, "'10.0.0.1' is no pod that answers"),
        ({"endpoints": [{"addresses": ["podip://client.gamma-producer"]}]}, "no pod that answers"),
        ({"endpoints": [{"addresses": ["podip://echo-v2.gamma-consumer"]}]}, "no pod that answers"),
        ({"ports": [{"port": 80, "appProtocol": "http"}]}, "no pod listens on 80"),
        ({"ports": [{"port": 8080}]}, "appProtocol None for the pod port 8080"),
    ],
)
def test_what_is_wrong_with_a_slice_is_told(changed: dict[str, Any], told: str) -> None:
    (found,) = endpoint_slice(a_slice(**changed))
    assert told in found[1]


@pytest.mark.parametrize(
    "changed", [{"endpoints": "all"}, {"endpoints": [{}]}, {"endpoints": [{"addresses": [1]}]}, {"ports": None}]
)
def test_a_slice_of_another_shape_does_not_load(changed: dict[str, Any]) -> None:
    scenario = good()
    spoilt = scenario.model_copy(update={"manifests": {"slice": (a_slice(**changed),)}})
    assert len(shapes(spoilt)) == 1


def test_services_may_select_nothing_and_be_headless_or_of_another_name() -> None:
    target = "good.gamma-consumer.svc.cluster.local"
    for body in (
        {"ports": [PORT]},
        {"clusterIP": "None", "ports": [PORT]},
        {"type": "ExternalName", "externalName": target, "ports": [PORT]},
    ):
        assert list(service(body)) == []
        obj = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", "namespace": "gamma-producer"}}
        assert shapes(good().model_copy(update={"manifests": {"x": ({**obj, "spec": body},)}})) == []


@pytest.mark.parametrize("name", ["example.com", "good.kube-system.svc.cluster.local", "gamma-producer"])
def test_no_name_leads_out_of_our_namespaces(name: str) -> None:
    (found,) = service({"type": "ExternalName", "externalName": name, "ports": [PORT]})
    assert found[0] == ("spec", "externalName")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("podip://echo-v2.gamma-producer", ("echo-v2", "gamma-producer")),
        ("podip://echo-v2.x-producer", ("echo-v2", "x-producer")),
        ("podip://echo-v2", None),
        ("podip://echo-v2.gamma-producer/path", None),
        ("http://echo-v2.gamma-producer", None),
        ("10.1.2.3", None),
        ("fd00::1", None),
    ],
)
def test_an_address_may_name_a_pod(text: str, place: tuple[str, str] | None) -> None:
    assert pod_place(text) == place
