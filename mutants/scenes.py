"""What the mesh got to see while a scenario was played: recorded at the lab's API, as the mesh itself reads it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from lab.client import Client, collection
from lab.mesh.controller import ClusterState, follow
from lab.mesh.main import MeshConfig
from lab.mesh.mesh_resource import MESHES
from lab.mesh.world.route import RouteKey
from lab.mesh.world.snapshot import World

Json = dict[str, Any]
_BURST_SECONDS = 0.003  # the mesh waits as long for the rest of a burst of writes
_SYNCED_WITHIN = 20.0
_NO_SUCH_KIND_SECONDS = 0.25


@dataclass(frozen=True)
class Snapshot:
    """The cluster at one moment (`at`, monotonic seconds): as the mesh reads it, and routes and Meshes as stored."""

    at: float
    world: World
    routes: Mapping[RouteKey, Json]
    meshes: Mapping[str, Json]


@dataclass(frozen=True)
class Scene:
    """One scenario: what was there when it began, and every change until `ended` (monotonic seconds)."""

    scenario: str
    snapshots: tuple[Snapshot, ...]
    ended: float

    @cached_property
    def worlds(self) -> list[tuple[float, World]]:
        """What there was for the data plane to follow, and since when; most writes are of status and change nothing."""
        found: list[tuple[float, World]] = []
        for seen in self.snapshots:
            if not found or not _alike(found[-1][1], seen.world):
                found.append((seen.at, seen.world))
        return found


def _alike(one: World, other: World) -> bool:
    """Whether all objects are the very same: what has not changed is not read again."""
    for table in fields(World):
        mine, theirs = getattr(one, table.name), getattr(other, table.name)
        if mine.keys() != theirs.keys() or any(mine[key] is not theirs[key] for key in mine):
            return False
    return True


class Recorder:
    """Follows the API of a running lab in a thread of its own. Raises TimeoutError if it does not get to see it all."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig
        self._snapshots: list[Snapshot] = []
        self._meshes: dict[str, Json] = {}
        self._first = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] = self._loop.create_task(self._run())
        self._thread = threading.Thread(target=self._follow, name="recorder", daemon=True)
        self._thread.start()
        if not self._first.wait(_SYNCED_WITHIN):
            self.close()
            raise TimeoutError("the lab's API does not tell what there is")

    def begin(self) -> None:
        """Forget everything but what there is now."""
        del self._snapshots[:-1]

    def scene(self, scenario: str) -> Scene:
        """What was seen since the beginning of this scenario."""
        return Scene(scenario, tuple(self._snapshots), time.monotonic())

    def close(self) -> None:
        """Follow no more."""
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()
        self._loop.close()

    def _follow(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            return

    async def _run(self) -> None:
        state = ClusterState(MeshConfig.defect_map)
        async with (
            Client.outside(self._kubeconfig, user_agent="gamma-lab-recorder") as api,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(follow(api, state))
            tasks.create_task(self._follow_meshes(api, state))
            while True:
                await state.changed.wait()
                await asyncio.sleep(_BURST_SECONDS)
                state.changed.clear()
                if state.synced:
                    seen = Snapshot(time.monotonic(), state.world(), state.written(), dict(self._meshes))
                    self._snapshots.append(seen)
                    self._first.set()

    async def _follow_meshes(self, api: Client, state: ClusterState) -> None:
        async for event in api.watch(collection(MESHES, "xmeshes")):
            if event.type == "SYNCED":
                continue
            name = event.object["metadata"]["name"]
            if event.type == "DELETED":
                self._meshes.pop(name, None)
            else:
                self._meshes[name] = event.object
            state.changed.set()
