"""The echo's parser: requests one after the other, and what it refuses."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.probe.head import TooLongError, WireError
from harness.probe.request import RequestHead, RequestParser


def requests(parser: RequestParser, *pieces: bytes) -> list[RequestHead]:
    """All whole requests in these bytes."""
    found, current = [], None
    for piece in pieces:
        parser.feed(piece)
        while True:
            current = current or parser.head()
            if current is None or not parser.body():
                break
            found.append(current)
            current = None
    return found


GET = b"GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\n\r\n"
POST = b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
CHUNKED = b"PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"


def test_the_parts_of_a_request() -> None:
    (request,) = requests(RequestParser(), GET)
    assert (request.method, request.target, request.version) == ("GET", "/a?b=c", "HTTP/1.1")
    assert request.headers == [("host", "x"), ("x-a", "1"), ("x-a", "2")]
    assert (request.first("x-a"), request.first("y"), request.persistent) == ("1", None, True)


def test_pipelined_requests_and_empty_lines_between_them() -> None:
    found = requests(RequestParser(), GET + POST + b"\r\n\n" + CHUNKED + GET)
    assert [request.target for request in found] == ["/a?b=c", "/p", "/c", "/a?b=c"]


@given(st.lists(st.sampled_from([GET, POST, CHUNKED]), max_size=6), st.lists(st.integers(0, 500), max_size=10))
def test_any_pieces(messages: list[bytes], places: list[int]) -> None:
    data = b"".join(messages)
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]
    assert len(requests(RequestParser(), *pieces)) == len(messages)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"GET / HTTP/1.1\r\nExpect: 100-Continue\r\n\r\n", True),
        (b"GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\n\r\n", False),
    ],
)
def test_who_waits_for_leave_to_continue(head: bytes, expected: bool) -> None:
    (request,) = requests(RequestParser(), head)
    assert request.expects_continue is expected


@pytest.mark.parametrize(
    "data",
    [
        b"GET /\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"G\xffT / HTTP/1.1\r\n\r\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"\rGET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_request(data: bytes) -> None:
    with pytest.raises(WireError):
        requests(RequestParser(), data)


@pytest.mark.parametrize(
    "data",
    [
        b"POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nabcdefghijk\r\n0\r\n\r\n",
    ],
)
def test_the_limit_of_a_body(data: bytes) -> None:
    with pytest.raises(TooLongError):
        requests(RequestParser(body_limit=10), data)


@given(st.lists(st.binary(max_size=40) | st.sampled_from([GET, POST, CHUNKED, b"\r\n"]), max_size=12))
def test_arbitrary_bytes_raise_nothing_else(pieces: list[bytes]) -> None:
    try:
        requests(RequestParser(), *pieces)
    except WireError:
        return
