"""Sample sizes and limits from exact binomial tails. Pure, standard library only.

For shares that a route prescribes, a sample must be large enough that a correct mesh is blamed at most once in a
million runs, and a shift of ``detects`` percentage points is missed at most once in ten thousand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

FALSE_ALARM = 1e-6
MISS = 1e-4


@dataclass(frozen=True, slots=True)
class Plan:
    """How many answers to draw, and how many of each outcome are in order (both ends included)."""

    size: int
    limits: dict[str, tuple[int, int]]


def plan(shares: Mapping[str, float], detects: float, samples: int = 1) -> Plan:
    """A sample for these shares (of any sum), that catches a shift of ``detects`` percentage points in any of them.

    ``samples`` is how many such samples are judged together, one for each client; the false alarm is split among them.
    """
    total = sum(shares.values())
    fractions = {name: share / total for name, share in shares.items()}
    # The counts of two outcomes are one number; the alarm of more is split (Bonferroni).
    tests = (1 if len(fractions) == 2 else len(fractions)) * samples
    alarm, shift = FALSE_ALARM / tests, detects / 100
    size = max(sample_size(fraction, shift, alarm, MISS) for fraction in fractions.values())
    while True:
        limits = {name: acceptance(size, fraction, alarm) for name, fraction in fractions.items()}
        if all(_catches(size, fractions[name], shift, limits[name], MISS) for name in fractions):
            return Plan(size, limits)
        size += 1 + size // 200


@cache
def sample_size(share: float, shift: float, alarm: float, miss: float) -> int:
    """A size close to the smallest for which the test of one share is sharp enough."""
    low, high = 0, 8
    while not _catches(high, share, shift, acceptance(high, share, alarm), miss):
        low, high = high, high * 2
    while high - low > max(1, high // 500):
        middle = (low + high) // 2
        if _catches(middle, share, shift, acceptance(middle, share, alarm), miss):
            high = middle
        else:
            low = middle
    return high


@cache
def acceptance(size: int, share: float, alarm: float) -> tuple[int, int]:
    """The narrowest counts (low, high), each tail outside of which has probability <= alarm/2."""
    low, below = 0, 0.0
    chance = _probabilities(size, share)
    while low < size and below + chance[low] <= alarm / 2:
        below += chance[low]
        low += 1
    high, above = size, 0.0
    while high > 0 and above + chance[high] <= alarm / 2:
        above += chance[high]
        high -= 1
    return low, high


def between(size: int, share: float, low: int, high: int) -> float:
    """The probability that a binomial count lies in low..high."""
    chance = _probabilities(size, share)
    return math.fsum(chance[max(low, 0) : high + 1])


def detectable(answers: int, confidence: float = 0.95) -> float | None:
    """The smallest share of wrong answers of which at least one would have been seen with this confidence."""
    if answers <= 0:
        return None
    return float(-math.expm1(math.log1p(-confidence) / answers))


def _catches(size: int, share: float, shift: float, limits: tuple[int, int], miss: float) -> bool:
    """Whether a shift in either direction, where one is possible, lands inside the limits seldom enough."""
    moved = [value for value in (share + shift, share - shift) if 0 <= value <= 1]
    return all(between(size, value, *limits) <= miss for value in moved)


@lru_cache(maxsize=64)
def _probabilities(size: int, share: float) -> tuple[float, ...]:
    """The binomial distribution; exact up to rounding, by logarithms so that nothing underflows half-way."""
    if share <= 0:
        return (1.0, *(0.0,) * size)
    if share >= 1:
        return (*(0.0,) * size, 1.0)
    inside, outside, whole = math.log(share), math.log1p(-share), math.lgamma(size + 1)
    return tuple(
        math.exp(whole - math.lgamma(k + 1) - math.lgamma(size - k + 1) + k * inside + (size - k) * outside)
        for k in range(size + 1)
    )
