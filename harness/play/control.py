"""Control before blame: a plain route on a spare Service tells a slow change from a mesh that takes in none at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.cluster import Cluster, Obj, Ref
from harness.play.sending import Pair
from harness.play.settle import Settlement, Settler
from harness.scenario.model import BackendSees, Client, Outcome, Probe
from harness.settings import Settings
from harness.stage.manifests import CONTROL_BACKEND, CONTROL_FRONTEND

STAMP = "x-gamma-route"
ARRIVED = {"arrived": Outcome(backend="echo-v2")}


@dataclass
class Control:
    """Control routes on the stage's spare Services; each has a path of its own, so that many may exist at once."""

    settings: Settings
    cluster: Cluster
    settler: Settler

    def arrives(self, clients: Sequence[Client], name: str) -> Settlement:
        """Whether a new plain route comes into force for these clients. Raises ClusterError."""
        route = self.route(name)
        pairs = self.pairs(clients, name)
        self.settler.sending.notebook.note(
            f"control: apply a plain route for {', '.join(str(pair.client) for pair in pairs)}"
        )
        try:
            self.cluster.apply(route)
            ended = self.settler.settle(0, pairs, ARRIVED)
        finally:
            self.cluster.delete(Ref.of(route))
        self.settler.sending.notebook.note(
            "control: " + ("in force" if ended.arrived else f"not in force: {ended.text}")
        )
        return ended

    def route(self, name: str) -> Obj:
        """The plain route of this name."""
        return self._route(name, {})

    def pairs(self, clients: Sequence[Client], name: str) -> list[Pair]:
        """What shows these clients, as far as the mesh serves them, that the route of this name is in force."""
        return [Pair("control", client, self._probe(name, client), "arrived") for client in enrolled(clients)]

    def stamps(self) -> dict[str, Any]:
        """Whether a route can add a header, by which scenarios tell rules with one backend apart."""
        client = Client("consumer")
        stamp = {"type": "RequestHeaderModifier", "requestHeaderModifier": {"add": [{"name": STAMP, "value": "stamp"}]}}
        route = self._route("stamp", {"filters": [stamp]})
        stamped = Outcome(backend="echo-v2", backendSees=BackendSees(headers={STAMP: ("stamp",)}))
        pairs = [Pair("stamp", client, self._probe("stamp", client), "stamped")]
        try:
            self.cluster.apply(route)
            outcomes = {"stamped": stamped, **ARRIVED}
            ended = self.settler.settle(0, pairs, outcomes)
        finally:
            self.cluster.delete(Ref.of(route))
        got = {answer.outcome for answers in ended.answers.values() for answer in answers}
        # A route that does not come into force at all says nothing about stamps.
        return {"works": ended.arrived or "arrived" not in got}

    def _path(self, name: str) -> str:
        return f"/{self.settings.run_id}/{name}"

    def _probe(self, name: str, client: Client) -> Probe:
        url = f"http://{CONTROL_FRONTEND}.{self.settings.namespace('producer')}{self._path(name)}"
        return Probe.model_validate({"from": [str(client)], "url": url})

    def _route(self, name: str, extra: dict[str, Any]) -> Obj:
        return {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {
                "name": f"control-{name}",
                "namespace": self.settings.namespace("producer"),
                "labels": self.settings.labels("control"),
            },
            "spec": {
                "parentRefs": [{"group": "", "kind": "Service", "name": CONTROL_FRONTEND}],
                "rules": [
                    {
                        "matches": [{"path": {"type": "PathPrefix", "value": self._path(name)}}],
                        "backendRefs": [{"name": CONTROL_BACKEND, "port": 80}],
                        **extra,
                    }
                ],
            },
        }


def enrolled(clients: Sequence[Client]) -> list[Client]:
    """Clients that the mesh serves, each once; one that surely is, where there is no other."""
    inside = sorted({client for client in clients if client.role != "outside"})
    return inside or [Client("producer")]
