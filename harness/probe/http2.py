"""One end of an HTTP/2 connection: the h2 library, and what it leaves to its users. No I/O.

That is: data that waits for the peer's window, trailers that come after it, and a GOAWAY that lets streams finish.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RemoteSettingsChanged, StreamReset, WindowUpdated
from h2.exceptions import H2Error, ProtocolError
from h2.settings import SettingCodes, Settings

from .frames import GoAway, Splitter, goaway_frame
from .head import Headers, WireError

STREAMS_AT_MOST = 1000  # that a peer may have open here at once

Fields = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class _Outgoing:
    """What waits to be sent on a stream."""

    data: bytearray = field(default_factory=bytearray)
    trailers: Fields = field(default_factory=list)
    end: bool = False


class Http2:
    """One end of one connection. What is to be written is in ``output`` after each call."""

    def __init__(self, *, client: bool) -> None:
        # Headers are ours to get right; what the peer sends is checked by the library.
        config = H2Configuration(
            client_side=client,
            header_encoding=None,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        self._h2 = H2Connection(config)
        more = {SettingCodes.ENABLE_PUSH: 0} if client else {SettingCodes.MAX_CONCURRENT_STREAMS: STREAMS_AT_MOST}
        self._h2.local_settings = Settings(
            client=client, initial_values={SettingCodes.MAX_HEADER_LIST_SIZE: 1 << 16, **more}
        )
        self._h2.initiate_connection()
        self._splitter = Splitter(preface=not client)
        self._waiting: dict[int, _Outgoing] = {}
        self._latest = 0  # stream that the peer has begun
        self._farewell = b""

    @property
    def streams_allowed(self) -> int:
        """How many streams the peer lets us have open at once."""
        return self._h2.remote_settings.max_concurrent_streams

    def next_stream(self) -> int:
        """The number for a stream of ours."""
        return self._h2.get_next_available_stream_id()

    def feed(self, data: bytes) -> Iterator[Event | GoAway]:
        """What the peer says with these bytes, one after the other. Raises WireError for what is not HTTP/2."""
        for piece in self._splitter.feed(data):
            if isinstance(piece, GoAway):
                yield piece
                continue
            try:
                events = self._h2.receive_data(piece)
            except Exception as error:  # the library meets an untrusted peer: whatever it is, it is the peer's doing
                words = str(error) or type(error).__name__
                raise WireError(f"not HTTP/2: {words}") from error
            for event in events:
                self._note(event)
                yield event

    def headers(self, stream: int, fields: Fields, *, end: bool = False) -> None:
        """Send a head, now. Raises WireError where the peer allows no further stream."""
        try:
            self._h2.send_headers(stream, fields, end_stream=end)
        except H2Error as error:
            raise WireError(str(error) or type(error).__name__) from error

    def data(self, stream: int, data: bytes, *, end: bool = False, trailers: Fields | None = None) -> None:
        """Send data as far as the windows allow, the rest later; with ``end`` or trailers nothing follows."""
        out = self._waiting.setdefault(stream, _Outgoing())
        out.data += data
        out.trailers = trailers or []
        out.end = end or bool(trailers)
        self._pump(stream)

    @property
    def owing(self) -> bool:
        """Whether anything waits for the peer's window."""
        return bool(self._waiting)

    def owes(self, stream: int) -> bool:
        """Whether something waits to be sent on a stream."""
        return stream in self._waiting

    def reset(self, stream: int, code: int) -> None:
        """End a stream at once, if it has not ended."""
        self._waiting.pop(stream, None)
        with contextlib.suppress(H2Error):  # it is over already
            self._h2.reset_stream(stream, code)

    def say_goodbye(self) -> None:
        """Take no streams beyond those begun; they go on."""
        self._farewell = goaway_frame(self._latest)

    def output(self) -> bytes:
        """What is to be written now."""
        data, self._farewell = self._h2.data_to_send() + self._farewell, b""
        return data

    def _note(self, event: Event) -> None:
        """Open the peer's window again, and use ours."""
        if isinstance(event, DataReceived):
            self._acknowledge(event)
        elif isinstance(event, WindowUpdated) and event.stream_id:
            self._pump(event.stream_id)
        elif isinstance(event, WindowUpdated | RemoteSettingsChanged):
            for stream in list(self._waiting):
                self._pump(stream)
        elif isinstance(event, StreamReset):
            self._waiting.pop(event.stream_id, None)
        self._latest = max(self._latest, getattr(event, "stream_id", 0) or 0)

    def _acknowledge(self, event: DataReceived) -> None:
        if event.flow_controlled_length:
            with contextlib.suppress(H2Error):  # the stream has just been reset
                self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)

    def _pump(self, stream: int) -> None:
        out = self._waiting.get(stream)
        if out is None:
            return
        try:
            while out.data:
                room = min(self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size)
                if room <= 0:
                    return
                piece = bytes(out.data[:room])
                del out.data[:room]
                self._h2.send_data(stream, piece, end_stream=out.end and not out.data and not out.trailers)
                if out.end and not out.data and not out.trailers:
                    del self._waiting[stream]
                    return
            if out.end:
                del self._waiting[stream]
                if out.trailers:
                    self._h2.send_headers(stream, out.trailers, end_stream=True)
                else:
                    self._h2.end_stream(stream)
        except ProtocolError:
            self._waiting.pop(stream, None)  # the peer has ended the stream, or the connection


def fields_of(headers: Headers) -> Fields:
    """Headers for the wire; a name is lower-case there."""
    return [(name.lower().encode(), value.encode("utf-8")) for name, value in headers]


def headers_of(fields: object) -> tuple[dict[str, str], Headers]:
    """Pseudo-header fields without their colon, and all others."""
    pseudo: dict[str, str] = {}
    headers: Headers = []
    for raw_name, raw_value in fields if isinstance(fields, list) else ():
        name, value = bytes(raw_name).decode("latin-1"), bytes(raw_value).decode("latin-1")
        if name.startswith(":"):
            pseudo[name[1:]] = value
        else:
            headers.append((name, value))
    return pseudo, headers
