"""Draws who calls whom as SVG, by hand and without anything from elsewhere: the picture stands inside the page.

Four columns from left to right: clients, Services, routes, workloads. Colours are classes, which the site's style sheet
fills in for light and for dark pages; without it the picture is drawn in the colour of the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from cli.site.graph import Box, Edge, Graph

_GAP = 46  # between columns
_BETWEEN = 14  # boxes of one column
_HEAD = 22  # the names of the columns
_LINE, _TITLE, _PAD = 14, 16, 7
_LETTER = 6.35  # the width of a letter of the lines, which are set in a typewriter's type
_COLUMNS = (("client",), ("service",), ("route",), ("workload", "missing"))
_WIDTHS = (112, 168, 250, 112)
_NAMES = ("clients", "Services", "routes", "who answers")


@dataclass(frozen=True, slots=True)
class _Placed:
    box: Box
    x: float
    y: float
    width: float
    height: float

    def line(self, number: int | None) -> float:
        """Where an arrow leaves or arrives."""
        if number is None:
            return self.y + self.height / 2
        return self.y + _PAD + _TITLE + (number + 0.5) * _LINE


def svg(graph: Graph, title: str) -> str:
    """The picture as one element; `title` is what a screen reader says first."""
    columns = [[box for box in graph.boxes.values() if box.kind in kinds] for kinds in _COLUMNS]
    used = [number for number, column in enumerate(columns) if column]
    placed: dict[str, _Placed] = {}
    x = 1.0
    lefts = {}
    for number in used:
        lefts[number] = x
        column = _ordered(columns[number], graph.edges, placed)
        placed.update(_stacked(column, x, _WIDTHS[number]))
        x += _WIDTHS[number] + _GAP
    width, height = x - _GAP + 1, max(one.y + one.height for one in placed.values()) + 2
    placed = _centred(placed, lefts.values(), height)
    heads = "".join(
        f'<text class="gd-head" x="{lefts[number]:g}" y="13" fill="currentColor">{_NAMES[number]}</text>'
        for number in used
    )
    arrows = "".join(_arrow(edge, placed) for edge in graph.edges)
    boxes = "".join(_box(one) for one in placed.values())
    return (
        f'<svg class="gamma-diagram" role="img" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(words(graph))}</desc>'
        f"{heads}{arrows}{boxes}</svg>"
    )


def words(graph: Graph) -> str:
    """The same for those who cannot see it: an arrow a sentence."""
    verbs = {"sends": "sends to", "governs": "is governed by", "routes": "routes to", "forwards": "would forward to"}
    names = {box.id: f"{box.title} ({box.place})" for box in graph.boxes.values()}
    told = dict.fromkeys(f"{names[edge.source]} {verbs[edge.how]} {names[edge.target]}." for edge in graph.edges)
    return " ".join(told)


def _ordered(column: Iterable[Box], edges: Sequence[Edge], placed: Mapping[str, _Placed]) -> list[Box]:
    """The boxes near those that point at them, so that arrows cross as little as they must."""

    def height(box: Box) -> float:
        known = [edge for edge in edges if edge.target == box.id and edge.source in placed]
        before = [placed[edge.source].line(edge.line) for edge in known]
        return sum(before) / len(before) if before else 0.0

    return sorted(column, key=height)


def _stacked(column: Iterable[Box], x: float, width: float) -> dict[str, _Placed]:
    found, y = {}, float(_HEAD)
    for box in column:
        height = 2 * _PAD + _TITLE + _LINE * len(_lines(box))
        found[box.id] = _Placed(box, x, y, width, height)
        y += height + _BETWEEN
    return found


def _centred(placed: Mapping[str, _Placed], lefts: Iterable[float], height: float) -> dict[str, _Placed]:
    found = {}
    for left in lefts:
        column = {name: one for name, one in placed.items() if one.x == left}
        lower = (height - 2 - max(one.y + one.height for one in column.values())) / 2
        found.update(
            {name: _Placed(one.box, one.x, one.y + lower, one.width, one.height) for name, one in column.items()}
        )
    return found


def _lines(box: Box) -> tuple[str, ...]:
    """What stands below the title; the namespace for all but clients, which are told apart by it."""
    return box.lines if box.kind == "route" else (box.place, *box.lines)


def _box(one: _Placed) -> str:
    box = one.box
    letters = int((one.width - 2 * _PAD) / _LETTER)
    title = box.title if box.kind != "route" else f"{box.title} in {box.place}"
    text = [_text(one, _PAD + 11, title, "gd-title", letters - 1)]
    text += (
        _text(one, _PAD + _TITLE + (number + 1) * _LINE - 4, line, "gd-line", letters)
        for number, line in enumerate(_lines(box))
    )
    return (
        f'<g class="gd-{box.kind}"><rect x="{one.x:g}" y="{one.y:g}" width="{one.width:g}" height="{one.height:g}" '
        f'rx="5" fill="none" stroke="currentColor"/>{"".join(text)}</g>'
    )


def _text(one: _Placed, down: float, text: str, kind: str, letters: int) -> str:
    shown = text if len(text) <= letters else f"{text[: letters - 1]}…"
    whole = "" if shown == text else f"<title>{escape(text)}</title>"
    return (
        f'<text class="{kind}" x="{one.x + _PAD:g}" y="{one.y + down:g}" fill="currentColor">{escape(shown)}{whole}'
        "</text>"
    )


def _arrow(edge: Edge, placed: Mapping[str, _Placed]) -> str:
    source, target = placed[edge.source], placed[edge.target]
    x1, y1 = source.x + source.width, source.line(edge.line)
    x2, y2 = target.x, target.line(None)
    middle = max((x2 - x1) / 2, 20)
    path = f"M{x1:g} {y1:g}C{x1 + middle:g} {y1:g} {x2 - middle:g} {y2:g} {x2 - 5:g} {y2:g}"
    head = f"M{x2 - 6:g} {y2 - 3.5:g}L{x2:g} {y2:g}L{x2 - 6:g} {y2 + 3.5:g}Z"
    return (
        f'<g class="gd-{edge.how}"><path d="{path}" fill="none" stroke="currentColor"/>'
        f'<path d="{head}" fill="currentColor"/></g>'
    )
