"""Durations, and how long a rule lets a request take."""

from __future__ import annotations

import re

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


def effective_timeout(timeouts: Timeouts) -> int | None:
    """Milliseconds until the mesh answers 504 by itself, None for never.

    Zero switches a timeout off (timeouts.request-zero-disables, timeouts.backend-request-zero-disables). Without
    retries there is one attempt, so the shorter of the two bounds the exchange, to its last byte
    (timeouts.request-504, timeouts.backend-request-504, timeouts.covers-full-response). A route that says nothing has
    none (timeouts.unspecified-is-implementation-defined).
    """
    limits = [milliseconds(text) for text in (timeouts.request, timeouts.backend_request) if text]
    return min((limit for limit in limits if limit), default=None)
