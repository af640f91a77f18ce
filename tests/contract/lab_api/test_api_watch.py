"""Watches: with the official client, and with the lab's own."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import kubernetes
import pytest
from kubernetes.client import ApiException

from lab.api.store import HISTORY
from lab.client import ApiError, Client, Event, collection, item
from tests.contract.lab_api.lab_api_server import RunningServer


def _config_map(name: str, **labels: str) -> dict[str, object]:
    return {"metadata": {"name": name, "labels": labels}}


def _collect(stream: Generator[Any, None, None], count: int) -> list[tuple[str, str]]:
    with contextlib.closing(stream):
        found = itertools.islice(stream, count)
        return [(event["type"], event["object"].metadata.name) for event in found]


def test_a_watch_resumes_by_version(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    listed = core.list_namespaced_config_map(namespace).metadata.resource_version
    core.create_namespaced_config_map(namespace, _config_map("a"))
    core.patch_namespaced_config_map("a", namespace, {"data": {"x": "y"}})
    core.delete_namespaced_config_map("a", namespace)
    stream = kubernetes.watch.Watch().stream(
        core.list_namespaced_config_map, namespace, resource_version=listed, timeout_seconds=5
    )
    assert _collect(stream, 3) == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]


def test_changes_arrive_while_watching(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    listed = core.list_namespaced_config_map(namespace).metadata.resource_version
    timer = threading.Timer(0.1, core.create_namespaced_config_map, (namespace, _config_map("late")))
    timer.start()
    stream = kubernetes.watch.Watch().stream(
        core.list_namespaced_config_map, namespace, resource_version=listed, timeout_seconds=5
    )
    assert _collect(stream, 1) == [("ADDED", "late")]
    timer.join()


def test_leaving_the_selection_is_a_deletion(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    listed = core.list_namespaced_config_map(namespace).metadata.resource_version
    core.create_namespaced_config_map(namespace, _config_map("m", colour="red"))
    core.patch_namespaced_config_map("m", namespace, {"metadata": {"labels": {"colour": "blue"}}})
    core.patch_namespaced_config_map("m", namespace, {"metadata": {"labels": {"colour": "red"}}})
    stream = kubernetes.watch.Watch().stream(
        core.list_namespaced_config_map,
        namespace,
        label_selector="colour=red",
        resource_version=listed,
        timeout_seconds=5,
    )
    assert _collect(stream, 3) == [("ADDED", "m"), ("DELETED", "m"), ("ADDED", "m")]


def test_a_forgotten_version_is_gone(core: kubernetes.client.CoreV1Api, running: RunningServer, namespace: str) -> None:
    listed = core.list_namespaced_endpoints(namespace).metadata.resource_version

    async def churn() -> None:
        async with Client(running.config.unix_socket) as client:
            path = collection("v1", "endpoints", namespace)
            await client.create(path, {"metadata": {"name": "e"}})
            for number in range(HISTORY + 1):
                await client.patch(f"{path}/e", {"metadata": {"labels": {"n": str(number)}}})

    running.run(churn)
    stream = kubernetes.watch.Watch().stream(
        core.list_namespaced_endpoints, namespace, resource_version=listed, timeout_seconds=5
    )
    with pytest.raises(ApiException) as gone:
        next(stream)
    assert gone.value.status == 410


def test_a_future_version_is_refused(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    with pytest.raises(ApiException) as refused:
        core.list_namespaced_config_map(namespace, resource_version="999999999")
    assert "Too large resource version" in refused.value.body


async def _events(
    client: Client, path: str, count: int, act: Callable[[], Awaitable[None]] | None = None
) -> list[Event]:
    found: list[Event] = []
    async with asyncio.timeout(10):
        async for event in client.watch(path):
            found.append(event)
            if event.type == "SYNCED" and act is not None:
                await act()
            if len(found) == count:
                break
    return found


def test_a_client_that_leaves_is_forgotten(running: RunningServer, namespace: str) -> None:
    table = running.server.core.store.table(("coordination.k8s.io", "leases"))

    async def play() -> list[int]:
        counts = [len(table.subscribers)]
        async with Client(running.config.unix_socket) as client:
            await _events(client, collection("v1", "configmaps", namespace), 2)
            watching = asyncio.create_task(
                _events(client, collection("coordination.k8s.io/v1", "leases", namespace), 9)
            )
            while not table.subscribers:
                await asyncio.sleep(0.01)
            counts.append(len(table.subscribers))
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        for _ in range(100):
            if not table.subscribers:
                break
            await asyncio.sleep(0.01)
        return [*counts, len(table.subscribers)]

    assert running.run(play) == [0, 1, 0]


def test_our_client_lists_then_follows(running: RunningServer, namespace: str) -> None:
    path = collection("v1", "configmaps", namespace)

    async def play() -> list[tuple[str, str]]:
        async with Client(running.config.unix_socket) as client:

            async def act() -> None:
                await client.create(path, _config_map("new"))
                await client.patch(f"{path}/new", {"data": {"a": "b"}})
                await client.delete(f"{path}/new")

            events = await _events(client, path, 5, act)
            return [(event.type, event.object.get("metadata", {}).get("name", "")) for event in events]

    assert running.run(play) == [
        ("ADDED", "kube-root-ca.crt"),
        ("SYNCED", ""),
        ("ADDED", "new"),
        ("MODIFIED", "new"),
        ("DELETED", "new"),
    ]


def test_our_client_writes_and_reports_refusals(running: RunningServer, namespace: str) -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}}
    path = item("v1", "services", "s", namespace)

    async def play() -> None:
        async with Client(running.config.unix_socket) as client:
            await client.patch(path, service, "apply", field_manager="lab")
            found = await client.get(path)
            assert found["kind"] == "Service"
            found["spec"]["selector"] = {"a": "b"}
            await client.replace(path, found)
            (listed,) = await client.list(collection("v1", "services", namespace), fields="metadata.name=s")
            assert (listed["apiVersion"], listed["kind"], listed["spec"]["selector"]) == ("v1", "Service", {"a": "b"})
            applied = await client.patch_status(path, {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}, "apply")
            assert applied["status"]["loadBalancer"]["ingress"] == [{"ip": "1.2.3.4"}]
            await client.delete(path)
            with pytest.raises(ApiError) as missing:
                await client.get(path)
            assert (missing.value.code, missing.value.reason) == (404, "NotFound")

    running.run(play)


def test_our_client_survives_a_closed_connection(running: RunningServer, namespace: str) -> None:
    """A server that ends the watch is asked again from the last version on; nothing is missed or repeated."""
    path = collection("v1", "configmaps", namespace)

    async def play() -> list[tuple[str, str]]:
        async with Client(running.config.unix_socket) as client:

            async def act() -> None:
                # The server ends this watch's connection as it would after its time limit.
                table = running.server.core.store.table(("", "configmaps"))
                for watch in [each for each in table.subscribers if hasattr(each, "end")]:
                    watch.end()
                await client.create(path, _config_map("after"))

            events = await _events(client, path, 3, act)
            return [(event.type, event.object.get("metadata", {}).get("name", "")) for event in events]

    assert running.run(play)[1:] == [("SYNCED", ""), ("ADDED", "after")]
