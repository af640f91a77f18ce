"""The preflight for people: a table on terminals, lines elsewhere; and for programs: JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.evidence.model import PreflightLine

_STYLE = {"pass": "green", "warn": "yellow", "fail": "bold red"}


def show(lines: Sequence[PreflightLine], out: TextIO) -> None:
    """Write a table where ``out`` is a terminal, else plain lines."""
    if not out.isatty():
        out.write(plain(lines))
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for line in lines:
        told = Text(line.text)
        if line.hint:
            told.append(f"\n{line.hint}", style="dim")
        table.add_row(Text(line.grade, style=_STYLE[line.grade]), Text(line.check), told)
    Console(file=out).print(table)


def plain(lines: Sequence[PreflightLine]) -> str:
    """One line each, followed by what to do, indented. Pure."""
    width = max((len(line.check) for line in lines), default=0)
    found = []
    for line in lines:
        found.append(f"{line.grade}  {line.check:{width}}  {line.text}")
        found += [f"{'':{width + 8}}{part}" for part in line.hint.splitlines()]
    return "".join(f"{text}\n" for text in found)


def as_json(lines: Sequence[PreflightLine]) -> str:
    """An array of objects with check, grade, text and hint. Pure."""
    return json.dumps([line.model_dump() for line in lines], indent=2) + "\n"
