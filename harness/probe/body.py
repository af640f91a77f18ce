"""HTTP/1.1 message bodies (RFC 9112, sections 6 and 7): where they end. No I/O; raises nothing but WireError."""

from __future__ import annotations

from abc import ABC, abstractmethod

from .head import HEAD_LIMIT, Framing, Headers, TooLongError, WireError, parse_fields

_LINE_LIMIT = 4096  # bytes of a chunk's size line with its extensions
_HEX = frozenset(b"0123456789abcdefABCDEF")
_SIZE_DIGITS = 12


class Body(ABC):
    """Takes a body off a buffer; keeps its first bytes and counts all of them."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self.kept = bytearray()
        self.length = 0
        self.done = False

    @abstractmethod
    def feed(self, buffer: bytearray) -> None:
        """Take what belongs to the body; what comes after it stays in the buffer."""

    def end(self) -> bool:
        """The connection has ended; whether the body is whole."""
        return self.done

    def _take(self, buffer: bytearray, count: int) -> None:
        self.length += count
        room = self._keep - len(self.kept)
        if room > 0:
            self.kept += buffer[: min(count, room)]
        del buffer[:count]


class LengthBody(Body):
    """So many bytes."""

    def __init__(self, keep: int, length: int) -> None:
        super().__init__(keep)
        self._left = length
        self.done = length == 0

    def feed(self, buffer: bytearray) -> None:
        """Take at most what is missing."""
        count = min(self._left, len(buffer))
        self._take(buffer, count)
        self._left -= count
        self.done = self._left == 0


class OpenBody(Body):
    """Everything until the connection ends."""

    def feed(self, buffer: bytearray) -> None:
        """Take all."""
        self._take(buffer, len(buffer))

    def end(self) -> bool:
        """Any end is a good one."""
        self.done = True
        return True


class ChunkedBody(Body):
    """Chunks, each with its size, and a trailer section."""

    def __init__(self, keep: int) -> None:
        super().__init__(keep)
        self.trailers: Headers = []
        self._left = 0
        self._state = self._size
        self._trailer_size = 0

    def feed(self, buffer: bytearray) -> None:
        """Take what is there of size lines, data and trailers."""
        while not self.done and self._state(buffer):
            pass

    def _size(self, buffer: bytearray) -> bool:
        line = _line(buffer)
        if line is None:
            return False
        digits = line.partition(b";")[0].strip(b" \t")
        if not digits or len(digits) > _SIZE_DIGITS or not _HEX.issuperset(digits):
            raise WireError(f"not a chunk size: {line[:40]!r}")
        self._left = int(digits, 16)
        self._state = self._data if self._left else self._trailer
        return True

    def _data(self, buffer: bytearray) -> bool:
        count = min(self._left, len(buffer))
        self._take(buffer, count)
        self._left -= count
        if self._left == 0:
            self._state = self._gap
        return self._left == 0

    def _gap(self, buffer: bytearray) -> bool:
        line = _line(buffer)
        if line is None:
            return False
        if line:
            raise WireError(f"a chunk is longer than its size: {line[:40]!r}")
        self._state = self._size
        return True

    def _trailer(self, buffer: bytearray) -> bool:
        line = _line(buffer, HEAD_LIMIT)
        if line is None:
            return False
        if not line:
            self.done = True
            return True
        self._trailer_size += len(line)
        if self._trailer_size > HEAD_LIMIT:
            raise TooLongError(f"a trailer section of more than {HEAD_LIMIT} bytes")
        self.trailers += parse_fields([line.decode("latin-1")])
        return True


def body_for(framing: Framing | int, keep: int) -> Body:
    """The reader for a body of this framing; keeps at most ``keep`` bytes."""
    if isinstance(framing, int):
        return LengthBody(keep, framing)
    return ChunkedBody(keep) if framing is Framing.CHUNKED else OpenBody(keep)


def _line(buffer: bytearray, limit: int = _LINE_LIMIT) -> bytes | None:
    """One line off the buffer, without its end; None where it is not whole yet."""
    end = buffer.find(b"\n", 0, limit)
    if end < 0:
        if len(buffer) >= limit:
            raise TooLongError(f"a line of a chunked body of more than {limit} bytes")
        return None
    line = bytes(buffer[:end]).removesuffix(b"\r")
    del buffer[: end + 1]
    return line
