"""The mesh at the API: what it watches, what wakes it, and what it writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from lab.client import ApiError, Event
from lab.mesh.controller import ClusterState, Orders, defect_of, follow
from lab.mesh.model.decisions import CONFORMANT, Decisions
from lab.mesh.spec_writer import SpecWriter
from lab.mesh.status_writer import StatusWriter
from lab.mesh.world.route import ObjectKey, RouteKey
from tests.contract.lab_mesh.objects import P, grpc_route, namespace, parent, pod, route, rule, service, tcp_route

Json = dict[str, Any]
FRONT = ObjectKey(P, "front")
R, T = RouteKey(P, "r", "HTTPRoute"), RouteKey(P, "t", "TCPRoute")


def versioned(obj: Json, version: int, **more: Any) -> Json:
    return {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(version)}, **more}


class ScriptedApi:
    """Collections that never change, and a record of what is written; a write raises `error` if there is one."""

    def __init__(self, objects: list[Json] | None = None, error: ApiError | None = None) -> None:
        self.objects = objects or []
        self.error = error
        self.writes: list[tuple[str, Json]] = []
        self.missing = 0
        # Parts of paths that the API does not serve.
        self.unserved: tuple[str, ...] = ()

    async def watch(self, path: str, *, labels: str = "", fields: str = "") -> AsyncIterator[Event]:
        if self.missing and "httproutes" in path:
            self.missing -= 1
            raise ApiError(404, "NotFound", "no such kind")
        if any(part in path for part in self.unserved):
            raise ApiError(404, "NotFound", "no such kind")
        for obj in self.objects:
            if path.endswith("/" + obj["kind"].lower() + "s"):
                yield Event("ADDED", obj)
        yield Event("SYNCED", {})
        await asyncio.Event().wait()

    async def patch(self, path: str, body: Json) -> Json:
        self.writes.append((path, body))
        if self.error:
            raise self.error
        return body

    async def replace(self, path: str, obj: Json) -> Json:
        return await self.patch(path, obj)


async def synced(api: ScriptedApi) -> ClusterState:
    state = ClusterState(("gamma-lab-system", "mesh"))
    task = asyncio.create_task(follow(api, state))
    while not state.synced:
        await asyncio.sleep(0.001)
    task.cancel()
    return state


def seen(state: ClusterState, kind: str, event: Event) -> bool:
    """Whether the event wakes the mesh."""
    state.changed.clear()
    (found,) = [each for each in state.kinds() if each.paths[0].endswith(f"/{kind}")]
    state.apply(found, event)
    return state.changed.is_set()


def test_all_collections_are_listed_before_anything_is_planned() -> None:
    api = ScriptedApi([namespace(P), service("front", "10.96.0.1"), route("r", parent("front"), rule(to="front"))])
    api.missing = 1
    state = asyncio.run(synced(api))
    world = state.world()
    assert (set(world.namespaces), set(world.services), set(world.routes)) == ({P}, {FRONT}, {R})


def test_kinds_without_a_definition_are_not_waited_for_but_found_when_they_come() -> None:
    async def scenario() -> list[set[RouteKey]]:
        api = ScriptedApi([tcp_route("t", parent("front"), "front")])
        api.unserved = ("grpcroutes", "tlsroutes", "tcproutes")
        state = ClusterState(("gamma-lab-system", "mesh"))
        task = asyncio.create_task(follow(api, state))
        async with asyncio.timeout(10):
            while not state.synced:
                await asyncio.sleep(0.001)
            seen = [set(state.world().routes)]
            api.unserved = ("grpcroutes", "tlsroutes", "v1/tcproutes")
            while not state.world().routes:
                await asyncio.sleep(0.001)
        task.cancel()
        assert state.path_of(T) == f"/apis/gateway.networking.k8s.io/v1alpha2/namespaces/{P}/tcproutes/t"
        return [*seen, set(state.world().routes)]

    assert asyncio.run(scenario()) == [set(), {T}]


def test_udp_routes_are_not_looked_at() -> None:
    """tcp-tls.udproute-service-parent is optional, and not implemented: neither effect nor status."""
    state = ClusterState(("gamma-lab-system", "mesh"))
    assert not [path for kind in state.kinds() for path in kind.paths if "udp" in path]


def test_a_kind_that_goes_away_takes_its_routes_along() -> None:
    state = ClusterState(("gamma-lab-system", "mesh"))
    seen(state, "tcproutes", Event("ADDED", tcp_route("t", parent("front"), "front")))
    (kind,) = [each for each in state.kinds() if each.table == "TCPRoute"]
    state.absent(kind)
    assert state.world().routes == {}
    state.changed.clear()
    state.absent(kind)
    assert not state.changed.is_set()


def test_a_refused_list_ends_the_mesh() -> None:
    class Forbidden(ScriptedApi):
        async def watch(self, path: str, *, labels: str = "", fields: str = "") -> AsyncIterator[Event]:
            raise ApiError(403, "Forbidden", path)
            yield

    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(synced_or_raise(Forbidden()))
    assert raised.group_contains(ApiError)


async def synced_or_raise(api: ScriptedApi) -> None:
    async with asyncio.timeout(5):
        await follow(api, ClusterState(("a", "b")))


def test_only_what_matters_wakes_the_mesh() -> None:
    state = ClusterState(("gamma-lab-system", "mesh"))
    front = service("front", "10.96.0.1")
    assert seen(state, "services", Event("ADDED", versioned(front, 1)))
    first = state.world().services[FRONT]
    assert not seen(state, "services", Event("MODIFIED", versioned(front, 2, status={"loadBalancer": {}})))
    assert state.world().services[FRONT] is first
    assert seen(state, "services", Event("MODIFIED", versioned(service("front", "10.96.0.2"), 3)))
    assert seen(state, "services", Event("DELETED", versioned(front, 4)))
    assert state.world().services == {}


def test_a_pod_counts_from_its_address_to_its_end() -> None:
    state = ClusterState(("gamma-lab-system", "mesh"))
    assert not seen(state, "pods", Event("ADDED", pod(P, "p", "")))
    assert seen(state, "pods", Event("MODIFIED", pod(P, "p", "10.244.0.1")))
    assert not seen(state, "pods", Event("MODIFIED", versioned(pod(P, "p", "10.244.0.1"), 9)))
    ended = pod(P, "p", "10.244.0.1")
    ended["status"]["phase"] = "Failed"
    assert seen(state, "pods", Event("MODIFIED", ended))
    assert state.world().pods == {}


def test_status_of_a_route_is_kept_beside_it() -> None:
    state = ClusterState(("gamma-lab-system", "mesh"))
    made = route("r", parent("front"), rule(to="front"))
    seen(state, "httproutes", Event("ADDED", versioned(made, 1)))
    first = state.world().routes[R]
    assert seen(state, "httproutes", Event("MODIFIED", versioned(made, 2, status={"parents": [{"x": 1}]})))
    assert state.world().routes[R] is first
    assert state.status_of(R) == ("2", [{"x": 1}])
    seen(state, "httproutes", Event("DELETED", made))
    assert state.status_of(R) == ("", [])


def test_defect_by_config_map() -> None:
    state = ClusterState(("gamma-lab-system", "mesh"))

    def config(name: str, **data: str) -> Json:
        return {"kind": "ConfigMap", "metadata": {"namespace": "gamma-lab-system", "name": name}, "data": data}

    assert seen(state, "configmaps", Event("ADDED", config("mesh")))
    assert not seen(state, "configmaps", Event("MODIFIED", config("mesh", inForce="none", inForceTurn="7")))
    assert not seen(state, "configmaps", Event("ADDED", config("other", defect="x")))
    assert seen(state, "configmaps", Event("MODIFIED", config("mesh", defect="x")))
    assert (state.orders.defect, defect_of(state, {"x": 1}), defect_of(state, {})) == ("x", "x", "")
    assert not seen(state, "configmaps", Event("DELETED", config("other", defect="x")))
    assert seen(state, "configmaps", Event("DELETED", config("mesh", defect="x")))
    assert state.orders == Orders()
    assert seen(state, "configmaps", Event("ADDED", config("mesh", timeScale="0.1")))
    assert state.orders.time_scale == 0.1
    assert seen(state, "configmaps", Event("MODIFIED", config("mesh", timeScale="soon")))
    assert state.orders.time_scale == 1
    assert seen(state, "configmaps", Event("MODIFIED", config("mesh", turn="2")))
    assert not seen(state, "configmaps", Event("MODIFIED", config("mesh", turn="2", inForceTurn="2")))


async def written(api: ScriptedApi, *, twice: bool = False) -> list[tuple[str, Json]]:
    state = await synced(api)
    writer = StatusWriter(api, state)
    task = asyncio.create_task(writer.run())
    for _ in range(2 if twice else 1):
        writer.want(state.world())
        await asyncio.sleep(0.02)
    if task.done():
        await task
    task.cancel()
    return api.writes


ROUTE = versioned(route("r", parent("front"), rule(to="front")), 5)


def test_status_is_written_once_against_the_version_it_was_computed_from() -> None:
    writes = asyncio.run(written(ScriptedApi([service("front", "10.96.0.1"), ROUTE]), twice=True))
    ((path, body),) = writes
    assert path == f"/apis/gateway.networking.k8s.io/v1/namespaces/{P}/httproutes/r/status"
    assert body["metadata"] == {"resourceVersion": "5"}
    assert [entry["controllerName"] for entry in body["status"]["parents"]] == ["gamma.test/lab-mesh"]


def test_a_conflict_is_tried_again_with_the_next_view() -> None:
    api = ScriptedApi([service("front", "10.96.0.1"), ROUTE], ApiError(409, "Conflict", "changed"))
    assert len(asyncio.run(written(api, twice=True))) == 2


def test_other_errors_end_the_mesh() -> None:
    api = ScriptedApi([service("front", "10.96.0.1"), ROUTE], ApiError(403, "Forbidden", "no"))
    with pytest.raises(ApiError):
        asyncio.run(written(api))


def test_routes_of_others_are_not_written() -> None:
    foreign = route("r", {"name": "gateway"}, rule(to="front"))
    assert asyncio.run(written(ScriptedApi([versioned(foreign, 1)]))) == []


def test_a_rival_of_another_type_changes_the_status_of_a_route() -> None:
    async def scenario() -> list[tuple[str, str]]:
        api = ScriptedApi([service("front", "10.96.0.1"), ROUTE])
        state = await synced(api)
        writer = StatusWriter(api, state)
        task = asyncio.create_task(writer.run())
        for rival in (None, grpc_route("g", parent("front"), rule(to="front"))):
            if rival is not None:
                seen(state, "grpcroutes", Event("ADDED", versioned(rival, 6)))
            writer.want(state.world())
            await asyncio.sleep(0.02)
        task.cancel()
        accepted = [(path, body["status"]["parents"][0]["conditions"][0]["reason"]) for path, body in api.writes]
        return [(path.split("/")[-3], reason) for path, reason in accepted]

    order = asyncio.run(scenario())
    assert order == [("httproutes", "Accepted"), ("httproutes", "Conflicted"), ("grpcroutes", "Accepted")]


@pytest.mark.parametrize("error", [None, ApiError(409, "Conflict", "it has changed")])
def test_a_defect_may_rewrite_routes_and_only_those_it_minds(error: ApiError | None) -> None:
    async def scenario() -> list[tuple[str, Json]]:
        named = route("r", parent("front"), rule(to="front"))
        api = ScriptedApi([named, route("other", parent("front"), rule(to="front"))], error)
        state = await synced(api)
        writer = SpecWriter(api, state)
        task = asyncio.create_task(writer.run())
        writer.look()
        await asyncio.sleep(0.01)
        assert api.writes == [], "the conformant mesh writes no spec"
        writer.decide(Decisions(rewrites=lambda obj: {**obj, "spec": {}} if obj["metadata"]["name"] == "r" else obj))
        writer.look()
        await asyncio.sleep(0.01)
        assert not task.done()
        task.cancel()
        return api.writes

    ((path, body),) = asyncio.run(scenario())
    assert path.endswith("/httproutes/r")
    assert body["spec"] == {}


def test_a_defect_of_status_may_look_at_any_other_route() -> None:
    """The status of a route that did not change is written anew when another one comes."""

    def spoilt(world: Any, route: Any, current: list[Any], wanted: list[Any]) -> list[Any]:
        return [] if len(world.routes) > 1 else wanted

    async def play() -> list[tuple[str, Json]]:
        api = ScriptedApi([service("front", "10.96.0.1"), ROUTE])
        state = await synced(api)
        writer = StatusWriter(api, state)
        writer.decide(replace(CONFORMANT, status=spoilt))
        task = asyncio.create_task(writer.run())
        writer.want(state.world())
        await asyncio.sleep(0.02)
        _, body = api.writes[0]
        seen(state, "httproutes", Event("MODIFIED", {**ROUTE, "status": body["status"]}))
        seen(state, "httproutes", Event("ADDED", versioned(route("other", parent("front"), rule(to="front")), 6)))
        writer.want(state.world())
        await asyncio.sleep(0.02)
        task.cancel()
        return [(path, body) for path, body in api.writes if "/r/" in path]

    first, *later = asyncio.run(play())
    assert first[1]["status"]["parents"]
    assert [body["status"]["parents"] for _, body in later] == [[]]
