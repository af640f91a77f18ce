"""Writes routes anew where a defect makes the mesh do so; the conformant mesh never writes what is the users'."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from lab.client import ApiError
from lab.mesh.controller import Api, ClusterState
from lab.mesh.model.decisions import CONFORMANT, Decisions, as_written

log = logging.getLogger(__name__)


@dataclass
class SpecWriter:
    """Beside the data plane, and never in its way; what was changed meanwhile is looked at again."""

    api: Api
    state: ClusterState
    decisions: Decisions = CONFORMANT
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)

    def decide(self, decisions: Decisions) -> None:
        """Write by these decisions from now on."""
        self.decisions = decisions

    def look(self) -> None:
        """Look at all routes, soon."""
        if self.decisions.rewrites is not as_written:
            self._wanted.set()

    async def run(self) -> None:
        """Write until cancelled. Raises ApiError for what trying again cannot cure."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            for key, obj in self.state.written().items():
                wanted = self.decisions.rewrites(obj)
                if wanted == obj:
                    continue
                try:
                    await self.api.replace(self.state.path_of(key), wanted)
                except ApiError as error:
                    if error.code not in {404, 409}:
                        raise
                    log.info("%s not rewritten: %s", key, error)
