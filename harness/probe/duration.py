"""Durations as the Gateway API writes them (GEP-2257): ``500ms``, ``2s``, ``1m30s``."""

from __future__ import annotations

import re

_FORM = re.compile(r"(?:[0-9]{1,5}(?:h|ms|m|s)){1,4}", re.ASCII)
_PART = re.compile(r"([0-9]+)(h|ms|m|s)", re.ASCII)
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def seconds(text: str) -> float:
    """Raises ValueError when the text is not a duration."""
    if not _FORM.fullmatch(text):
        raise ValueError(f"not a duration: {text[:40]!r} (write it like 500ms or 2s)")
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
