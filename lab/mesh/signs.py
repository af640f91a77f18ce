"""Writes what a posing mesh shows of itself: annotations of pods, conditions of waypoints and of Services."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lab.client import ApiError
from lab.mesh.controller import Api
from lab.mesh.model.posing import governed, signs
from lab.mesh.world.route import ObjectKey
from lab.mesh.world.snapshot import World
from lab.poses import Pose

log = logging.getLogger(__name__)


@dataclass
class Signs:
    """Beside the data plane, and never in its way; what changes brings a new view, and is looked at again."""

    api: Api
    pose: Pose
    _world: World = field(default_factory=World)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _said: dict[ObjectKey, bool] = field(default_factory=dict)

    def want(self, world: World) -> None:
        """Show what is true of this view of the cluster, soon."""
        self._world = world
        self._wanted.set()

    async def run(self) -> None:
        """Write until cancelled. Raises ApiError for what trying again cannot cure."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            world = self._world
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            for sign in list(signs(world, self.pose, self._said, now)):
                try:
                    await self.api.patch(sign.path, sign.body)
                except ApiError as error:
                    if error.code not in {404, 409}:  # it is gone, or will be seen anew
                        raise
                    log.info("%s not written: %s", sign.path, error)
            self._said = governed(world)
