"""The mesh's own Mesh resource."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from lab.client import ApiError, Event
from lab.mesh.mesh_resource import MeshResource
from lab.mesh.model.decisions import CONFORMANT, Decisions
from lab.mesh.model.published import NAME, desired_status, supported_features
from lab.mesh.status import CONTROLLER

Json = dict[str, Any]
PENDING = [
    {"type": kind, "status": "Unknown", "reason": "Pending", "lastTransitionTime": "1970-01-01T00:00:00Z"}
    for kind in ("Accepted", "Programmed")
]
BROKEN = {"group": "", "kind": "ConfigMap", "namespace": "a", "name": "ghost"}


def mesh(name: str = NAME, controller: str = CONTROLLER, **spec: Any) -> Json:
    return {
        "metadata": {"name": name, "generation": 3, "resourceVersion": "7"},
        "spec": {"controllerName": controller, **spec},
        "status": {"conditions": PENDING},
    }


class Meshes:
    """A collection of Mesh objects, with its history, and a record of what is written."""

    def __init__(self, *events: Event, missing: int = 0) -> None:
        self.events, self.missing = events, missing
        self.created: list[Json] = []
        self.written: list[tuple[str, Json]] = []
        self.replaced: list[tuple[str, Json]] = []

    async def watch(self, path: str, *, labels: str = "", fields: str = "") -> AsyncIterator[Event]:
        assert path == "/apis/gateway.networking.x-k8s.io/v1alpha1/xmeshes"
        if self.missing:
            self.missing -= 1
            raise ApiError(404, "NotFound", "no such kind")
        for event in self.events:
            yield event
        await asyncio.Event().wait()

    async def create(self, path: str, obj: Json) -> Json:
        self.created.append(obj)
        return obj

    async def replace(self, path: str, obj: Json) -> Json:
        self.replaced.append((path.rpartition("xmeshes/")[2], obj))
        return obj

    async def patch(self, path: str, body: Json) -> Json:
        self.written.append((path.rpartition("xmeshes/")[2], body))
        return body


SYNCED = Event("SYNCED", {})


async def followed(api: Meshes, decisions: Decisions = CONFORMANT) -> Meshes:
    resource = MeshResource(api)
    await resource.decide(decisions)
    task = asyncio.create_task(resource.run())
    await asyncio.sleep(0.3 if api.missing else 0.01)
    task.cancel()
    return api


def verdict(status: Json) -> tuple[str, str]:
    (accepted,) = [each for each in status["conditions"] if each["type"] == "Accepted"]
    assert accepted["message"]
    assert accepted["observedGeneration"] == 3
    return accepted["status"], accepted["reason"]


@pytest.mark.parametrize("missing", [0, 1])
def test_object_is_created_with_the_controllers_name_alone(missing: int) -> None:
    api = asyncio.run(followed(Meshes(SYNCED, missing=missing)))
    (created,) = api.created
    assert created["metadata"] == {"name": NAME}
    assert created["spec"] == {"controllerName": CONTROLLER}


@pytest.mark.parametrize("present", [mesh(), mesh("other"), mesh(controller="example.net/none")])
def test_nothing_is_created_beside_one_of_ours_or_over_one_of_others(present: Json) -> None:
    assert asyncio.run(followed(Meshes(Event("ADDED", present), SYNCED))).created == []


def test_only_objects_of_ours_get_a_status() -> None:
    foreign = mesh("foreign", "example.net/none")
    api = asyncio.run(followed(Meshes(Event("ADDED", foreign), Event("ADDED", mesh("mine")), SYNCED)))
    ((path, body),) = api.written
    assert path == "mine/status"
    assert body.keys() == {"metadata", "status"}
    assert verdict(body["status"]) == ("True", "Accepted")


def test_parameters_are_invalid_until_they_are_gone() -> None:
    events = [Event("ADDED", mesh(parametersRef=BROKEN)), SYNCED, Event("MODIFIED", mesh())]
    api = asyncio.run(followed(Meshes(*events)))
    found = [verdict(body["status"]) for _, body in api.written]
    assert found == [("False", "InvalidParameters"), ("True", "Accepted")]


def test_status_is_written_once_and_keeps_what_others_wrote() -> None:
    first = desired_status(mesh(), (), "now")
    assert [each["type"] for each in first["conditions"]] == ["Accepted", "Programmed"]
    assert first["conditions"][1] == PENDING[1]
    assert desired_status({**mesh(), "status": first}, (), "later") == first
    settled = {**mesh(), "status": first}
    assert asyncio.run(followed(Meshes(Event("ADDED", settled), SYNCED))).written == []


def test_features_are_sorted_and_do_not_name_what_is_ignored() -> None:
    names = [each["name"] for each in supported_features(())]
    assert names == sorted(set(names))
    assert {"Mesh", "HTTPRoute", "HTTPRouteCORS", "MeshConsumerRoute"} <= set(names)
    assert "UDPRoute" not in names
    assert {"name": "HTTPRouteCORS"} not in supported_features({"HTTPRouteCORS"})


def test_a_mesh_that_ignores_the_resource_leaves_it_alone() -> None:
    api = asyncio.run(followed(Meshes(Event("ADDED", mesh()), SYNCED), Decisions(ignored=frozenset({"XMesh"}))))
    assert (api.created, api.written) == ([], [])


def test_a_defect_may_rewrite_an_object_take_over_foreign_ones_and_write_another_status() -> None:
    foreign = mesh("theirs", "example.net/other")

    def described(obj: Json) -> Json:
        return {**obj, "spec": {**obj["spec"], "description": "Ours"}}

    api = asyncio.run(followed(Meshes(Event("ADDED", foreign), SYNCED), Decisions(rewrites=described)))
    ((name, body),) = api.replaced
    assert (name, body["kind"], body["spec"]["description"]) == ("theirs", "XMesh", "Ours")
    assert api.written == []
    greedy = Decisions(mesh_is_ours=lambda _: True, mesh_status=lambda _, wanted: {**wanted, "supportedFeatures": []})
    api = asyncio.run(followed(Meshes(Event("ADDED", foreign), SYNCED), greedy))
    assert [(name, body["status"]["supportedFeatures"]) for name, body in api.written] == [("theirs/status", [])]
    assert api.created == []
