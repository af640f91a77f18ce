"""Callers whose proxies know another state of the cluster than everybody else's. A conformant mesh has none."""

from __future__ import annotations

from typing import NamedTuple

from lab.mesh.model.history import History
from lab.mesh.world.snapshot import World


class View(NamedTuple):
    """Requests from these addresses are treated by what follows from `world`."""

    addresses: tuple[str, ...]
    world: World


def seen_alike(world: World, history: History) -> tuple[View, ...]:  # noqa: ARG001 - part of the decision's signature
    """Who sees the cluster otherwise: nobody (producer-consumer.all-workloads-of-namespace)."""
    return ()
