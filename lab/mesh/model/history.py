"""What the cluster looked like before: for decisions that are late, go back, or change their mind."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lab.mesh.world.route import ObjectKey, Route, RouteKey
from lab.mesh.world.service import EndpointSlice, Service
from lab.mesh.world.snapshot import World

# Longer than the slowest defect is late.
_KEPT_SECONDS = 120.0

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass
class Versions(Generic[K, V]):
    """The versions of every object of one kind. All times are in seconds, multiplied by `scale`."""

    scale: float
    clock: Callable[[], float]
    _versions: dict[K, list[tuple[float, V | None]]] = field(default_factory=dict)
    _began: float | None = None

    def observe(self, present: Mapping[K, V]) -> None:
        """Take note of the objects that there are now."""
        now = self.clock()
        first = self._began is None
        if first:
            self._began = now
        for key in present.keys() | self._versions.keys():
            obj = present.get(key)
            known = self._versions.setdefault(key, [])
            if not known or known[-1][1] is not obj:
                # What was there when the mesh began to look has always been there.
                known.append((float("-inf") if first else now, obj))
            self._forget(key, now)

    def age(self, key: K) -> float:
        """Seconds since the object became what it is, or since it went; infinite if it was there at the beginning."""
        known = self._versions.get(key)
        return (self.clock() - known[-1][0]) / self.scale if known else float("inf")

    def born(self, key: K) -> float:
        """Seconds since the object came to be, or came to be again; infinite for what was there at the beginning."""
        known = self._versions.get(key, [])
        gone = [index for index, (_, obj) in enumerate(known) if obj is None]
        lived = known[gone[-1] + 1 :] if gone else known
        return (self.clock() - lived[0][0]) / self.scale if lived else float("inf")

    def as_of(self, key: K, seconds: float) -> V | None:
        """The object as it was so many seconds ago; None if there was none."""
        then = self.clock() - seconds * self.scale
        found: V | None = None
        for since, obj in self._versions.get(key, ()):
            if since <= then:
                found = obj
        return found

    def before(self, key: K) -> V | None:
        """The version before the present one (or before it went); None if there was none."""
        known = self._versions.get(key, [])
        return known[-2][1] if len(known) > 1 else None

    def ever(self, key: K) -> tuple[V, ...]:
        """All versions that are remembered, the oldest first."""
        return tuple(obj for _, obj in self._versions.get(key, ()) if obj is not None)

    def returned(self, key: K) -> bool:
        """Whether the object is there again after it had gone."""
        known = [obj is not None for _, obj in self._versions.get(key, ())]
        return True in known and known[-1] and False in known[known.index(True) :]

    def keys(self) -> frozenset[K]:
        """All objects that are or were there."""
        return frozenset(self._versions)

    def gone(self) -> dict[K, V]:
        """The objects that went, as they were last."""
        last = {key: known[-2][1] for key, known in self._versions.items() if known[-1][1] is None and len(known) > 1}
        return {key: obj for key, obj in last.items() if obj is not None}

    def _forget(self, key: K, now: float) -> None:
        """Versions that ended long ago, and objects that went long ago; the one before the present stays."""
        known = self._versions[key]
        while len(known) > 2 and now - known[1][0] > _KEPT_SECONDS:
            known.pop(0)
        if known[-1][1] is None and now - known[-1][0] > _KEPT_SECONDS:
            del self._versions[key]


@dataclass
class History:
    """The versions of routes, Services and EndpointSlices, as this mesh came to see them. All times are in seconds.

    `scale` makes time pass faster: with 0.1 what happened one second ago counts as ten seconds old.
    """

    scale: float = 1.0
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self.routes: Versions[RouteKey, Route] = Versions(self.scale, self.clock)
        self.services: Versions[ObjectKey, Service] = Versions(self.scale, self.clock)
        self.slices: Versions[ObjectKey, EndpointSlice] = Versions(self.scale, self.clock)

    def observe(self, world: World) -> None:
        """Take note of what there is now."""
        self.routes.observe(world.routes)
        self.services.observe(world.services)
        self.slices.observe(world.slices)

    @property
    def now(self) -> float:
        """Seconds since some moment."""
        return self.clock() / self.scale

    def age(self, key: RouteKey) -> float:
        """Seconds since the route became what it is, or since it went; infinite for what was there at the beginning."""
        return self.routes.age(key)

    def as_of(self, key: RouteKey, seconds: float) -> Route | None:
        """The route as it was so many seconds ago; None if there was none."""
        return self.routes.as_of(key, seconds)

    def before(self, key: RouteKey) -> Route | None:
        """The version before the present one (or before it went); None if there was none."""
        return self.routes.before(key)

    def keys(self) -> frozenset[RouteKey]:
        """All routes that are or were there."""
        return self.routes.keys()
