"""Whom to ask before a request may pass."""

from __future__ import annotations

from collections.abc import Sequence

from lab.mesh.model.actions import Auth
from lab.mesh.model.attachment import Refusal
from lab.mesh.model.backends import resolve_backend
from lab.mesh.world.policies import ExternalAuth
from lab.mesh.world.route import Filter
from lab.mesh.world.snapshot import World


def auth_of(world: World, filters: Sequence[Filter]) -> Auth | Refusal | None:
    """The service that decides about requests under these filters, why it cannot be asked, or None for nobody.

    Who cannot be asked has not said yes (filters.externalauth-fails-closed).
    """
    found = next((item for item in filters if isinstance(item, ExternalAuth)), None)
    if found is None:
        return None
    cluster = resolve_backend(world, found.backend)
    return cluster if isinstance(cluster, Refusal) else Auth(cluster, found)
