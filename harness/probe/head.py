"""HTTP/1.1 message heads (RFC 9112): start line, field lines, and what they say about the body. No I/O.

Everything here reads bytes of an untrusted peer. Nothing but WireError is ever raised.
"""

from __future__ import annotations

import re
from enum import Enum

HEAD_LIMIT = 1 << 20  # bytes of one head, or of one trailer section

Headers = list[tuple[str, str]]
"""Field lines in order, names lower-cased."""

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_CR, _LF = b"\r\n"
_LINE_END = (_CR, _LF)
_LENGTH_DIGITS = 15  # a petabyte; longer numbers are nonsense, and huge ones are expensive to convert


class WireError(Exception):
    """Bytes that are not HTTP/1.1."""


class TooLongError(WireError):
    """More than is accepted, of whatever it is."""


class HeadTooLongError(TooLongError):
    """A head beyond what is accepted."""


class Framing(Enum):
    """How the end of a body is found, where no length is given."""

    CHUNKED = "chunked"
    UNTIL_CLOSE = "until close"


def take_head(buffer: bytearray, searched: int) -> tuple[str, Headers] | int:
    """Cut one head off the buffer; without a whole one, how far it has been searched in vain.

    Empty lines before the start line are skipped; a line may end in LF alone (RFC 9112, section 2.2).
    """
    while buffer and buffer[0] in _LINE_END:
        if buffer[0] == _LF:
            del buffer[0]
        elif len(buffer) == 1:
            return 0
        elif buffer[1] == _LF:
            del buffer[:2]
        else:
            raise WireError(f"a carriage return alone: {bytes(buffer[:40])!r}")
        searched = 0
    start = max(0, searched - 3)
    ends = [end for end in (buffer.find(b"\n\r\n", start), buffer.find(b"\n\n", start)) if end >= 0]
    if not ends:
        if len(buffer) > HEAD_LIMIT:
            raise HeadTooLongError(f"a head of more than {HEAD_LIMIT} bytes")
        return len(buffer)
    end = min(ends)
    if end > HEAD_LIMIT:
        raise HeadTooLongError(f"a head of more than {HEAD_LIMIT} bytes")
    text = buffer[:end].decode("latin-1")
    del buffer[: end + (2 if buffer[end + 1] == _LF else 3)]
    return parse_head(text)


def parse_head(text: str) -> tuple[str, Headers]:
    """Start line and field lines; folded lines are joined by a space (RFC 9112, section 5.2)."""
    lines = text.replace("\r\n", "\n").removesuffix("\r").split("\n")
    if "\r" in text and any("\r" in line for line in lines):
        raise WireError("a carriage return inside a line")
    if "\0" in text:
        raise WireError("a NUL in the head")
    return lines[0], parse_fields(lines[1:])


def parse_fields(lines: list[str]) -> Headers:
    """Field lines, of a head or a trailer section."""
    headers: Headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and _NAME(name):
            headers.append((name.lower(), value.strip(" \t")))
        elif line[:1] in (" ", "\t") and headers:
            before, folded = headers[-1]
            headers[-1] = (before, " ".join(part for part in (folded, line.strip(" \t")) if part))
        else:
            raise WireError(f"not a field line: {line[:80]!r}")
    return headers


def values(headers: Headers, name: str) -> list[str]:
    """All values of a field, split at commas."""
    found = [value for key, value in headers if key == name]
    return [part.strip(" \t") for value in found for part in value.split(",")] if found else found


def content_length(headers: Headers) -> int | None:
    """The declared length; None where there is none. Repeated equal values count as one (RFC 9110, section 8.6)."""
    declared = set(values(headers, "content-length"))
    if not declared:
        return None
    text = declared.pop()
    if declared or not text.isascii() or not text.isdigit() or len(text) > _LENGTH_DIGITS:
        raise WireError(f"content-length {', '.join(sorted({text, *declared}))[:80]!r}")
    return int(text)


def transfer_framing(headers: Headers) -> Framing | None:
    """What transfer-encoding says; None where there is none."""
    codings = values(headers, "transfer-encoding")
    if not codings:
        return None
    return Framing.CHUNKED if codings[-1].lower() == "chunked" else Framing.UNTIL_CLOSE


def stays_open(version: str, headers: Headers) -> bool:
    """Whether the sender of this head wants to keep the connection (RFC 9112, section 9.3)."""
    options = {option.lower() for option in values(headers, "connection")}
    return "close" not in options and (version == "HTTP/1.1" or "keep-alive" in options)
