"""HTTP/1.1 on the wire: incremental parsers without I/O.

What comes in is untrusted; nothing but WireError is ever raised for it.
"""

from __future__ import annotations

HEAD_LIMIT = 1 << 20  # bytes of start line and headers
BODY_KEPT = 4096  # bytes of a body that are kept; the rest is counted and dropped

Headers = list[tuple[str, str]]


class WireError(Exception):
    """Bytes that are not HTTP/1.1."""


def _head_lines(head: bytes) -> tuple[str, Headers]:
    """The start line, and the header lines with lower-cased names; obsolete line folding is unfolded."""
    lines = head.decode("latin-1").split("\r\n") if b"\r\n" in head else head.decode("latin-1").split("\n")
    headers: Headers = []
    for line in lines[1:]:
        if line[:1] in (" ", "\t") and headers:
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {line.strip()}".strip())
            continue
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise WireError(f"not a header line: {line[:80]!r}")
        headers.append((name.lower(), value.strip(" \t")))
    return lines[0], headers


def _values(headers: Headers, name: str) -> list[str]:
    return [value for key, value in headers if key == name]


class Body:
    """Takes in a message body by its framing: ``length`` bytes, chunked, or everything until the end."""

    def __init__(self, framing: int | str) -> None:
        self._left = framing if isinstance(framing, int) else 0
        self._framing = "length" if isinstance(framing, int) else framing
        self._chunk = "size"
        self._buffer = b""
        self.kept = bytearray()
        self.length = 0
        self.done = framing == 0

    @property
    def until_close(self) -> bool:
        """Whether only the end of the connection ends the body."""
        return self._framing == "close"

    def feed(self, data: bytes) -> bytes:
        """Take in what belongs to the body; returns what comes after it."""
        if self._framing == "close":
            self._keep(data)
            return b""
        if self._framing == "length":
            part, rest = data[: self._left], data[self._left :]
            self._keep(part)
            self._left -= len(part)
            self.done = self._left == 0
            return rest
        return self._chunked(data)

    def _keep(self, part: bytes) -> None:
        self.length += len(part)
        if len(self.kept) < BODY_KEPT:
            self.kept += part[: BODY_KEPT - len(self.kept)]

    def _chunked(self, data: bytes) -> bytes:
        data, self._buffer = self._buffer + data, b""
        while data and not self.done:
            if self._chunk == "data":
                part, data = data[: self._left], data[self._left :]
                self._keep(part)
                self._left -= len(part)
                if self._left == 0:
                    self._chunk = "gap"
                continue
            line, newline, rest = data.partition(b"\n")
            if not newline:
                if len(data) > HEAD_LIMIT:
                    raise WireError("a chunk line without end")
                self._buffer = data
                return b""
            data = rest
            self._line(line.strip())
        return data

    def _line(self, line: bytes) -> None:
        if self._chunk == "gap":
            if line:
                raise WireError(f"a chunk is longer than it says: {line[:40]!r}")
            self._chunk = "size"
        elif self._chunk == "size":
            digits = line.split(b";", 1)[0].strip()
            if not digits or len(digits) > 15 or any(digit not in b"0123456789abcdefABCDEF" for digit in digits):
                raise WireError(f"not a chunk size: {line[:40]!r}")
            self._left = int(digits, 16)
            self._chunk = "data" if self._left else "trailer"
        elif not line:  # the end of the trailer; its fields are of no interest
            self.done = True


