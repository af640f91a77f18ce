"""What one answer sets and later requests of the same session send along. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from .head import Headers

COOKIES = "cookies"


def carried(carry: str, headers: Iterable[tuple[str, str]]) -> Headers:
    """What an answer with these headers gives to later requests; nothing where it sets nothing.

    ``carry`` is ``cookies``, of which names and values are kept and attributes are not, or the name of a header.
    """
    wanted = "set-cookie" if carry == COOKIES else carry.lower()
    values = [value for name, value in headers if name.lower() == wanted]
    if carry != COOKIES:
        return [(carry, value) for value in values]
    cookies: dict[str, str] = {}
    for line in values:
        name, equals, value = line.partition(";")[0].partition("=")
        if equals and name.strip():
            cookies[name.strip()] = value.strip()
    return [("Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()))] if cookies else []


def with_carried(headers: Iterable[tuple[str, str]], session: Headers) -> Headers:
    """The headers of a later request: cookies are added to its own, another header replaces its own."""
    names = {name.lower() for name, _ in session}
    merged = [(name, value) for name, value in headers if name.lower() not in names or name.lower() == "cookie"]
    for name, value in session:
        own = [at for at, (key, _) in enumerate(merged) if key.lower() == "cookie" == name.lower()]
        if own:
            merged[own[0]] = (merged[own[0]][0], f"{merged[own[0]][1]}; {value}")
        else:
            merged.append((name, value))
    return merged
