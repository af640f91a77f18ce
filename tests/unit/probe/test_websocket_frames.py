import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.probe.head import WireError
from harness.probe.ws_frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    MESSAGE_LIMIT,
    PING,
    TEXT,
    Frames,
    Message,
    accept,
    frame,
    is_key,
    new_key,
)


def read(data: bytes, *, masked: bool = False) -> list[Message]:
    return Frames(masked=masked).feed(data)


def test_the_examples_of_rfc_6455():
    assert accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert read(bytes.fromhex("810548656c6c6f")) == [(TEXT, b"Hello")]
    assert read(bytes.fromhex("818537fa213d7f9f4d5158"), masked=True) == [(TEXT, b"Hello")]
    assert read(bytes.fromhex("010348656c80026c6f")) == [(TEXT, b"Hello")]
    assert read(bytes.fromhex("890548656c6c6f")) == [(PING, b"Hello")]
    assert frame(TEXT, b"Hello", mask=bytes.fromhex("37fa213d")) == bytes.fromhex("818537fa213d7f9f4d5158")


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 200_000])
def test_every_length(size):
    assert read(frame(BINARY, b"x" * size)) == [(BINARY, b"x" * size)]


@given(
    st.lists(st.tuples(st.sampled_from([TEXT, BINARY, PING, CLOSE]), st.binary(max_size=125)), max_size=5),
    st.binary(min_size=4, max_size=4),
    st.booleans(),
    st.lists(st.integers(1, 40)),
)
def test_messages_come_back_however_they_are_cut(messages, mask, masked, cuts):
    data = b"".join(frame(kind, text, mask=mask if masked else b"") for kind, text in messages)
    frames, found = Frames(masked=masked), []
    for size in [*cuts, len(data)]:
        found += frames.feed(data[:size])
        data = data[size:]
    assert found == messages


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=5))
def test_a_message_in_parts_with_a_ping_between(parts):
    frames = Frames(masked=False)
    found = []
    for number, part in enumerate(parts):
        kind = CONTINUATION if number else TEXT
        found += frames.feed(frame(PING, b"") + frame(kind, part, final=number == len(parts) - 1))
    assert [message for message in found if message.kind != PING] == [(TEXT, b"".join(parts))]


@pytest.mark.parametrize(
    "data",
    [
        frame(TEXT, b"x", mask=b"abcd"),  # masked, by a server
        b"\xc1\x00",  # reserved bit
        frame(3, b""),  # reserved kind
        frame(PING, b"", final=False),
        frame(PING, b"x" * 126),
        frame(CONTINUATION, b"x"),
        frame(TEXT, b"x", final=False) + frame(TEXT, b"y"),
        b"\x82\x7f" + (MESSAGE_LIMIT + 1).to_bytes(8, "big"),
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
)
def test_what_is_no_frame_is_refused(data):
    with pytest.raises(WireError):
        read(data)


@given(st.binary(max_size=60), st.booleans())
def test_nothing_but_a_wire_error_is_ever_raised(data, masked):
    with contextlib.suppress(WireError):
        read(data, masked=masked)


def test_keys():
    assert is_key(new_key())
    assert not any(is_key(key) for key in ("", "abc", "dGhlIHNhbXBsZSBub25jZQ", "ü" * 24, "AAAA"))