class ResponseParser:
    """One answer to one request of method ``method``. Feed until ``done``; interim (1xx) answers are skipped."""

    def __init__(self, method: str) -> None:
        self._method = method
        self._head = b""
        self._body: Body | None = None
        self.status = 0
        self.headers: Headers = []
        self.done = False
        self.reusable = False

    @property
    def body(self) -> bytes:
        """What was kept of the body."""
        return bytes(self._body.kept) if self._body else b""

    def feed(self, data: bytes) -> None:
        """Take in bytes. Raises WireError for what is no HTTP/1.1 answer, bytes after its end included."""
        while data and not self.done:
            if self._body is None:
                data = self._feed_head(data)
            else:
                data = self._body.feed(data)
                self.done = self._body.done
        if data:
            self.reusable = False  # nobody asked for these bytes

    def end(self) -> bool:
        """The peer closed; returns whether that completes the answer."""
        self.reusable = False
        if self._body is not None and self._body.until_close:
            self.done = True
        return self.done

    def _feed_head(self, data: bytes) -> bytes:
        self._head += data
        end, size = _end_of_head(self._head)
        if end < 0:
            if len(self._head) > HEAD_LIMIT:
                raise WireError("the headers are longer than 1 MiB")
            if not b"HTTP/1.".startswith(self._head[:7]) and not self._head.startswith(b"HTTP/1."):
                raise WireError(f"not a status line: {self._head[:80]!r}")
            return b""
        head, rest = self._head[:end], self._head[end + size :]
        self._head = b""
        start, headers = _head_lines(head)
        version, status = _status_line(start)
        if 100 <= status < 200 and status != 101:
            return rest
        self.status, self.headers = status, headers
        self._body = Body(self._framing(status, headers))
        self.reusable = _persistent(version, headers) and not self._body.until_close and status != 101
        self.done = self._body.done
        return rest

    def _framing(self, status: int, headers: Headers) -> int | str:
        if self._method == "HEAD" or status in (101, 204, 304):
            return 0
        codings = ",".join(_values(headers, "transfer-encoding")).lower()
        if codings:
            return "chunked" if codings.rsplit(",", 1)[-1].strip() == "chunked" else "close"
        lengths = _values(headers, "content-length")
        return _length(lengths) if lengths else "close"


class Request:
    """A request as a server reads it; ``body_length`` counts what came."""

    __slots__ = ("body", "expects", "headers", "keep_alive", "method", "target", "version")

    def __init__(self, head: bytes) -> None:
        start, self.headers = _head_lines(head)
        parts = start.split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            raise WireError(f"not a request line: {start[:80]!r}")
        self.method, self.target, self.version = parts
        self.keep_alive = _persistent(self.version, self.headers)
        self.expects = "100-continue" in ",".join(_values(self.headers, "expect")).lower()
        codings = ",".join(_values(self.headers, "transfer-encoding")).lower()
        lengths = _values(self.headers, "content-length")
        self.body = Body("chunked" if codings else _length(lengths) if lengths else 0)

    def first(self, name: str, default: str = "") -> str:
        """The first value of a header, by its lower-case name."""
        return next((value for key, value in self.headers if key == name), default)


class RequestReader:
    """The requests on one connection, one after the other, pipelined ones too."""

    def __init__(self) -> None:
        self._buffer = b""
        self._current: Request | None = None

    def feed(self, data: bytes) -> list[Request]:
        """The requests that these bytes complete. Raises WireError."""
        self._buffer += data
        complete: list[Request] = []
        while True:
            if self._current is None:
                end, size = _end_of_head(self._buffer)
                if end < 0:
                    if len(self._buffer) > HEAD_LIMIT:
                        raise WireError("the headers are longer than 1 MiB")
                    return complete
                self._current = Request(self._buffer[:end].lstrip(b"\r\n"))
                self._buffer = self._buffer[end + size :]
            if not self._current.body.done:
                self._buffer = self._current.body.feed(self._buffer)
            if not self._current.body.done:
                return complete
            complete.append(self._current)
            self._current = None

    @property
    def awaiting_body(self) -> bool:
        """Whether a request waits for ``100 Continue`` before it sends its body."""
        return self._current is not None and self._current.expects and not self._current.body.length


def _end_of_head(data: bytes) -> tuple[int, int]:
    """Where the head ends and how long the empty line is; (-1, 0) where it does not end yet."""
    crlf, bare = data.find(b"\r\n\r\n"), data.find(b"\n\n")
    if crlf >= 0 and (bare < 0 or crlf < bare):
        return crlf, 4
    return (bare, 2) if bare >= 0 else (-1, 0)


def _status_line(line: str) -> tuple[str, int]:
    parts = line.split(" ", 2)
    code = parts[1] if len(parts) > 1 else ""
    if not parts[0].startswith("HTTP/1.") or len(code) != 3 or not (code.isascii() and code.isdigit()):
        raise WireError(f"not a status line: {line[:80]!r}")
    return parts[0], int(code)


def _persistent(version: str, headers: Headers) -> bool:
    options = ",".join(_values(headers, "connection")).lower()
    return "close" not in options if version != "HTTP/1.0" else "keep-alive" in options


def _length(values: list[str]) -> int:
    different = {part.strip() for value in values for part in value.split(",")}
    text = different.pop() if len(different) == 1 else ""
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise WireError(f"not a content length: {values!r}"[:120])
    return int(text)
