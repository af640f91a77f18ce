"""The whole mesh process against a real API server: watches, reaction, status, defects at run time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.contract.lab_mesh.bench import Bench, stage
from tests.contract.lab_mesh.objects import (
    P,
    backend,
    call,
    endpoints,
    grpc_route,
    parent,
    prefix,
    route,
    rule,
    service,
    tcp_route,
)
from tests.contract.lab_mesh.whole_mesh import LATE_SECONDS

GROUPS = {
    **dict.fromkeys(("HTTPRoute", "GRPCRoute", "TCPRoute"), "apis/gateway.networking.k8s.io/v1"),
    "EndpointSlice": "apis/discovery.k8s.io/v1",
}
FRONT = "10.96.2.1"
SOON = 5.0


class Cluster(Bench):
    """The sandbox with an API: objects are created, patched and deleted one by one."""

    program = "tests.contract.lab_mesh.whole_mesh"

    def call(self, **command: Any) -> Any:
        answer = self._call(command)
        assert not (isinstance(answer, dict) and "error" in answer and "message" in answer), answer
        return answer

    def path(self, kind: str, name: str = "", namespace: str = P) -> str:
        place = "" if kind == "Namespace" else f"/namespaces/{namespace}"
        return f"/{GROUPS.get(kind, 'api/v1')}{place}/{kind.lower()}s" + (f"/{name}" if name else "")

    def create(self, *objects: dict[str, Any]) -> None:
        for obj in objects:
            kind, meta = obj["kind"], {**obj["metadata"]}
            for server_side in ("generation", "creationTimestamp"):
                meta.pop(server_side, None)
            group = GROUPS.get(kind, "api/v1").split("/", 1)[1]
            body = {"apiVersion": group, **obj, "metadata": meta}
            if kind == "Pod":
                body["spec"] = {"containers": [{"name": "app", "image": "none"}]}
            place = self.path(kind, namespace=meta.get("namespace", ""))
            self.call(create=[place, body], pods=[each for each in stage() if each["kind"] == "Pod"])
            if kind == "Pod":
                self.call(patch=[f"{place}/{meta['name']}/status", {"status": obj["status"]}])

    def patch(self, kind: str, name: str, **fields: Any) -> None:
        self.call(patch=[self.path(kind, name), fields])

    def delete(self, kind: str, name: str) -> None:
        self.call(delete=self.path(kind, name))

    def parents(self, name: str = "r") -> list[dict[str, Any]]:
        return self.call(read=self.path("HTTPRoute", name)).get("status", {}).get("parents", [])

    def conditions(self) -> dict[str, str]:
        entries = [entry for entry in self.parents() if entry["controllerName"] == "gamma.test/lab-mesh"]
        return {each["type"]: each["reason"] for entry in entries for each in entry["conditions"]}

    def soon(self, find: Callable[[], object], expected: object) -> float:
        """Seconds until `find` gives what is expected; fails after a while, showing the last value."""
        started = time.monotonic()
        while (found := find()) != expected:
            assert time.monotonic() - started < SOON, found
            time.sleep(0.002)
        return time.monotonic() - started

    def outcome(self, path: str = "/", **options: Any) -> Callable[[], object]:
        def find() -> object:
            answer = self.get(f"{FRONT}{path}", **options)
            return answer.backend or answer.status or answer.raw["error"]

        return find


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("whole"))
    assert made.call(ready=1) < SOON
    made.create(*stage())
    yield made
    made.close()


@pytest.fixture
def cluster(running: Cluster) -> Iterator[Cluster]:
    """The stage and a Service `front` whose endpoint is v1."""
    running.create(service("front", FRONT), endpoints("front", "10.244.1.1"))
    running.soon(running.outcome(), "v1")
    yield running
    for kind, name in (("HTTPRoute", "r"), ("EndpointSlice", "front-1"), ("Service", "front")):
        running._call({"delete": running.path(kind, name)})
    running.soon(running.outcome(), "ConnectionRefusedError")


def test_route_created_changed_and_deleted(cluster: Cluster) -> None:
    cluster.create(route("r", parent("front"), rule(prefix("/a"), to="v2")))
    cluster.soon(cluster.outcome("/a"), "v2")
    assert cluster.outcome("/b")() == 404
    cluster.soon(cluster.conditions, {"Accepted": "Accepted", "ResolvedRefs": "ResolvedRefs"})
    cluster.patch("HTTPRoute", "r", spec={"rules": [rule(prefix("/b"), to="v3")]})
    cluster.soon(cluster.outcome("/b"), "v3")
    assert cluster.outcome("/a")() == 404
    cluster.soon(lambda: {each["observedGeneration"] for each in cluster.parents()[0]["conditions"]}, {2})
    cluster.delete("HTTPRoute", "r")
    cluster.soon(cluster.outcome("/a"), "v1")


def test_changes_are_in_force_within_a_moment(cluster: Cluster) -> None:
    """The median of several changes; the bound is loose, as the machine may be busy."""
    cluster.create(route("r", parent("front"), rule(to="v1")))
    cluster.soon(cluster.conditions, {"Accepted": "Accepted", "ResolvedRefs": "ResolvedRefs"})
    took = []
    for number in range(9):
        name = ("v2", "v3")[number % 2]
        cluster.patch("HTTPRoute", "r", spec={"rules": [rule(to=name)]})
        took.append(cluster.soon(cluster.outcome(), name))
    assert sorted(took)[4] < 1.0


def test_backend_appears_and_disappears(cluster: Cluster) -> None:
    cluster.create(route("r", parent("front"), rule(to="late")))
    cluster.soon(cluster.outcome(), 500)
    cluster.soon(cluster.conditions, {"Accepted": "Accepted", "ResolvedRefs": "BackendNotFound"})
    cluster.create(service("late", "10.96.2.7"))
    cluster.soon(cluster.outcome(), 503)
    cluster.soon(cluster.conditions, {"Accepted": "Accepted", "ResolvedRefs": "ResolvedRefs"})
    cluster.delete("Service", "late")
    cluster.soon(cluster.outcome(), 500)
    cluster.soon(cluster.conditions, {"Accepted": "Accepted", "ResolvedRefs": "BackendNotFound"})


def test_parent_created_after_the_route(cluster: Cluster) -> None:
    cluster.create(route("r", [parent("front"), parent("later")], rule(to="v2")))
    cluster.soon(
        lambda: [entry["conditions"][0]["reason"] for entry in cluster.parents()], ["Accepted", "NoMatchingParent"]
    )
    cluster.create(service("later", "10.96.2.8"))
    cluster.soon(lambda: [entry["conditions"][0]["reason"] for entry in cluster.parents()], ["Accepted", "Accepted"])
    cluster.soon(lambda: cluster.get("10.96.2.8/").backend, "v2")
    cluster.delete("Service", "later")


def test_routes_of_other_types_take_over_and_give_back(cluster: Cluster) -> None:
    def reasons() -> list[str]:
        routes = [("TCPRoute", "t"), ("HTTPRoute", "r"), ("GRPCRoute", "g")]
        read = [cluster._call({"read": cluster.path(kind, name)}) for kind, name in routes]
        entries = [entry for each in read for entry in each.get("status", {}).get("parents", [])]
        return [each["reason"] for entry in entries for each in entry["conditions"] if each["type"] == "Accepted"]

    cluster.create(tcp_route("t", parent("front"), "v3"))
    cluster.soon(cluster.outcome(), "v3")
    cluster.soon(reasons, ["Accepted"])
    cluster.create(route("r", parent("front"), rule(prefix("/a"), to="v2")))
    cluster.soon(cluster.outcome("/a"), "v2")
    cluster.soon(reasons, ["Conflicted", "Accepted"])
    cluster.create(grpc_route("g", parent("front"), rule(call("a.A"), to="v3")))
    cluster.soon(lambda: cluster.rpc(f"{FRONT}:80", "/a.A/M").backend, "v3")
    assert cluster.outcome("/a")() == 404
    cluster.soon(reasons, ["Conflicted", "Conflicted", "Accepted"])
    cluster.delete("GRPCRoute", "g")
    cluster.soon(cluster.outcome("/a"), "v2")
    cluster.delete("HTTPRoute", "r")
    cluster.soon(cluster.outcome(), "v3")
    cluster.soon(reasons, ["Accepted"])
    cluster.delete("TCPRoute", "t")
    cluster.soon(cluster.outcome(), "v1")


def test_status_of_others_survives(cluster: Cluster) -> None:
    cluster.create(route("r", parent("front"), rule(to="v2")))
    cluster.soon(lambda: len(cluster.parents()), 1)
    condition = {"type": "special.io/Foo", "status": "True", "reason": "X", "message": "", "lastTransitionTime": T}
    (own,) = cluster.parents()
    own["conditions"].append(condition)
    foreign = {"parentRef": parent("front"), "controllerName": "example.net/other", "conditions": [condition]}
    cluster.call(patch=[cluster.path("HTTPRoute", "r") + "/status", {"status": {"parents": [foreign, own]}}])
    cluster.patch("HTTPRoute", "r", spec={"parentRefs": [parent("front", sectionName="http")]})
    cluster.soon(lambda: [entry["parentRef"].get("sectionName") for entry in cluster.parents()], [None, "http"])
    assert cluster.parents()[0] == foreign


T = "2026-01-01T00:00:00Z"


class Switch:
    """The ConfigMap that tells the mesh which defect to have."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._path = cluster.path("ConfigMap", "mesh", "gamma-lab-system")

    def __enter__(self) -> Switch:
        config = {"kind": "ConfigMap", "metadata": {"name": "mesh", "namespace": "gamma-lab-system"}}
        self._cluster.create({**config, "data": {"defect": ""}})
        return self

    def to(self, defect: str) -> None:
        self._cluster.call(patch=[self._path, {"data": {"defect": defect}}])

    def confirmed(self, defect: str, turn: str) -> None:
        """Switch, and return once the mesh says that it has done so."""
        self._cluster.call(patch=[self._path, {"data": {"defect": defect, "turn": turn}}])
        self._cluster.soon(self._in_force, (defect or "none", turn))

    def _in_force(self) -> tuple[str | None, str | None]:
        data = self._cluster._call({"read": self._path})["data"]
        return data.get("inForce"), data.get("inForceTurn")

    def __exit__(self, *_: object) -> None:
        self._cluster.call(delete=self._path)


