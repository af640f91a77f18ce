"""What routes looked like before: for decisions that are late, go back, or change their mind."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.mesh.world.route import Route, RouteKey
from lab.mesh.world.snapshot import World

# Longer than the slowest defect is late.
_KEPT_SECONDS = 120.0


@dataclass
class History:
    """The versions of every route, as this mesh came to see them. All times are in seconds.

    `scale` makes time pass faster: with 0.1 what happened one second ago counts as ten seconds old.
    """

    scale: float = 1.0
    clock: Callable[[], float] = time.monotonic
    _versions: dict[RouteKey, list[tuple[float, Route | None]]] = field(default_factory=dict)
    _began: float | None = None

    def observe(self, world: World) -> None:
        """Take note of the routes that there are now."""
        now = self.clock()
        first = self._began is None
        if first:
            self._began = now
        for key in world.routes.keys() | self._versions.keys():
            route = world.routes.get(key)
            known = self._versions.setdefault(key, [])
            if not known or known[-1][1] is not route:
                # What was there when the mesh began to look has always been there.
                known.append((float("-inf") if first else now, route))
            self._forget(key, now)

    def age(self, key: RouteKey) -> float:
        """Seconds since the route became what it is, or since it went; infinite for what was there at the beginning."""
        known = self._versions.get(key)
        return (self.clock() - known[-1][0]) / self.scale if known else float("inf")

    def as_of(self, key: RouteKey, seconds: float) -> Route | None:
        """The route as it was so many seconds ago; None if there was none."""
        then = self.clock() - seconds * self.scale
        found: Route | None = None
        for since, route in self._versions.get(key, ()):
            if since <= then:
                found = route
        return found

    def before(self, key: RouteKey) -> Route | None:
        """The version before the present one (or before it went); None if there was none."""
        known = self._versions.get(key, [])
        return known[-2][1] if len(known) > 1 else None

    def keys(self) -> frozenset[RouteKey]:
        """All routes that are or were there."""
        return frozenset(self._versions)

    def _forget(self, key: RouteKey, now: float) -> None:
        """Versions that ended long ago, and routes that went long ago; the one before the present stays."""
        known = self._versions[key]
        while len(known) > 2 and now - known[1][0] > _KEPT_SECONDS:
            known.pop(0)
        if known[-1][1] is None and now - known[-1][0] > _KEPT_SECONDS:
            del self._versions[key]
