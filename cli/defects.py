"""What ``gamma lab defects`` prints: each defect of the lab's mesh, in a line or at length. Pure."""

from __future__ import annotations

import fnmatch
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from lab.defects.model import Defect
from spec import defects as spec_defects

_WIDTH = 100


def listed(known: Mapping[str, Defect], present: str) -> Iterator[str]:
    """A line for each: id, what is wrong, how many checks it names; a star at the one that the running lab has."""
    width = max(len(name) for name in known)
    for name, defect in known.items():
        yield f"{'*' if name == present else ' '} {name:{width}}  {defect.title}{_count(name)}"


def chosen(known: Mapping[str, Defect], globs: Sequence[str]) -> list[str]:
    """The ids that a glob matches, in their order."""
    return [name for name in known if any(fnmatch.fnmatchcase(name, glob) for glob in globs)]


def told(defect: Defect) -> Iterator[str]:
    """One defect (or variation) at length: what it is, how a mesh comes to have it, and what catches it."""
    yield f"{defect.id}: {defect.title}"
    named = spec_defects.load().get(defect.id)
    harmless = spec_defects.variations().get(defect.id)
    story = (named or harmless).story if (named or harmless) else defect.cause  # type: ignore[union-attr]
    yield from _block("story", [story])
    if harmless is not None:
        yield from _block("excused", [f"{glob}: {why}" for glob, why in harmless.excused.items()])
    if named is not None:
        yield from _block("breaks", named.breaks)
        yield from _block("kills", named.kills)
        yield from _block("also", named.also)
        yield from _block("over", [named.over] if named.over else [])


def _block(name: str, texts: Sequence[str]) -> Iterator[str]:
    margin = " " * 10
    for number, text in enumerate(texts):
        lines = textwrap.wrap(text, _WIDTH - len(margin), break_long_words=False, break_on_hyphens=False)
        yield f"  {'' if number else name:8}{lines[0]}"
        yield from (f"{margin}{line}" for line in lines[1:])


def _count(name: str) -> str:
    if name in spec_defects.variations():
        return "  (harmless)"
    named = spec_defects.load().get(name)
    return f"  ({len(named.kills)} {'check' if len(named.kills) == 1 else 'checks'})" if named else ""