def test_defect_is_switched_at_run_time(cluster: Cluster) -> None:
    cluster.create(route("r", parent("front"), rule(prefix("/a"), to=[backend("v2")])))
    cluster.soon(cluster.outcome("/b"), 404)
    with Switch(cluster) as switch:
        switch.to("unmatched-falls-through")
        cluster.soon(cluster.outcome("/b"), "v1")
        switch.to("")
        cluster.soon(cluster.outcome("/b"), 404)


def test_what_the_mesh_says_of_its_defect_is_in_force_at_once(cluster: Cluster) -> None:
    cluster.create(route("r", parent("front"), rule(prefix("/a"), to=[backend("v2")])))
    cluster.soon(cluster.outcome("/b"), 404)
    with Switch(cluster) as switch:
        for turn, (defect, expected) in enumerate([("unmatched-falls-through", "v1"), ("", 404)] * 3):
            switch.confirmed(defect, str(turn))
            assert cluster.outcome("/b")() == expected


def test_nothing_is_left_of_the_defect_before(cluster: Cluster) -> None:
    cluster.create(route("r", parent("front"), rule(to="v2")))
    cluster.soon(cluster.outcome(), "v2")
    with Switch(cluster) as switch:
        for turn, (defect, new) in enumerate([("test-late", "v3"), ("test-lossy", "v2"), ("", "v3")]):
            switch.confirmed("test-lossy", f"lossy-{turn}")
            cluster.patch("HTTPRoute", "r", spec={"rules": [rule(to=new)]})
            time.sleep(0.2)
            assert cluster.outcome()() != new
            switch.confirmed(defect, f"next-{turn}")
            assert cluster.outcome()() == new


