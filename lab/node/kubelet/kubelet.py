"""All pods of the lab's nodes: a worker for each, warnings as Events, and the way to a container by name."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from lab.client import ApiError, Client, collection
from lab.node.cache import Cache
from lab.node.controllers.objects import Object, is_ending, now
from lab.node.kubelet.pod import Node, PodWorker, Tools
from lab.node.kubelet.runner import Runner
from lab.node.runtime import Runtime


class Kubelet:
    """Follows the pods and runs those that were placed on one of our nodes."""

    def __init__(
        self,
        client: Client,
        runtime: Runtime,
        nodes: dict[str, Node],
        log_dir: Path,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._client = client
        self._nodes = nodes
        self._tasks = tasks
        self._tools = Tools(client, runtime, log_dir, self._warn)
        self._workers: dict[str, PodWorker] = {}
        log_dir.mkdir(parents=True, exist_ok=True)

    def attach(self, pods: Cache) -> None:
        """Follow this cache."""
        pods.on_change(lambda pod: self._observe(pod, present=pods.contains(pod)))

    def _observe(self, pod: Object, *, present: bool) -> None:
        uid = pod["metadata"]["uid"]
        worker = self._workers.get(uid)
        if not present:
            if worker is not None:
                worker.vanish()
        elif worker is not None:
            worker.observe(pod)
        elif pod["spec"].get("nodeName") in self._nodes and not is_ending(pod):
            worker = PodWorker(pod, self._nodes[pod["spec"]["nodeName"]], self._tools)
            self._workers[uid] = worker
            self._tasks.create_task(self._run(uid, worker))

    async def _run(self, uid: str, worker: PodWorker) -> None:
        await worker.run()
        del self._workers[uid]

    def find(self, namespace: str, pod: str, container: str) -> Runner | None:
        """The container of that name, if its pod runs here."""
        for worker in self._workers.values():
            meta = worker.pod["metadata"]
            if (meta["namespace"], meta["name"]) == (namespace, pod):
                return worker.runners.get(container)
        return None

    def _warn(self, pod: Object, reason: str, message: str) -> None:
        self._tasks.create_task(self._record(pod, reason, message))

    async def _record(self, pod: Object, reason: str, message: str) -> None:
        """Make an Event; losing one is no harm, as when its namespace is being deleted."""
        meta, moment = pod["metadata"], now()
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": f"{meta['name']}.", "namespace": meta["namespace"]},
            "involvedObject": {
                "apiVersion": "v1",
                "kind": "Pod",
                **{name: meta[name] for name in ("name", "namespace", "uid")},
            },
            "type": "Warning",
            "reason": reason,
            "message": message,
            "count": 1,
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "source": {"component": "kubelet", "host": pod["spec"].get("nodeName", "")},
        }
        with contextlib.suppress(ApiError):
            await self._client.create(collection("v1", "events", meta["namespace"]), event)
