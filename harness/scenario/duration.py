"""Durations as the Gateway API writes them (GEP-2257): ``1h``, ``10s``, ``500ms``, ``1m30s``."""

from __future__ import annotations

import re

_FORM = re.compile(r"([0-9]{1,5}(h|m|s|ms)){1,4}")
_PART = re.compile(r"([0-9]+)(ms|h|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def parse_duration(text: str) -> float:
    """The seconds that ``text`` stands for.

    Raises ValueError when the text is not a GEP-2257 duration.
    """
    if not _FORM.fullmatch(text):
        raise ValueError(f"not a duration: {text!r} (write it like 500ms, 2s or 1m30s)")
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
