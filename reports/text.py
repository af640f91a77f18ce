"""Untrusted text made harmless: a record may hold whatever a mesh sent, be it ANSI sequences, controls or markup."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator

_LINE_BREAKS = ("Zl", "Zp")
#: Characters of one text that a file for reading shows; the whole stands in the evidence.
LONGEST = 2000


def visible(text: str) -> str:
    r"""The text on one line with every invisible character written out: ESC as ``\x1b``, a newline as ``\n``.

    Covers control, format (right-to-left overrides), surrogate, private and unassigned characters, so that the result
    is also legal XML.
    """
    if text.isprintable():  # nearly always, and a hundred times as fast to tell
        return text
    return "".join(_escape(char) if _invisible(char) else char for char in text)


def bounded(text: str, longest: int) -> str:
    """The text, or its beginning and how long it was: what a mesh sends has no limit, a page has."""
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text):,} characters)"


def short(text: str, longest: int = LONGEST) -> str:
    """The text on one line, bounded and visible."""
    return visible(bounded(text, longest))


def visible_lines(text: str) -> list[str]:
    """The lines of the text, each made visible; only the newline separates lines."""
    return [visible(line) for line in text.split("\n")]


def wrap(text: str, width: int) -> Iterator[str]:
    """Prose broken at blanks, never inside a word (addresses stay whole), each line made visible."""
    for line in text.split("\n"):
        yield from textwrap.wrap(visible(line), width, break_long_words=False, break_on_hyphens=False) or [""]


def _invisible(char: str) -> bool:
    category = unicodedata.category(char)
    return category.startswith("C") or category in _LINE_BREAKS


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
