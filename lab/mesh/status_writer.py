"""Writes the status of routes."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lab.client import ApiError
from lab.mesh.controller import Api, ClusterState, Json
from lab.mesh.model.decisions import CONFORMANT, Decisions
from lab.mesh.status import desired_parents
from lab.mesh.world.route import ObjectKey, RouteKey
from lab.mesh.world.snapshot import World

log = logging.getLogger(__name__)


@dataclass
class StatusWriter:
    """Keeps the status of every route as it ought to be, beside the data plane and never in its way.

    Each write is made against the version it was computed from; when another writer was faster the watch brings the
    new version, and the status is computed again.
    """

    api: Api
    state: ClusterState
    decisions: Decisions = CONFORMANT
    _world: World = field(default_factory=World)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _settled: dict[RouteKey, object] = field(default_factory=dict)
    _turn: int = 0  # how often it was told to decide otherwise

    def want(self, world: World, delay: float = 0.0) -> None:
        """Bring all status up to date with this view of the cluster, soon; `delay` is in seconds."""
        if delay:
            asyncio.get_running_loop().call_later(delay, self._want_late, self._turn, world)
            return
        self._world = world
        self._wanted.set()

    def _want_late(self, turn: int, world: World) -> None:
        """What was to be written late, unless the mesh has begun anew since, with the same decisions or others."""
        if turn == self._turn:
            self.want(world)

    def decide(self, decisions: Decisions) -> None:
        """Judge by these decisions from now on; all status is written anew."""
        self.decisions = decisions
        self._turn += 1
        self._settled.clear()

    async def run(self) -> None:
        """Write until cancelled. Raises ApiError for what trying again cannot cure."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            world = self._world
            self._settled = {key: value for key, value in self._settled.items() if key in world.routes}
            for key in world.routes:
                await self._bring_up_to_date(world, key)

    async def _bring_up_to_date(self, world: World, key: RouteKey) -> None:
        version, current = self.state.status_of(key)
        # A judgement that differs from what the specification says may look anywhere.
        everything = None if self.decisions.status is CONFORMANT.status else world.routes
        inputs = (_inputs(world, key, version), everything)
        if self._settled.get(key) == inputs:
            return
        route = world.routes[key]
        wanted = desired_parents(world, route, current, _now(), self.state.pose.controller)
        parents = self.decisions.status(world, route, current, wanted)
        if parents == current or await self._write(key, version, parents):
            self._settled[key] = inputs

    async def _write(self, key: RouteKey, version: str, parents: list[Json]) -> bool:
        """Whether the write was taken; if the route is gone or has changed, the watch says so."""
        path = self.state.path_of(key) + "/status"
        body: Json = {"metadata": {"resourceVersion": version}, "status": {"parents": parents}}
        try:
            await self.api.patch(path, body)
        except ApiError as error:
            if error.code not in {404, 409}:
                raise
            log.info("status of %s not written: %s", key, error)
            return False
        return True


def _inputs(world: World, key: RouteKey, version: str) -> object:
    """Everything the status of a route depends on; routes of other types at its parents may outrank it."""
    route = world.routes[key]
    parents = [ObjectKey(parent.namespace, parent.name) for parent in route.parents]
    services: list[Any] = [world.services.get(each) for each in (*parents, *route.references)]
    others = [world.routes_by_parent.get(each, ()) for each in parents]
    rivals = [other for pairs in others for other, _ in pairs if other.kind is not route.kind]
    return (route, version, services, rivals)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
