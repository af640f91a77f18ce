"""What a request asks of the echo by its ``x-gamma-echo-*`` headers (gRPC: metadata). Pure; the same on all protocols.

Some wishes are about the first arrivals of a request's id at this pod: the journal counts them (``Entry.attempt``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .duration import seconds
from .identity import DELAY_HEADER, ECHO_HEADER, STATUS_HEADER

_PREFIX = f"{ECHO_HEADER}-"
FAIL_HEADER = f"{_PREFIX}fail"
FAIL_DELAY_HEADER = f"{_PREFIX}fail-delay"
RESET_HEADER = f"{_PREFIX}reset"
BODY_DELAY_HEADER = f"{_PREFIX}body-delay"
SIZE_HEADER = f"{_PREFIX}size"
HEADER_HEADER = f"{_PREFIX}header"
CLOSE_HEADER = f"{_PREFIX}close"
GRPC_STATUS_HEADER = f"{_PREFIX}grpc-status"
AT_HEADER = f"{_PREFIX}at"
_KNOWN = (
    *(DELAY_HEADER, STATUS_HEADER, FAIL_HEADER, FAIL_DELAY_HEADER, RESET_HEADER, BODY_DELAY_HEADER, SIZE_HEADER),
    *(HEADER_HEADER, CLOSE_HEADER, GRPC_STATUS_HEADER, AT_HEADER),
)

SIZE_AT_MOST = 16 << 20  # bytes of an answer's body
DELAY_AT_MOST = 3600.0  # seconds
_ARRIVALS_AT_MOST = 1_000_000
GRPC_STATUSES = (
    *("OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS"),
    *("PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED"),
    *("INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"),
)
"""Names of gRPC's status codes; each one's place is its number."""
_UNAVAILABLE = GRPC_STATUSES.index("UNAVAILABLE")

_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_HEADER = re.compile(rf"({_NAME})=([^\x00-\x08\x0a-\x1f\x7f]*)").fullmatch
_NEXT = re.compile(rf",(?=\s*{_NAME}=)")  # proxies may join lines of the same name by a comma
_FRAMING = frozenset({"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})


class WishError(Exception):
    """A wish that cannot be read; its text names the header."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How one request is to be answered. Times in seconds."""

    status: int = 200  # of HTTP
    grpc_status: int | None = None  # of gRPC; None: OK, or whatever an HTTP status other than 200 means
    delay: float = 0.0  # before the answer, or the reset
    reset: bool = False  # reset the connection (HTTP/2: the stream) instead of an answer
    body_delay: float = 0.0  # the head at once, the body's end so much later
    size: int = 0  # bytes that the body has at least
    headers: tuple[tuple[str, str], ...] = ()  # added to the answer, names lower-cased
    close: bool = False  # end the connection after the answer, and say so


def wishes_of(headers: Iterable[tuple[str, str]], attempt: int, workload: str = "") -> Wishes:
    """The wishes of a request whose id arrives at this workload for the ``attempt``-th time; names are lower-cased.

    Of a wish that is repeated the first one counts, but for ``header``, of which lines may have been joined. A request
    that names another workload asks nothing of this one: copies of it go elsewhere. Raises WishError, also for an
    unknown wish.
    """
    asked: dict[str, str] = {}
    added: list[tuple[str, str]] = []
    for name, value in headers:
        if name == HEADER_HEADER:
            added += map(_added, _NEXT.split(value))
        elif name.startswith(_PREFIX):
            if name not in _KNOWN:
                raise WishError(f"{name}: no such wish; known: {', '.join(_KNOWN)}")
            asked.setdefault(name, value.strip())
    if (not asked and not added) or asked.get(AT_HEADER, workload) != workload:
        return Wishes()
    failing, fail_with = _first_arrivals(asked, FAIL_HEADER, attempt)
    late, fail_delay = _first_arrivals(asked, FAIL_DELAY_HEADER, attempt)
    status, grpc_status = _statuses(asked, failing, fail_with)
    return Wishes(
        status=status,
        grpc_status=grpc_status,
        delay=_duration(FAIL_DELAY_HEADER, fail_delay) if late else _duration(DELAY_HEADER, asked.get(DELAY_HEADER)),
        reset=_first_arrivals(asked, RESET_HEADER, attempt)[0],
        body_delay=_duration(BODY_DELAY_HEADER, asked.get(BODY_DELAY_HEADER)),
        size=_number(SIZE_HEADER, asked.get(SIZE_HEADER, "0"), SIZE_AT_MOST),
        headers=tuple(added),
        close=_truth(CLOSE_HEADER, asked.get(CLOSE_HEADER, "false")),
    )


def _first_arrivals(asked: dict[str, str], name: str, attempt: int) -> tuple[bool, str]:
    """``N[:VALUE]``: whether this is one of the first N arrivals, and the value."""
    count, _, value = asked.get(name, "0").partition(":")
    return attempt <= _number(name, count.strip(), _ARRIVALS_AT_MOST), value.strip()


def _statuses(asked: dict[str, str], failing: bool, fail_with: str) -> tuple[int, int | None]:
    """HTTP status and gRPC status; a failure without a status is 503, and UNAVAILABLE."""
    if failing and not fail_with:
        return 503, _UNAVAILABLE
    if failing and not fail_with.isdigit():
        return 503, _grpc_status(FAIL_HEADER, fail_with)
    if failing:
        return _status(FAIL_HEADER, fail_with), None
    grpc_status = asked.get(GRPC_STATUS_HEADER)
    return (
        _status(STATUS_HEADER, asked.get(STATUS_HEADER, "200")),
        None if grpc_status is None else _grpc_status(GRPC_STATUS_HEADER, grpc_status),
    )


def _status(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 200 <= int(text[:4]) <= 599):
        raise WishError(f"{name}: not a status from 200 to 599: {text[:40]!r}")
    return int(text)


def _grpc_status(name: str, text: str) -> int:
    if text not in GRPC_STATUSES:
        raise WishError(f"{name}: no gRPC status is called {text[:40]!r}")
    return GRPC_STATUSES.index(text)


def _duration(name: str, text: str | None) -> float:
    if text is None:
        return 0.0
    try:
        return min(seconds(text), DELAY_AT_MOST)
    except ValueError as error:
        raise WishError(f"{name}: {error}") from None


def _number(name: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most):
        raise WishError(f"{name}: not a number up to {most}: {text[:40]!r}")
    return int(text)


def _truth(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise WishError(f"{name}: neither true nor false: {text[:40]!r}")
    return text == "true"


def _added(text: str) -> tuple[str, str]:
    match = _HEADER(text.strip())
    if not match:
        raise WishError(f"{HEADER_HEADER}: write NAME=VALUE: {text[:80]!r}")
    name = match[1].lower()
    if name in _FRAMING or name.startswith(ECHO_HEADER):
        raise WishError(f"{HEADER_HEADER}: {name} is not for the asking")
    return name, match[2].strip()
