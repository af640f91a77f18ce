"""Real Envoy: the protocol that a backend's port declares."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.lab_mesh.bench import Bench
from tests.contract.lab_mesh.objects import endpoints, parent, prefix, route, rule, service

FRONT = "10.96.2.1"
UPGRADE = {"connection": "Upgrade", "upgrade": "websocket", "x-status": "426"}


def declared(name: str, ip: str, protocol: str | None) -> list[dict]:
    made = service(name, ip)
    made["spec"]["ports"][0]["appProtocol"] = protocol
    return [made, endpoints(name, "10.244.1.1")]


@pytest.mark.parametrize("protocol", ["kubernetes.io/h2c", "grpc"])
def test_http1_client_reaches_an_http2_backend(bench: Bench, protocol: str) -> None:
    typed = declared("typed", "10.96.2.2", protocol)
    bench.apply(service("front", FRONT), *typed, route("r", parent("front"), rule(to="typed")))
    for address in (FRONT, "10.96.2.2"):
        answer = bench.get(f"{address}/x")
        assert (answer.status, answer.raw["seen"]["http"], answer.path) == (200, 2, "/x")


@pytest.mark.parametrize("protocol", ["kubernetes.io/ws", None, "http"])
def test_upgrade_passes_a_route(bench: Bench, protocol: str | None) -> None:
    typed = declared("typed", "10.96.2.2", protocol)
    bench.apply(service("front", FRONT), *typed, route("r", parent("front"), rule(to="typed")))
    answer = bench.get(f"{FRONT}/", headers=UPGRADE)
    assert (answer.status, answer.sees("upgrade")) == (426, ["websocket"])


@pytest.mark.parametrize("protocol", ["kubernetes.io/wss", "kubernetes.io/other", "tcp", "tls"])
def test_backend_of_another_protocol_is_500(bench: Bench, protocol: str) -> None:
    typed = declared("typed", "10.96.2.2", protocol)
    rules = (rule(prefix("/bad"), to="typed"), rule(to="v2"))
    bench.apply(service("front", FRONT), *typed, route("r", parent("front"), *rules))
    assert bench.get(f"{FRONT}/bad").status == 500
    assert bench.get(f"{FRONT}/").backend == "v2"


def test_many_deadlines_break_no_connection_between_proxies(bench: Bench) -> None:
    """Connections on which hundreds of requests end early are closed, and with them whatever else is under way."""
    short = rule(prefix("/short"), to="v1", timeouts={"request": "1ms"})
    made = route("r", parent("front"), short, rule(to="v1"))
    bench.apply(service("front", FRONT), endpoints("front", "10.244.1.1"), made, defect="http2-between-proxies")
    with ThreadPoolExecutor(1) as pool:
        patient = pool.submit(bench.get, f"{FRONT}/", headers={"x-delay": "8"})
        ended = bench.get(f"{FRONT}/short", 1200, headers={"x-delay": "1"})
        assert {answer.status for answer in ended} == {504}
        assert patient.result().status == 200
