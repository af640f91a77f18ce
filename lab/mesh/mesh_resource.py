"""Keeps the mesh's own Mesh resource. Nothing else in the mesh looks at it (mesh-resource.optional-for-operation)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from lab.client import ApiError, Event, collection, item
from lab.mesh.model.decisions import CONFORMANT, Decisions
from lab.mesh.model.published import NAME, created_mesh, desired_status

log = logging.getLogger(__name__)

Json = dict[str, Any]
MESHES = "gateway.networking.x-k8s.io/v1alpha1"
FEATURE = "XMesh"
# How often to ask again for the kind while its definition is not there.
_NO_SUCH_KIND_SECONDS = 0.25


class MeshApi(Protocol):
    """The part of the API client that is used here."""

    def watch(self, path: str, *, labels: str = "", fields: str = "") -> AsyncIterator[Event]: ...  # noqa: D102

    async def create(self, path: str, obj: Json) -> Json: ...  # noqa: D102

    async def replace(self, path: str, obj: Json) -> Json: ...  # noqa: D102

    async def patch(self, path: str, body: Json) -> Json: ...  # noqa: D102


@dataclass
class MeshResource:
    """Follows all Mesh objects, creates ours if there is none, and writes the status of those that are ours.

    The spec of an object is the user's and is never written (mesh-resource.spec-never-modified).
    """

    api: MeshApi
    _decisions: Decisions = CONFORMANT
    _objects: dict[str, Json] = field(default_factory=dict)
    _created: bool = False

    async def run(self) -> None:
        """Work until cancelled. Raises ApiError for what trying again cannot cure."""
        while True:
            try:
                async for event in self.api.watch(collection(MESHES, "xmeshes")):
                    await self._take(event)
            except ApiError as error:
                if error.code != 404:
                    raise
            self._objects.clear()
            await asyncio.sleep(_NO_SUCH_KIND_SECONDS)

    async def decide(self, decisions: Decisions) -> None:
        """Judge by these decisions from now on; ignored features, even this resource itself, are not published."""
        if self._decisions is not decisions:
            self._decisions = decisions
            for obj in list(self._objects.values()):
                await self._bring_up_to_date(obj)

    async def _take(self, event: Event) -> None:
        if event.type == "SYNCED":
            await self._create()
            return
        name = event.object["metadata"]["name"]
        if event.type == "DELETED":
            self._objects.pop(name, None)
        else:  # mesh-resource.reacts-without-restart
            self._objects[name] = event.object
            await self._bring_up_to_date(event.object)

    async def _create(self) -> None:
        """Once, when the definition is there for the first time (mesh-resource.auto-created)."""
        if self._created or FEATURE in self._decisions.ignored:
            return
        self._created = True
        if any(self._decisions.mesh_is_ours(obj) for obj in self._objects.values()):
            return
        if NAME in self._objects:  # mesh-resource.foreign-controller-ignored
            log.warning("XMesh %s belongs to another controller: this mesh has no object of its own", NAME)
            return
        try:
            await self.api.create(collection(MESHES, "xmeshes"), _typed(created_mesh()))
        except ApiError as error:
            if error.code not in {404, 409}:
                raise
            log.warning("XMesh %s not created: %s", NAME, error)

    async def _bring_up_to_date(self, obj: Json) -> None:
        decisions = self._decisions
        if FEATURE in decisions.ignored:
            return
        path = item(MESHES, "xmeshes", obj["metadata"]["name"])
        if (rewritten := decisions.rewrites(obj)) != obj:
            await self._try(self.api.replace(path, _typed(rewritten)))
            return
        if not decisions.mesh_is_ours(obj):
            return
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        status = decisions.mesh_status(obj, desired_status(obj, decisions.ignored, now))
        if status != obj.get("status"):
            version = obj["metadata"].get("resourceVersion", "")
            body = {"metadata": {"resourceVersion": version}, "status": status}
            await self._try(self.api.patch(path + "/status", body))

    async def _try(self, write: Awaitable[Json]) -> None:
        """Await a write; the object may be gone or changed meanwhile, of which the watch tells."""
        try:
            await write
        except ApiError as error:
            if error.code not in {404, 409}:
                raise


def _typed(obj: Json) -> Json:
    return {"apiVersion": MESHES, "kind": "XMesh", **obj}
