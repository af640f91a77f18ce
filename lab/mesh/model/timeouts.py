"""Durations, and how long a rule lets a request take."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab.mesh.world.route import Timeouts

_MILLISECONDS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_DURATION = re.compile(r"([0-9]{1,5}(h|m|s|ms)){1,4}")
_PART = re.compile(r"([0-9]+)(ms|h|m|s)")


def milliseconds(duration: str) -> int:
    """The length of a Gateway API duration: up to four parts in any order, units may repeat.

    timeouts.duration-semantics (GEP-2257). Raises ValueError for any other text.
    """
    if not _DURATION.fullmatch(duration):
        raise ValueError(f"not a Gateway API duration: {duration!r}")
    return sum(int(number) * _MILLISECONDS[unit] for number, unit in _PART.findall(duration))


@dataclass(frozen=True, slots=True)
class Limits:
    """Milliseconds until the mesh answers 504 by itself, None for never.

    `request` is for the whole exchange, to the last byte of the answer and all attempts together; `attempt` for one
    attempt to get the whole answer of a backend.
    """

    request: int | None = None
    attempt: int | None = None


NO_LIMITS = Limits()


def limits(timeouts: Timeouts) -> Limits:
    """The limits that a rule sets.

    timeouts.request-504, timeouts.backend-request-504, timeouts.covers-full-response. Zero switches a limit off
    (timeouts.request-zero-disables, timeouts.backend-request-zero-disables); a route that says nothing has none
    (timeouts.unspecified-is-implementation-defined).
    """
    return Limits(_limit(timeouts.request), _limit(timeouts.backend_request))


def _limit(duration: str | None) -> int | None:
    return (milliseconds(duration) or None) if duration else None
