"""HTTP/2 without sockets: frames in pieces, two ends that talk, and bytes that are none."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import pairwise

import pytest
from h2.events import DataReceived, Event, RequestReceived, ResponseReceived, StreamEnded, TrailersReceived
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.probe.frames import PREFACE, GoAway, Splitter, error_name, goaway_frame
from harness.probe.head import WireError
from harness.probe.http2 import Http2, fields_of, headers_of

SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
PING = b"\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678"
SHORT_GOAWAY = b"\x00\x00\x04\x07\x00\x00\x00\x00\x00abcd"


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return (data[start:end] for start, end in pairwise(places))


@given(st.booleans(), st.lists(st.sampled_from([PING, SHORT_GOAWAY, goaway_frame(7)])), st.lists(st.integers(0)))
def test_frames_do_not_depend_on_how_bytes_come(preface: bool, frames: list[bytes], cuts: list[int]) -> None:
    begin = [PREFACE, SETTINGS] if preface else [SETTINGS]
    splitter = Splitter(preface=preface)
    found = [piece for part in pieces(b"".join([*begin, *frames]), cuts) for piece in splitter.feed(part)]
    assert found == [GoAway(7, 0) if frame == goaway_frame(7) else frame for frame in [*begin, *frames]]


@pytest.mark.parametrize(
    ("preface", "data"),
    [
        (True, b"GET / HTTP/1.1\r\n"),
        (True, b"PRI * HTTP/2.0\r\n\r\nXM"),
        (False, b"HTTP/1.1 200 OK\r\n"),
        (False, PING),
        (False, SETTINGS + b"\x00\x40\x01\x00\x00\x00\x00\x00\x01"),
    ],
)
def test_what_is_no_http2_is_told_early(preface: bool, data: bytes) -> None:
    with pytest.raises(WireError, match="HTTP/2"):
        list(Splitter(preface=preface).feed(data))


def test_error_codes_have_names() -> None:
    assert [error_name(code) for code in (0, 7, 13, 14, 1 << 31)] == [
        *("NO_ERROR", "REFUSED_STREAM", "HTTP_1_1_REQUIRED", "error 14", "error 2147483648"),
    ]


@given(st.booleans(), st.binary(max_size=200), st.lists(st.integers(0)))
def test_an_end_survives_any_bytes(client: bool, data: bytes, cuts: list[int]) -> None:
    end = Http2(client=client)
    begin = SETTINGS if client else PREFACE + SETTINGS
    with contextlib.suppress(WireError):
        for part in pieces(begin + data, cuts):
            list(end.feed(part))
    end.data(1, b"to nobody", end=True)
    end.reset(1, 8)
    end.output()


class Talk:
    """A client and a server, joined by bytes that come in pieces of any size."""

    def __init__(self, size: int) -> None:
        self.client, self.server = Http2(client=True), Http2(client=False)
        self._size = size
        self.events: dict[str, list[Event | GoAway]] = {"client": [], "server": []}

    def run(self) -> None:
        while self._carry(self.client, self.server, "server") or self._carry(self.server, self.client, "client"):
            pass

    def _carry(self, sender: Http2, receiver: Http2, name: str) -> bool:
        data = sender.output()
        for start in range(0, len(data), self._size):
            self.events[name] += receiver.feed(data[start : start + self._size])
        return bool(data)

    def data(self, name: str) -> bytes:
        return b"".join(event.data for event in self.events[name] if isinstance(event, DataReceived))


@settings(deadline=None)
@given(st.integers(1, 70_000), st.integers(0, 300_000), st.integers(0, 300_000), st.booleans())
def test_bodies_beyond_the_window_and_trailers_after_them(size: int, there: int, back: int, trailers: bool) -> None:
    talk = Talk(max(size, 700))
    stream = talk.client.next_stream()
    talk.client.headers(
        stream, fields_of([(":method", "POST"), (":scheme", "http"), (":authority", "x"), (":path", "/")])
    )
    talk.client.data(stream, b"a" * there, end=True)
    talk.run()
    assert talk.data("server") == b"a" * there
    assert [type(event) for event in talk.events["server"]].count(RequestReceived) == 1
    assert any(isinstance(event, StreamEnded) for event in talk.events["server"])
    talk.server.headers(stream, fields_of([(":status", "200"), ("X-Upper", "é")]))
    talk.server.data(stream, b"b" * back)
    talk.server.data(stream, b"", end=not trailers, trailers=[(b"grpc-status", b"0")] if trailers else None)
    talk.run()
    assert talk.data("client") == b"b" * back
    heads = [event for event in talk.events["client"] if isinstance(event, ResponseReceived | TrailersReceived)]
    assert headers_of(heads[0].headers) == ({"status": "200"}, [("x-upper", "Ã©")])
    assert len(heads) == 1 + trailers
    assert any(isinstance(event, StreamEnded) for event in talk.events["client"])
    assert not talk.client.owing
    assert not talk.server.owing


def test_a_goaway_leaves_streams_alone() -> None:
    talk = Talk(1000)
    stream = talk.client.next_stream()
    talk.client.headers(
        stream, fields_of([(":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", "/")]), end=True
    )
    talk.run()
    talk.server.say_goodbye()
    talk.run()
    assert talk.events["client"][-1] == GoAway(stream, 0)
    talk.server.headers(stream, fields_of([(":status", "204")]), end=True)
    talk.run()
    assert any(isinstance(event, StreamEnded) for event in talk.events["client"])
