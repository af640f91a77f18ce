"""What a rule asks for beyond matching, weighing and editing. Field meanings: the Gateway API's HTTPRoute v1."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cors:
    """Filter CORS: which scripts of which origins may use what. `max_age` is in seconds."""

    origins: tuple[str, ...] = ()
    credentials: bool = False
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: int = 5
