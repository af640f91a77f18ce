"""What the pictures of a page show, measured out: widths, places and ticks, no markup. Pure.

`templates/pictures.html.j2` has a macro for each. Lengths are units of the drawing, 0 to `WIDTH` across.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from reports.quality import percentile

WIDTH = 600.0
_BINS = 40
_TICKS = 5
_SHORTEST = 1e-3  # seconds: what is shorter lies at the beginning of an axis of decades
_THINNEST = 2.0  # what is there must be seen, however rare


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar, with the role that colours it and what it stands for."""

    role: str
    text: str
    x: float
    width: float


def stacked(parts: Iterable[tuple[str, int, str]], width: float = WIDTH) -> tuple[Segment, ...]:
    """Parts (role, count, text) side by side, in proportion, the rarest still wide enough to be seen."""
    present = [part for part in parts if part[1] > 0]
    total = sum(count for _, count, _ in present)
    wide = [max(_THINNEST, width * count / total) for _, count, _ in present]
    scale = width / sum(wide) if wide else 1.0
    segments: list[Segment] = []
    x = 0.0
    for (role, _, text), one in zip(present, wide, strict=True):
        segments.append(Segment(role, text, round(x, 2), round(one * scale, 2)))
        x += one * scale
    return tuple(segments)


@dataclass(frozen=True, slots=True)
class Interval:
    """An observed share, and the shares that would have been accepted, on an axis from none to all."""

    low: float
    high: float
    share: float
    inside: bool


def interval(count: int, size: int, low: int, high: int, width: float = WIDTH) -> Interval:
    """`count` of `size`, where `low` to `high` is in order (both included)."""
    scale = width / max(size, 1)
    return Interval(round(low * scale, 2), round(high * scale, 2), round(count * scale, 2), low <= count <= high)


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and what it says."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Bin:
    """A bar of a distribution: how many values fell there; `soft` of them are upper bounds only."""

    x: float
    width: float
    height: float  # 0 to 1, of the highest bar of its row
    soft: float
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One distribution on the common axis."""

    name: str
    number: int
    bins: tuple[Bin, ...]
    marks: tuple[Tick, ...]  # median and 95 %


@dataclass(frozen=True, slots=True)
class Distribution:
    """Distributions of seconds, one below the other."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    zero: float  # where nothing lies, or what was due


@dataclass(frozen=True, slots=True)
class Scale:
    """Seconds on an axis, in even steps or (`log`) a decade like the next."""

    low: float
    high: float
    width: float
    log: bool

    def at(self, seconds: float) -> float:
        """The place of a value."""
        value = log10(max(seconds, _SHORTEST)) if self.log else seconds
        return round((value - self.low) * self.width / (self.high - self.low), 2)

    def seconds(self, place: float) -> float:
        """The value at a place."""
        value = self.low + place * (self.high - self.low) / self.width
        return 10.0**value if self.log else value


def distribution(
    values: Mapping[str, Sequence[tuple[float, bool]]], width: float = WIDTH, *, log: bool = False
) -> Distribution | None:
    """Rows of (seconds, is an upper bound); None where there are no values.

    With `log` one slow value does not squeeze all others; there must be no negative ones then.
    """
    rows = {name: found for name, found in values.items() if found}
    flat = [seconds for found in rows.values() for seconds, _ in found]
    if not flat:
        return None
    scale, places = _decades(flat, width) if log else _even(flat, width)
    ticks = tuple(Tick(scale.at(place), seconds_text(place)) for place in places)
    return Distribution(tuple(_row(name, found, scale) for name, found in rows.items()), ticks, scale.at(0.0))


def _even(flat: Sequence[float], width: float) -> tuple[Scale, list[float]]:
    low, high, step = axis(min(0.0, *flat), max(0.0, *flat))
    return Scale(low, high, width, log=False), [n * step for n in range(round(low / step), round(high / step) + 1)]


def _decades(flat: Sequence[float], width: float) -> tuple[Scale, list[float]]:
    low, high = (log10(max(seconds, _SHORTEST)) for seconds in (min(flat), max(flat)))
    first, last = floor(low), max(ceil(high), floor(low) + 1)
    return Scale(first, last, width, log=True), [10.0**power for power in range(first, last + 1)]


def axis(low: float, high: float) -> tuple[float, float, float]:
    """Round ends around the values, and the distance of ticks: 1, 2 or 5 times a power of ten."""
    span = max(high - low, 1e-3)
    power = 10.0 ** floor(log10(span / _TICKS))
    step = next(power * times for times in (1, 2, 5, 10) if span / (power * times) <= _TICKS)
    return floor(low / step) * step, max(ceil(high / step), floor(low / step) + 1) * step, step


def seconds_text(seconds: float) -> str:
    """``250 ms``, ``1.5 s``."""
    if seconds == 0:
        return "0"
    return f"{seconds * 1000:.3g} ms" if abs(seconds) < 0.9995 else f"{seconds:.3g} s"


def _row(name: str, found: Sequence[tuple[float, bool]], scale: Scale) -> Row:
    wide = scale.width / _BINS
    filled: dict[int, list[bool]] = {}
    for seconds, bound in found:
        place = min(_BINS - 1, max(0, int(scale.at(seconds) / wide)))
        filled.setdefault(place, []).append(bound)
    most = max(len(bounds) for bounds in filled.values())
    bins = tuple(
        Bin(
            x=round(place * wide, 2),
            width=round(wide - 1, 2),
            height=round(len(bounds) / most, 3),
            soft=round(sum(bounds) / most, 3),
            text=f"{len(bounds)} from {seconds_text(scale.seconds(place * wide))}"
            f" to {seconds_text(scale.seconds((place + 1) * wide))}",
        )
        for place, bounds in sorted(filled.items())
    )
    plain = [seconds for seconds, _ in found]
    marks = tuple(
        Tick(scale.at(percentile(plain, share)), f"{label} {seconds_text(percentile(plain, share))}")
        for share, label in ((0.5, "p50"), (0.95, "p95"))
    )
    return Row(name, len(found), bins, marks)
