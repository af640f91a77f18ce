"""Fences speak what their port does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.mesh_profile import load
from harness.play.fences import Fence, fence
from harness.scenario.model import Apply
from harness.settings import Settings

from .world import route, scenario, service

SETTINGS = Settings(run_id="r1", run_dir=Path("runs"), mesh=load("lab"))
STEP = Apply.model_validate({"apply": "route", "fence": ["bystander"]})


def made(port: int, kind: str) -> Fence:
    routed: dict[str, Any] = {**route("front", "front"), "kind": kind}
    manifests = {"services": [service("front"), service("front-v2", "echo-v2")], "route": [routed]}
    stands_on = service("fence-front")
    stands_on["spec"]["ports"][0]["targetPort"] = port
    return fence(scenario(manifests=manifests), 3, STEP, [stands_on], SETTINGS)


@pytest.mark.parametrize(
    ("port", "applied", "kind", "protocol"),
    [
        (8080, "HTTPRoute", "HTTPRoute", "http1"),
        (8082, "HTTPRoute", "HTTPRoute", "h2c"),
        (7070, "GRPCRoute", "GRPCRoute", "grpc"),
        (7070, "HTTPRoute", "HTTPRoute", "grpc"),
        (8080, "GRPCRoute", "HTTPRoute", "http1"),
    ],
)
def test_route_and_probe_fit_the_port(port: int, applied: str, kind: str, protocol: str) -> None:
    found = made(port, applied)
    assert [one["kind"] for one in found.routes] == [kind]
    assert [pair.probe.protocol for pair in found.pairs] == [protocol]
    assert found.pairs[0].probe.url.endswith("/gamma.Fence/Ask" if protocol == "grpc" else ":80/")
