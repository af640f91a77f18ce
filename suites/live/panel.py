"""The lines that stay at the bottom of a terminal while a run goes on. Pure: from a state to text."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harness.evidence.model import Verdict
from reports.text import visible
from suites.live.desk import Doing

_NARROW = 60  # columns, below which only the most important is shown
_BAR = 24
_STYLES = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.XPASS: "bold red",
    Verdict.ERROR: "bold magenta",
    Verdict.DEVIATION: "yellow",
}


@dataclass(frozen=True, slots=True)
class State:
    """How far a run is."""

    now: float  # of the monotonic clock, in seconds
    began: float
    preparing: str = ""  # what is waited for before the first scenario
    total: int = 0  # scenarios; 0 while nobody knows
    done: int = 0
    counts: Mapping[Verdict, int] = field(default_factory=dict)  # of checks
    doing: Sequence[Doing] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """What the terminal offers."""

    width: int
    height: int
    colour: bool = False
    encoding: str = "utf-8"


def lines(state: State, place: Place) -> list[str]:
    """The panel, a line a row of the terminal: none is wider, and all of them leave most of its height to pytest."""
    width = max(place.width - 1, 10)  # the last column makes some terminals wrap
    rows: list[RenderableType] = [_head(state, width)]
    room = max(place.height // 2 - 2, 1)
    shown = state.doing if len(state.doing) <= room else state.doing[: room - 1]
    if shown:
        rows.append(_workers(shown, state, width))
    if len(shown) < len(state.doing):
        rows.append(Text(f"and {len(state.doing) - len(shown)} more workers", style="dim"))
    return _rendered(rows, width, place)


def _head(state: State, width: int) -> RenderableType:
    elapsed = clock(state.now - state.began)
    if not state.total:
        return Text.assemble(("preparing ", "bold"), (elapsed, "dim"), f"  {visible(state.preparing)}")
    parts = [Text(f"{state.done}/{state.total} scenarios", style="bold"), Text(elapsed, style="dim"), _counts(state)]
    if width < _NARROW:
        return Text("  ").join(parts)
    grid = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=state.total, completed=state.done, width=_BAR)
    grid.add_row(parts[0], bar, *parts[1:])
    return grid


def _counts(state: State) -> Text:
    shown = [
        Text(f"{state.counts[verdict]} {verdict.value}", style=_STYLES.get(verdict, ""))
        for verdict in Verdict
        if state.counts.get(verdict)
    ]
    return Text(", ").join(shown)


def _workers(doing: Sequence[Doing], state: State, width: int) -> RenderableType:
    """A line a worker: who, which scenario, how far, what for, how long; in a narrow place without who and how long."""
    wide = width >= _NARROW
    grid = Table.grid(padding=(0, 2), expand=True)
    longest = max(len(one.scenario) for one in doing)
    for fits in [wide and len(doing) > 1, True, True, True, wide]:
        if fits:
            grid.add_column(no_wrap=True, overflow="ellipsis")
    grid.columns[-2 if wide else -1].ratio = 1
    for one in doing:
        cells = [
            Text(visible(one.worker), style="dim"),
            Text(_cut(visible(one.scenario), min(longest, width * 2 // 5)), style="cyan"),
            Text(one.step, style="dim"),
            Text(visible(one.text)),
            Text(clock(state.now - one.began), style="dim"),
        ]
        cells = cells if len(doing) > 1 and wide else cells[1:]
        grid.add_row(*(cells if wide else cells[:-1]))
    return grid


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 1)] + "…"


def clock(seconds: float) -> str:
    """``7s``, ``1:05`` or ``2:00:09``."""
    whole = max(int(seconds), 0)
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{rest}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class _Sheet(io.StringIO):
    """Where rich draws; tells which characters the terminal knows."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._known = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]  # rich asks for it; StringIO has none
        return self._known


def _rendered(rows: Sequence[RenderableType], width: int, place: Place) -> list[str]:
    console = Console(
        file=_Sheet(place.encoding),
        width=width,
        force_terminal=place.colour,
        no_color=not place.colour,
        color_system="standard" if place.colour else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},  # NO_COLOR and its like are in `place` already
    )
    found = []
    for row in rows:
        with console.capture() as got:
            console.print(row, no_wrap=True, overflow="ellipsis", crop=True)
        found += got.get().rstrip("\n").split("\n")
    return [_known(line.rstrip(), place.encoding) for line in found]


def _known(text: str, encoding: str) -> str:
    """The text with what the terminal cannot show replaced."""
    return text.encode(encoding, "replace").decode(encoding)