def test_delivery_is_switched_at_run_time(cluster: Cluster) -> None:
    with Switch(cluster) as switch:
        switch.to("test-late")
        time.sleep(0.2)
        created = time.monotonic()
        cluster.create(route("r", parent("front"), rule(to="v2")))
        cluster.soon(cluster.outcome(), "v2")
        assert time.monotonic() - created >= LATE_SECONDS
        switch.to("test-lossy")
        time.sleep(2 * LATE_SECONDS)
        cluster.patch("HTTPRoute", "r", spec={"rules": [rule(to="v3")]})
        cluster.soon(lambda: {each["observedGeneration"] for each in cluster.parents()[0]["conditions"]}, {2})
        time.sleep(0.2)
        assert cluster.outcome()() == "v2"
        switch.to("")
        cluster.soon(cluster.outcome(), "v3")


def test_mesh_resource_says_what_the_mesh_is(running: Cluster) -> None:
    path = "/apis/gateway.networking.x-k8s.io/v1alpha1/xmeshes"

    def accepted(name: str) -> str:
        found = running._call({"read": f"{path}/{name}"})
        conditions = (found.get("status") or {}).get("conditions") or ()
        return next((each["reason"] for each in conditions if each["type"] == "Accepted"), "")

    running.soon(lambda: accepted("gamma-lab-mesh"), "Accepted")
    broken = {"group": "", "kind": "ConfigMap", "namespace": P, "name": "ghost"}
    running.call(patch=[f"{path}/gamma-lab-mesh", {"spec": {"parametersRef": broken}}])
    running.soon(lambda: accepted("gamma-lab-mesh"), "InvalidParameters")
    running.call(patch=[f"{path}/gamma-lab-mesh", {"spec": {"parametersRef": None}}])
    running.soon(lambda: accepted("gamma-lab-mesh"), "Accepted")
