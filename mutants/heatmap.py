"""The matrix as one page: a row for each defect, a column for each check, the killers in the colour of failures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mutants.matrix import Matrix, Row
from reports.html.kit import assets, environment

_WIDE, _HIGH, _LABEL = 3, 11, 250  # units of the drawing: a check, a defect, the room for a defect's name
_HEAD = 78


@dataclass(frozen=True, slots=True)
class Cell:
    """Checks beside each other of which the same can be said."""

    x: int
    width: int
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A defect (or variation) with its cells."""

    id: str
    y: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """The checks of one area, beside each other."""

    name: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it, with its size."""

    lines: tuple[Line, ...]
    bands: tuple[Band, ...]
    width: int
    height: int
    label: int = _LABEL
    head: int = _HEAD
    high: int = _HIGH


def render(found: Matrix, areas: Mapping[str, str]) -> str:
    """The whole page; `areas` gives the area of each scenario."""
    page = environment("mutants").get_template("matrix.html.j2")
    return page.render(assets=assets(("matrix.css",), package="mutants"), found=found, drawing=draw(found, areas))


def draw(found: Matrix, areas: Mapping[str, str]) -> Drawing:
    """Where everything goes. Checks stand in the order of their areas, and so do defects."""
    seen = {check for row in found.rows for check in (*row.verdicts, *row.names)}

    def place(check: str) -> tuple[str, str]:
        return areas.get(check.partition("/")[0], ""), check

    checks = sorted(seen, key=place)
    lines = [
        Line(row.id, _HEAD + _HIGH * number, tuple(_merged(_cells(row, checks))))
        for number, row in enumerate(sorted(found.rows, key=lambda row: (row.area, row.id)))
    ]
    bands = _bands([place(check)[0] for check in checks])
    return Drawing(tuple(lines), bands, _LABEL + _WIDE * len(checks), _HEAD + _HIGH * len(lines))


def _cells(row: Row, checks: Sequence[str]) -> Iterator[Cell]:
    for number, check in enumerate(checks):
        role = role_of(row, check)
        if role:
            why = f": {row.reasons[check]}" if check in row.reasons else ""
            yield Cell(_LABEL + _WIDE * number, _WIDE, role, f"{row.id} · {check}: {role}{why}")


def role_of(row: Row, check: str) -> str:
    """What a check is to a defect: killer, missed, over, also, error, or right; empty where it was not played."""
    if check in row.killed_by:
        return "killer"
    if check in row.names:
        return "error" if check in row.unseen else "missed"
    if check in row.red:
        return "over" if check in row.over else "also"
    return {"": "", "error": "error"}.get(row.verdicts.get(check, ""), "right")


def _merged(cells: Iterable[Cell]) -> Iterator[Cell]:
    """Neighbours that were right become one: nobody asks for each of them."""
    held: Cell | None = None
    for cell in cells:
        if held is not None and held.role == cell.role == "right" and held.x + held.width == cell.x:
            held = Cell(held.x, held.width + cell.width, "right", "")
            continue
        if held is not None:
            yield held
        held = cell
    if held is not None:
        yield held


def _bands(areas: Sequence[str]) -> tuple[Band, ...]:
    bands: list[Band] = []
    for number, name in enumerate(areas):
        if bands and bands[-1].name == name:
            bands[-1] = Band(name, bands[-1].x, bands[-1].width + _WIDE)
        else:
            bands.append(Band(name, _LABEL + _WIDE * number, _WIDE))
    return tuple(bands)
