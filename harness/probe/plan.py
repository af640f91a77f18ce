"""What a batch is to send: a question of the harness, checked."""

from __future__ import annotations

import math
import re
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .head import Headers
from .pool import KEPT_AT_MOST

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_TARGET = re.compile(r"[!-~]+").fullmatch  # visible ASCII: anything else must come percent-encoded
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*").fullmatch
_LONGEST = 24 * 3600.0  # seconds
_MOST = 1_000_000  # requests
PROTOCOLS = ("http1", "h2c", "grpc", "websocket", "tcp", "tls")
_STREAMS = ("tcp", "tls")
_MESSAGES_AT_MOST = 1000
_NOT_HTTP2 = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"})
SHORTEST_INTERVAL = 0.0005  # seconds, where only time ends a batch


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send, where to, how often. Times in seconds. ``address`` None: the name is resolved for each request."""

    id_prefix: str
    protocol: str
    method: str
    host: str  # the Host header
    target: str
    name: str  # what is resolved where there is no address
    port: int
    address: str | None
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    messages: int  # of gRPC, on one stream
    kept: int  # so many connections are kept and used in turn; 0: a fresh one for each request
    pool: str  # batches with the same one share their connections; empty: not shared
    reopen: bool  # send again what met a kept connection that the peer had closed
    deadline: float
    interval: float
    count: int | None
    duration: float | None
    min_count: int
    keep: frozenset[str]  # volatile headers that set answers apart all the same
    sni: str = ""  # the server name that TLS asks for
    carry: str = ""  # what later requests send along of the first answer: ``cookies``, or the name of a header
    carried: tuple[tuple[str, str], ...] | None = None  # what an earlier batch found to carry; None: to be found


def plan_of(question: dict[str, Any]) -> Plan:
    """The plan that a question describes. Raises KeyError, TypeError and ValueError for what is no plan."""
    parts = urlsplit(str(question["url"]))
    scheme = parts.scheme
    protocol = str(question.get("protocol") or (scheme if scheme in _STREAMS else "http1"))
    if protocol not in PROTOCOLS:
        raise ValueError(f"protocol is one of {', '.join(PROTOCOLS)}, not {protocol[:40]!r}")
    form = f"{protocol}://NAME:PORT" if protocol in _STREAMS else "http://NAME[:PORT]/PATH"
    if scheme != form.partition(":")[0] or not parts.hostname or (scheme != "http" and not parts.port):
        raise ValueError(f"not a URL like {form}: {str(question['url'])[:200]!r}")
    body, address, port = question.get("body"), question.get("address"), question.get("port")
    count, duration = question.get("count"), question.get("duration")
    if (count is None) == (duration is None):
        raise ValueError("give either a count or a duration")
    interval = _number(question.get("interval", 0.0), "interval", _LONGEST)
    if duration is not None and interval < SHORTEST_INTERVAL:
        raise ValueError(f"an interval of at least {SHORTEST_INTERVAL} s, please")
    return Plan(
        id_prefix=_matching(str(question["id_prefix"]), _TARGET, "an id prefix"),
        protocol=protocol,
        method=_matching(str(question.get("method", "GET")), _TOKEN, "a method"),
        host=_matching(parts.netloc.rpartition("@")[2], _TARGET, "a host"),
        target=_matching((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), _TARGET, "a path"),
        name=parts.hostname,
        port=int(_number(port or parts.port or 80, "port", 65535)),
        address=None if address is None else literal(str(address)),
        headers=_headers(question.get("headers", ()), protocol),
        body=None if body is None else str(body).encode("utf-8", "surrogateescape"),
        messages=int(_number(question.get("messages") or 1, "messages", _MESSAGES_AT_MOST)),
        kept=_kept(question.get("over", "fresh")),
        pool=str(question.get("pool") or ""),
        reopen=bool(question.get("reopen", True)),
        deadline=max(0.001, _number(question.get("deadline", 10.0), "deadline", _LONGEST)),
        interval=interval,
        count=None if count is None else int(_number(count, "count", _MOST)),
        duration=None if duration is None else _number(duration, "duration", _LONGEST),
        min_count=int(_number(question.get("min_count", 0), "min_count", _MOST)),
        keep=frozenset(str(name).lower() for name in question.get("keep", ())),
        sni=_matching(str(question.get("sni") or parts.hostname).rstrip("."), _TARGET, "a server name"),
        carry=_carry(question.get("carry")),
        carried=None if question.get("carried") is None else _headers(question["carried"], protocol),
    )


def literal(address: str) -> str:
    """An IPv4 or IPv6 address as it is. Raises ValueError for anything else: dialling a name would block the loop."""
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    except OSError:
        raise ValueError(f"not an address: {address[:100]!r}") from None
    return address


def _kept(over: Any) -> int:
    if over in ("fresh", "one"):
        return int(over == "one")
    if isinstance(over, int) and 1 <= over <= KEPT_AT_MOST:
        return int(over)
    raise ValueError(f"over is fresh, one or a number of connections up to {KEPT_AT_MOST}, not {over!r}")


def _carry(carry: Any) -> str:
    return "" if carry is None else _matching(str(carry), _TOKEN, "cookies or a header name")


def _headers(pairs: Any, protocol: str) -> tuple[tuple[str, str], ...]:
    headers: Headers = [(str(name), str(value)) for name, value in pairs]
    for name, value in headers:
        _matching(name, _TOKEN, "a header name")
        _matching(value, _VALUE, "a header value")
        if protocol in ("h2c", "grpc") and name.lower() in _NOT_HTTP2:
            raise ValueError(f"{name} has no place in HTTP/2")
    return tuple(headers)


def _matching(text: str, form: Any, what: str) -> str:
    if not form(text):
        raise ValueError(f"not {what}: {text[:200]!r}")
    return text


def _number(value: Any, what: str, most: float) -> float:
    number = float(value)
    if not math.isfinite(number) or not 0 <= number <= most:
        raise ValueError(f"{what} is between 0 and {most:g}, not {value!r}")
    return number
