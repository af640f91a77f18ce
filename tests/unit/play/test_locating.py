"""The addresses of EndpointSlices that a scenario writes itself."""

from __future__ import annotations

from harness.play.locating import located


def pod_ip(workload: str, namespace: str) -> str:
    return {("echo-v2", "gamma-producer"): "10.1.2.3"}[workload, namespace]


def test_pods_get_their_addresses_and_all_else_stays() -> None:
    written = ["podip://echo-v2.gamma-producer", "10.9.9.9"]
    endpoints = [{"addresses": written, "conditions": {"ready": True}}, {"addresses": ["10.8.8.8"]}]
    found = located({"kind": "EndpointSlice", "endpoints": endpoints, "ports": []}, pod_ip)
    assert found["endpoints"] == [
        {"addresses": ["10.1.2.3", "10.9.9.9"], "conditions": {"ready": True}},
        {"addresses": ["10.8.8.8"]},
    ]
    assert written == ["podip://echo-v2.gamma-producer", "10.9.9.9"]


def test_other_objects_stay_as_they_are() -> None:
    route = {"kind": "HTTPRoute", "endpoints": [{"addresses": ["podip://echo-v2.gamma-producer"]}]}
    assert located(route, pod_ip) is route
