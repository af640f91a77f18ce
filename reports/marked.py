"""Pieces of GitHub-flavoured Markdown: text that stays text, tables, and pages no longer than a job page may be."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reports.text import short

#: Bytes that a GitHub job summary takes; more than that, and it shows nothing at all.
LIMIT = 1024 * 1024
_NOTE = 2048  # bytes that the note about what was left out needs at most
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~@:-])")
_NAME = re.compile(r"[\w./ -]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """Lines that are shown together or not at all; ``name`` says what is missing without them."""

    name: str
    lines: Iterable[str]


def escape(text: str) -> str:
    """The text shown as it is: neither markup, HTML, links, mentions nor invisible characters take effect."""
    return _SPECIAL.sub(r"\\\1", html.escape(short(text), quote=False))


def code(text: str) -> str:
    """A name as code; whatever is no name is escaped instead."""
    return f"`{text}`" if _NAME.fullmatch(text) and text.strip() == text else escape(text)


def row(cells: Iterable[str]) -> str:
    """A row of a table; the cells are Markdown."""
    return f"| {' | '.join(cells)} |"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterable[str]:
    """The lines of a table; the cells are Markdown."""
    cells = list(head)
    return [row(cells), row("---" for _ in cells), *map(row, rows)]


def fit(head: Iterable[str], parts: Iterable[Part], limit: int, where: str) -> str:
    """A page of at most ``limit`` bytes: what does not fit is left out, which a note below the head says."""
    top = _text(head)
    room = limit - len(top.encode()) - _NOTE
    kept: list[str] = []
    left_out: Counter[str] = Counter()
    for part in parts:
        text = _text(part.lines)
        size = len(text.encode())
        if size <= room:
            kept.append(text)
            room -= size
        else:
            left_out[part.name] += 1
    return "".join([top, _note(left_out, limit, where), *kept])


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _note(left_out: Counter[str], limit: int, where: str) -> str:
    if not left_out:
        return ""
    what = ", ".join(f"{number} {name}" if number > 1 else name for name, number in left_out.items())
    return f"\n> This page is limited to {limit:,} bytes.\n> **Left out:** {what}; {where}.\n"
