"""Fences: throw-away stamped routes by which clients that must stay unaffected show that they are up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.cluster import Obj
from harness.play.control import STAMP
from harness.play.sending import Pair
from harness.scenario.derived import applied_objects
from harness.scenario.model import Apply, BackendSees, Client, Outcome, Probe, Scenario
from harness.settings import Settings
from harness.stage import dress

#: Container port -> what a client speaks to it, where that is not HTTP/1.1.
_PROTOCOLS = {7070: "grpc", 8082: "h2c"}
_GRPC_METHOD = "/gamma.Fence/Ask"


@dataclass(frozen=True, slots=True)
class Fence:
    """What to apply, what to send, and what has to come back; ``outcomes`` has the one that the pairs want."""

    routes: tuple[Obj, ...]
    pairs: tuple[Pair, ...]
    outcomes: dict[str, Outcome]


def fence(scenario: Scenario, step: int, what: Apply, services: Sequence[Obj], settings: Settings) -> Fence:
    """The fence of one step; its stamp names the step, so that an earlier fence cannot pass for it."""
    stamp, fenced = f"{scenario.id}-{step}", f"fenced-{step}"
    routes_grpc = any(obj.get("kind") == "GRPCRoute" for obj in applied_objects(scenario))
    routes, pairs = [], []
    for service in services:
        metadata, port = service["metadata"], service["spec"]["ports"][0]
        protocol = _PROTOCOLS.get(port.get("targetPort", port["port"]), "http1")
        kind = "GRPCRoute" if protocol == "grpc" and routes_grpc else "HTTPRoute"
        routes.append(dress(_route(kind, metadata, port["port"], stamp), scenario.id, settings))
        for text in what.fence or ():
            client = Client.parse(text)
            path = _GRPC_METHOD if protocol == "grpc" else "/"
            url = f"http://{metadata['name']}.{metadata['namespace']}:{port['port']}{path}"
            probe = Probe.model_validate({"from": [text], "url": url, "protocol": protocol})
            pairs.append(Pair(f"fence {metadata['name']}", client, probe, fenced))
    outcome = Outcome(backendSees=BackendSees(headers={STAMP: (stamp,)}))
    return Fence(tuple(routes), tuple(pairs), {fenced: outcome})


def _route(kind: str, place: Obj, port: int, stamp: str) -> Obj:
    name, namespace = place["name"], place["namespace"]
    add = {"type": "RequestHeaderModifier", "requestHeaderModifier": {"add": [{"name": STAMP, "value": stamp}]}}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "parentRefs": [{"group": "", "kind": "Service", "name": name}],
            "rules": [{"filters": [add], "backendRefs": [{"name": name, "port": port}]}],
        },
    }
