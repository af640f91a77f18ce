"""The server's clock as objects show it."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def timestamp(seconds: float | None = None) -> str:
    """A moment (now) as in ``creationTimestamp``: UTC, whole seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def after(seconds: float) -> str:
    """The timestamp of so many seconds from now."""
    return timestamp(time.time() + seconds)


def parse(text: str) -> float:
    """The Unix time of a timestamp, with or without fractions of a second."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def age(text: str | None) -> str:
    """How long ago a timestamp was, as kubectl writes it: ``5s``, ``3m20s``, ``2h``, ``4d``."""
    if not text:
        return "<unknown>"
    seconds = max(0, int(time.time() - parse(text)))
    if seconds < 120:
        return f"{seconds}s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 10:
        return _two((minutes, "m"), (seconds % 60, "s"))
    if hours < 3:
        return f"{minutes}m"
    if hours < 8:
        return _two((hours, "h"), (minutes % 60, "m"))
    return f"{hours}h" if hours < 48 else _two((days, "d"), (hours % 24 if days < 8 else 0, "h"))


def _two(large: tuple[int, str], small: tuple[int, str]) -> str:
    """Two units, the smaller one left out when it is zero."""
    return "".join(f"{number}{unit}" for number, unit in (large, small) if number)
