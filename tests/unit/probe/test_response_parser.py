"""The client's parser: what it understands, where answers end, and that nothing makes it fall over."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.probe.head import HEAD_LIMIT, TooLongError, WireError
from harness.probe.response import BODY_KEPT, ResponseParser


def parsed(*pieces: bytes, method: str = "GET") -> ResponseParser:
    parser = ResponseParser(method)
    for piece in pieces:
        parser.feed(piece)
    return parser


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nX-Name:  some value \r\n\r\nhello"


def test_empty_lines_before_the_answer() -> None:
    for cut in range(1, 5):
        assert parsed((b"\r\n\n" + OK)[:cut], (b"\r\n\n" + OK)[cut:]).done


def test_an_answer_with_a_length() -> None:
    parser = parsed(OK)
    assert (parser.done, parser.version, parser.status, parser.reason) == (True, "HTTP/1.1", 200, "OK")
    assert parser.headers == [("content-length", "5"), ("x-name", "some value")]
    assert parser.body == b"hello"
    assert parser.reusable


def test_byte_by_byte() -> None:
    parser = ResponseParser("GET")
    ends = [parser.feed(OK[index : index + 1]) for index in range(len(OK))]
    assert ends == [False] * (len(OK) - 1) + [True]
    assert parser.body == b"hello"


def test_chunks_with_extensions_and_trailers() -> None:
    parser = parsed(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;a=b\r\nWiki\r\n5 \r\npedia\r\n0\r\nx-sum: 9\r\n\r\n"
    )
    assert (parser.done, parser.body, parser.reusable) == (True, b"Wikipedia", True)


def test_chunked_wins_over_a_length() -> None:
    parser = parsed(
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
    )
    assert (parser.done, parser.body) == (True, b"x")


def test_a_body_until_the_end_of_the_connection() -> None:
    parser = parsed(b"HTTP/1.0 200 OK\r\n\r\nsome", b"thing")
    assert not parser.done
    assert parser.end()
    assert (parser.body, parser.reusable) == (b"something", False)


@pytest.mark.parametrize("method_and_status", [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_answers_that_have_no_body_whatever_they_say(method_and_status: tuple[str, int]) -> None:
    method, status = method_and_status
    parser = parsed(f"HTTP/1.1 {status} x\r\ncontent-length: 7\r\n\r\n".encode(), method=method)
    assert (parser.done, parser.body, parser.reusable) == (True, b"", True)


def test_interim_answers_are_skipped() -> None:
    parser = parsed(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n" + OK)
    assert (parser.status, parser.body) == (200, b"hello")
    assert ("link", "<x>") not in parser.headers


def test_interim_answers_without_end() -> None:
    with pytest.raises(WireError, match="interim"):
        parsed(b"HTTP/1.1 100 Continue\r\n\r\n" * 200)


def test_switching_protocols_is_an_answer() -> None:
    parser = parsed(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n")
    assert (parser.done, parser.status, parser.reusable) == (True, 101, False)


def test_folded_lines_bare_line_feeds_and_a_missing_reason() -> None:
    parser = parsed(b"HTTP/1.1 404\nA: one\n  two\n\tthree\nContent-Length:0\n\n")
    assert (parser.done, parser.status, parser.reason) == (True, 404, "")
    assert parser.headers[0] == ("a", "one two three")


def test_bytes_that_are_not_ascii_survive() -> None:
    parser = parsed(b"HTTP/1.1 200 \xff\xfe\r\nx: \xe9\xff\r\ncontent-length: 2\r\n\r\n\xff\x00")
    assert parser.headers[0] == ("x", "\xe9\xff")
    assert parser.body == b"\xff\x00"


def test_equal_repeated_lengths_count_as_one() -> None:
    assert parsed(b"HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\ncontent-length: 2\r\n\r\nab").done


@pytest.mark.parametrize(
    ("connection", "version", "expected"),
    [
        ("close", "1.1", False),
        ("Keep-Alive, Close", "1.1", False),
        ("keep-alive", "1.0", True),
        ("x-closed", "1.1", True),
        ("x", "1.0", False),
    ],
)
def test_whether_the_connection_can_be_used_again(connection: str, version: str, expected: bool) -> None:
    head = f"HTTP/{version} 200 OK\r\nconnection: {connection}\r\ncontent-length: 0\r\n\r\n"
    assert parsed(head.encode()).reusable is expected


def test_bytes_after_the_answer_end_the_use_of_the_connection() -> None:
    assert not parsed(OK + b"HTTP/1.1 200 OK\r\n").reusable
    later = parsed(OK)
    assert later.feed(b"x")
    assert not later.reusable


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/2",
        b"\x16\x03\x01",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 \xb2\xb2\xb2 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nname : value\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: value\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded: first\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: a\rb\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 0x10\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n",
    ],
)
def test_what_is_no_answer(answer: bytes) -> None:
    with pytest.raises(WireError):
        parsed(answer)


@pytest.mark.parametrize(
    "endless",
    [
        b"HTTP/1.1 200 OK\r\nx: " + b"a" * HEAD_LIMIT,
        b"HTTP/1.1 200 OK\r\nx: " + b"a" * HEAD_LIMIT + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;" + b"x" * 5000,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n" + b"x: y\r\n" * 300_000,
    ],
)
def test_limits(endless: bytes) -> None:
    with pytest.raises(TooLongError):
        parsed(endless)


def test_a_head_of_nearly_a_mebibyte_is_read() -> None:
    line = b"x-long: " + b"a" * (HEAD_LIMIT - 100)
    parser = ResponseParser("GET")
    answer = b"HTTP/1.1 200 OK\r\n" + line + b"\r\ncontent-length: 0\r\n\r\n"
    for start in range(0, len(answer), 1000):
        parser.feed(answer[start : start + 1000])
    assert parser.done


def test_a_long_body_is_counted_and_its_beginning_kept() -> None:
    parser = parsed(b"HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n", b"a" * 150_000, b"b" * 50_000)
    assert parser.done
    assert (parser.body_length, parser.body) == (200_000, b"a" * BODY_KEPT)


def test_an_end_in_the_middle_is_not_an_answer() -> None:
    for cut in range(len(OK)):
        parser = parsed(OK[:cut])
        assert not parser.end()
        assert parser.begun is (cut > 0)


def cuts(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


TOKENS = st.text("abcdefgXYZ-09", min_size=1, max_size=12)
VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f\x85\xa0"), max_size=20)
PLACES = st.lists(st.integers(0, 5000), max_size=12)


@given(
    status=st.integers(200, 599).filter(lambda code: code not in (204, 304)),
    headers=st.lists(st.tuples(TOKENS.map(lambda name: f"x-{name}"), VALUES), max_size=6),
    body=st.binary(max_size=300),
    chunks=st.none() | st.lists(st.integers(1, 40), min_size=1, max_size=20),
    interim=st.integers(0, 2),
    places=PLACES,
)
def test_any_answer_in_any_pieces(
    status: int,
    headers: list[tuple[str, str]],
    body: bytes,
    chunks: list[int] | None,
    interim: int,
    places: list[int],
) -> None:
    framing = f"content-length: {len(body)}" if chunks is None else "transfer-encoding: chunked"
    lines = [f"HTTP/1.1 {status} some reason", *(f"{name}: {value}" for name, value in headers), framing]
    wire = b"HTTP/1.1 102 Processing\r\n\r\n" * interim
    wire += ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body if chunks is None else chunked(body, chunks))
    parser = ResponseParser("GET")
    for piece in cuts(wire, places):
        parser.feed(piece)
    assert parser.done
    assert parser.reusable
    assert (parser.status, parser.body, parser.body_length) == (status, body, len(body))
    assert parser.headers[:-1] == [(name.lower(), value) for name, value in headers]


def chunked(body: bytes, sizes: list[int]) -> bytes:
    wire, rest = b"", body
    while rest:
        size = sizes[len(rest) % len(sizes)]
        piece, rest = rest[:size], rest[size:]
        wire += f"{len(piece):X}\r\n".encode() + piece + b"\r\n"
    return wire + b"0\r\n\r\n"


PLAUSIBLE = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"\r\n",
        b"\n",
        b"\r",
        b"content-length: 3",
        b"transfer-encoding: chunked",
        b"3\r\nabc",
        b"0",
        b" ",
    ]
)


@given(st.lists(st.binary(max_size=30) | PLAUSIBLE, max_size=30), st.sampled_from(["GET", "HEAD"]))
def test_arbitrary_bytes_raise_nothing_else(pieces: list[bytes], method: str) -> None:
    parser = ResponseParser(method)
    try:
        for piece in pieces:
            parser.feed(piece)
    except WireError:
        return
    parser.end()
    assert isinstance(parser.reusable, bool)


@given(st.lists(st.binary(max_size=30) | PLAUSIBLE, max_size=20), PLACES)
def test_how_bytes_are_cut_makes_no_difference(pieces: list[bytes], places: list[int]) -> None:
    data = b"".join(pieces)
    assert outcome([data]) == outcome(cuts(data, places))


def outcome(pieces: list[bytes]) -> object:
    parser = ResponseParser("GET")
    try:
        for piece in pieces:
            if parser.feed(piece):
                break
    except WireError:
        return "malformed"
    return parser.status, parser.headers, parser.body, parser.end()
