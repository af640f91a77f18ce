"""What a misspelt name was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 8


def suggest(word: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?`` where a known word is near, else which words there are."""
    words = list(known)
    near = get_close_matches(word, words, n=1, cutoff=0.7)
    if near:
        return f"did you mean {near[0]!r}?"
    if not words:
        return "there is none"
    more = f", and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return f"there are: {', '.join(words[:_SHOWN])}{more}"
