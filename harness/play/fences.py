"""Fences: throw-away stamped routes by which clients that must stay unaffected show that they are up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.cluster import Obj
from harness.play.control import STAMP
from harness.play.sending import Pair
from harness.scenario.model import Apply, BackendSees, Client, Outcome, Probe, Scenario
from harness.settings import Settings
from harness.stage import dress


@dataclass(frozen=True, slots=True)
class Fence:
    """What to apply, what to send, and what has to come back; ``outcomes`` has the one that the pairs want."""

    routes: tuple[Obj, ...]
    pairs: tuple[Pair, ...]
    outcomes: dict[str, Outcome]


def fence(scenario: Scenario, step: int, what: Apply, services: Sequence[Obj], settings: Settings) -> Fence:
    """The fence of one step; its stamp names the step, so that an earlier fence cannot pass for it."""
    stamp, fenced = f"{scenario.id}-{step}", f"fenced-{step}"
    routes, pairs = [], []
    for service in services:
        metadata, port = service["metadata"], service["spec"]["ports"][0]["port"]
        routes.append(dress(_route(metadata["name"], metadata["namespace"], port, stamp), scenario.id, settings))
        for text in what.fence or ():
            client = Client.parse(text)
            url = f"http://{metadata['name']}.{metadata['namespace']}:{port}/"
            probe = Probe.model_validate({"from": [text], "url": url})
            pairs.append(Pair(f"fence {metadata['name']}", client, probe, fenced))
    outcome = Outcome(backendSees=BackendSees(headers={STAMP: (stamp,)}))
    return Fence(tuple(routes), tuple(pairs), {fenced: outcome})


def _route(name: str, namespace: str, port: int, stamp: str) -> Obj:
    add = {"type": "RequestHeaderModifier", "requestHeaderModifier": {"add": [{"name": STAMP, "value": stamp}]}}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "parentRefs": [{"group": "", "kind": "Service", "name": name}],
            "rules": [{"filters": [add], "backendRefs": [{"name": name, "port": port}]}],
        },
    }
