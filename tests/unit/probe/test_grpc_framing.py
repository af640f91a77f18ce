"""gRPC's messages in pieces, and the status that an answer has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.probe.exchange import Raw
from harness.probe.grpc_call import Call
from harness.probe.grpc_framing import Messages, framed, is_grpc, status_of

GRPC = [("content-type", "application/grpc")]


@given(st.lists(st.binary(max_size=40)), st.lists(st.integers(1, 50)), st.integers(0, 30))
def test_messages_do_not_depend_on_how_bytes_come(payloads: list[bytes], sizes: list[int], keep: int) -> None:
    data = b"".join(map(framed, payloads))
    messages = Messages(keep)
    found: list[bytes] = []
    for size in [*sizes, len(data) + 1]:
        found += messages.feed(data[:size])
        data = data[size:]
    assert found == [payload[:keep] for payload in payloads]
    assert messages.count == len(payloads)
    assert messages.whole


@given(st.binary(max_size=60))
def test_any_bytes_are_some_messages(data: bytes) -> None:
    messages = Messages(10)
    assert all(len(one) <= 10 for one in messages.feed(data))


@pytest.mark.parametrize(
    ("http", "headers", "trailers", "expected"),
    [
        (200, [], [("grpc-status", "0")], "OK"),
        (200, [("grpc-status", "5")], [], "NOT_FOUND"),
        (200, [("grpc-status", "0")], [("grpc-status", "16")], "UNAUTHENTICATED"),
        (503, [("grpc-status", "12")], [], "UNIMPLEMENTED"),
        (200, [], [("grpc-status", "17")], "UNKNOWN"),
        (200, [], [("grpc-status", "-1")], "UNKNOWN"),
        (200, [], [("grpc-status", "٣")], "UNKNOWN"),
        (200, [], [], "UNKNOWN"),
        (400, [], [], "INTERNAL"),
        (401, [], [], "UNAUTHENTICATED"),
        (403, [], [], "PERMISSION_DENIED"),
        (404, [], [], "UNIMPLEMENTED"),
        (429, [], [], "UNAVAILABLE"),
        (500, [], [], "UNKNOWN"),
        (502, [], [], "UNAVAILABLE"),
        (503, [], [], "UNAVAILABLE"),
        (504, [], [], "UNAVAILABLE"),
    ],
)
def test_the_status_of_a_call(
    http: int, headers: list[tuple[str, str]], trailers: list[tuple[str, str]], expected: str
) -> None:
    assert status_of(http, headers, trailers) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        *(("application/grpc", True), ("application/grpc+proto", True), ("Application/gRPC; a=b", True)),
        *(("application/grpc-web", False), ("application/json", False), ("", False)),
    ],
)
def test_which_head_begins_a_call(kind: str, expected: bool) -> None:
    assert is_grpc([("content-type", kind)]) is expected
    assert not is_grpc([])


def test_messages_are_sent_one_after_the_other() -> None:
    call = Call([], framed(b"m"), 3)
    assert call.opening() == (framed(b"m"), False)
    answer = framed(b"first")
    assert call.heard(answer[:4]) == (b"", False)
    assert call.heard(answer[4:]) == (framed(b"m"), False)
    assert call.heard(framed(b"second")) == (framed(b"m"), True)
    assert call.heard(framed(b"third")) == (b"", False)
    raw = Raw(status=200, headers=GRPC, trailers=[("grpc-status", "0")])
    call.complete(raw)
    assert (raw.grpc_status, raw.messages, raw.body) == ("OK", 3, b"first")


@pytest.mark.parametrize(
    "data", [b"", framed(b"a") * 2, framed(b"a")[:-1], b"\x01" + framed(b"a")[1:], framed(b"a") + b"\x00"]
)
def test_a_unary_call_that_says_ok_without_one_readable_message_is_not_ok(data: bytes) -> None:
    call = Call([], framed(b""), 1)
    assert call.opening() == (framed(b""), True)
    call.heard(data)
    raw = Raw(status=200, headers=GRPC, trailers=[("grpc-status", "0")])
    call.complete(raw)
    assert raw.grpc_status == "INTERNAL"


def test_an_answer_in_plain_http_is_told_as_it_is() -> None:
    call = Call([], framed(b""), 1)
    call.heard(b"<html>no such route</html>")
    raw = Raw(status=404, headers=[("content-type", "text/html")])
    call.complete(raw)
    assert (raw.grpc_status, raw.messages, raw.body) == ("UNIMPLEMENTED", 0, b"<html>no such route</html>")
