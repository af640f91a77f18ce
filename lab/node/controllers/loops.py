"""The controllers at work: caches wake keys, a pure plan is made for each, and its difference is written."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from lab.client import ApiError, Client, collection, item
from lab.node.cache import Cache, Key, Reconciler, key_of, owner_uid
from lab.node.controllers import deployments, endpoints, replicasets, scheduler
from lab.node.controllers.objects import Object, is_ending

_APPS, _SLICES = "apps/v1", "discovery.k8s.io/v1"
# Pods made by one API client in a burst are placed together, in the order of their names: where a pod runs should
# depend little on which request won a race.
_GATHERING_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class World:
    """The caches that the node agent shares."""

    namespaces: Cache
    services: Cache
    slices: Cache
    pods: Cache
    deployments: Cache
    replica_sets: Cache

    @classmethod
    def of(cls, client: Client) -> World:
        """Caches of the API that this client talks to; ``follow`` each of them."""
        return cls(
            namespaces=Cache(client, collection("v1", "namespaces")),
            services=Cache(client, collection("v1", "services")),
            slices=Cache(client, collection(_SLICES, "endpointslices")),
            pods=Cache(client, collection("v1", "pods")),
            deployments=Cache(client, collection(_APPS, "deployments")),
            replica_sets=Cache(client, collection(_APPS, "replicasets")),
        )

    def all(self) -> tuple[Cache, ...]:
        """Every cache."""
        return (self.namespaces, self.services, self.slices, self.pods, self.deployments, self.replica_sets)


class Controllers:
    """All controllers of the cluster; they run in the task group given."""

    def __init__(self, client: Client, world: World, nodes: tuple[str, ...], tasks: asyncio.TaskGroup) -> None:
        self._client = client
        self._world = world
        self._nodes = nodes
        deploying = Reconciler(tasks, "deployment", self._deploy)
        replicating = Reconciler(tasks, "replicaset", self._replicate)
        publishing = Reconciler(tasks, "service", self._publish)
        placing = Reconciler(tasks, "scheduler", self._place)
        world.deployments.on_change(lambda one: deploying.wake(key_of(one)))
        world.replica_sets.on_change(lambda one: replicating.wake(key_of(one)))
        world.replica_sets.on_change(lambda one: _wake_owner(deploying, one))
        world.pods.on_change(lambda pod: _wake_owner(replicating, pod))
        world.pods.on_change(lambda pod: _wake_to_place(placing, pod))
        world.pods.subscribe(lambda pod, before: self._wake_services(publishing, pod, before))
        world.services.on_change(lambda service: publishing.wake(key_of(service)))
        world.slices.on_change(lambda one: _wake_service_of(publishing, one))

    async def _deploy(self, key: Key) -> None:
        deployment = self._world.deployments.get(key)
        if deployment is None or is_ending(deployment):
            return
        uid = deployment["metadata"]["uid"]
        owned = [one for one in self._world.replica_sets if owner_uid(one) == uid and not is_ending(one)]
        plan = deployments.plan(deployment, owned)
        if plan.create is not None:
            created = await self._client.create(collection(_APPS, "replicasets", key[0]), plan.create)
            self._world.replica_sets.observe(created)
        for replica_set, replicas in plan.scale:
            path = item(_APPS, "replicasets", replica_set["metadata"]["name"], key[0])
            self._world.replica_sets.observe(await self._client.patch(path, {"spec": {"replicas": replicas}}))
        for replica_set in plan.delete:
            await self._client.delete(item(_APPS, "replicasets", replica_set["metadata"]["name"], key[0]))
        await self._write_status(item(_APPS, "deployments", key[1], key[0]), deployment, plan.status)

    async def _replicate(self, key: Key) -> None:
        replica_set = self._world.replica_sets.get(key)
        if replica_set is None or is_ending(replica_set):
            return
        uid = replica_set["metadata"]["uid"]
        plan = replicasets.plan(replica_set, [pod for pod in self._world.pods if owner_uid(pod) == uid])
        for _number in range(plan.create):
            await self._create_pod(replica_set)
        for pod in plan.delete:
            path = item("v1", "pods", pod["metadata"]["name"], key[0])
            await self._client.delete(path)
            self._world.pods.observe(await self._client.get(path))
        await self._write_status(item(_APPS, "replicasets", key[1], key[0]), replica_set, plan.status)

    async def _create_pod(self, replica_set: Object) -> None:
        """Raises ApiError after telling, by an event, who looks for the pod."""
        namespace = replica_set["metadata"]["namespace"]
        try:
            created = await self._client.create(collection("v1", "pods", namespace), replicasets.new_pod(replica_set))
        except ApiError as error:
            event = replicasets.failed_create(replica_set, error.message)
            await self._client.create(collection("v1", "events", namespace), event)
            path = item(_APPS, "replicasets", replica_set["metadata"]["name"], namespace)
            await self._write_status(path, replica_set, replicasets.failing(replica_set, error.message))
            raise
        self._world.pods.observe(created)

    async def _write_status(self, path: str, obj: Object, status: Object) -> None:
        """Write a status unless it says already what it should."""
        present = obj.get("status") or {}
        if any(present.get(name) != value for name, value in status.items()):
            await self._client.patch_status(path, status)

    async def _place(self, _key: Key) -> None:
        await asyncio.sleep(_GATHERING_SECONDS)
        for pod in sorted(self._world.pods, key=key_of):
            if not pod["spec"].get("nodeName") and not is_ending(pod):
                node = scheduler.choose(pod, self._world.pods, self._nodes)
                path = item("v1", "pods", pod["metadata"]["name"], pod["metadata"]["namespace"])
                self._world.pods.observe(await self._client.patch(path, {"spec": {"nodeName": node}}))

    def _wake_services(self, publishing: Reconciler, pod: Object, before: Object | None) -> None:
        namespace = pod["metadata"]["namespace"]
        labels = [state["metadata"].get("labels") or {} for state in (pod, before) if state is not None]
        for service in self._world.services:
            selector = service["spec"].get("selector") or {}
            near = service["metadata"]["namespace"] == namespace
            if near and any(selector.items() <= present.items() for present in labels):
                publishing.wake(key_of(service))

    async def _publish(self, key: Key) -> None:
        service = self._world.services.get(key)
        existing = [
            one
            for one in self._world.slices
            if endpoints.is_ours(one)
            and one["metadata"]["namespace"] == key[0]
            and one["metadata"]["labels"].get(endpoints.SERVICE_LABEL) == key[1]
        ]
        if service is None:
            return  # its slices go with it: the server collects what has lost its owner
        aims = endpoints.slices(service, self._world.pods) if endpoints.wants_slices(service) else []
        changes = endpoints.changes(existing, aims)
        place = collection(_SLICES, "endpointslices", key[0])
        for one in changes.create:
            self._world.slices.observe(await self._client.create(place, one))
        for one in changes.update:
            self._world.slices.observe(await self._client.replace(f"{place}/{one['metadata']['name']}", one))
        for one in changes.delete:
            await self._client.delete(f"{place}/{one['metadata']['name']}")


def _wake_owner(reconciler: Reconciler, obj: Object) -> None:
    """Wake the key of the object's controller."""
    for owner in obj["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            reconciler.wake((obj["metadata"]["namespace"], owner["name"]))


def _wake_service_of(publishing: Reconciler, one: Object) -> None:
    if endpoints.is_ours(one):
        publishing.wake((one["metadata"]["namespace"], one["metadata"]["labels"][endpoints.SERVICE_LABEL]))


def _wake_to_place(placing: Reconciler, pod: Object) -> None:
    if not pod["spec"].get("nodeName"):
        placing.wake(("", ""))
