"""The HTTP/2 client's connection against frames in any order; the link is pretended."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.probe import h2client
from harness.probe.exchange import Raw
from harness.probe.frames import goaway_frame
from harness.probe.h2c import Plain
from harness.probe.http2 import fields_of

SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
HEAD = fields_of([(":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", "/")])


class PretendedLink:
    closed = False

    def __init__(self, loop: object, user: object) -> None:
        self.sent = b""

    def open(self, host: str, port: int) -> None:
        pass

    def send(self, data: bytes) -> None:
        assert not self.closed
        self.sent += data

    def close(self) -> None:
        self.closed = True


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


STREAMS = st.sampled_from([0, 1, 3, 5, 7])
FRAMES = st.one_of(
    st.builds(lambda stream, end: frame(1, 4 + end, stream, b"\x88"), STREAMS, st.integers(0, 1)),  # :status 200
    st.builds(lambda stream, data, end: frame(0, end, stream, data), STREAMS, st.binary(max_size=9), st.integers(0, 1)),
    st.builds(lambda stream, code: frame(3, 0, stream, code.to_bytes(4, "big")), STREAMS, st.integers(0, 15)),
    st.builds(goaway_frame, STREAMS),
    st.builds(lambda size: frame(4, 0, 0, b"\x00\x04" + size.to_bytes(4, "big")), st.integers(0, 1 << 31)),
    st.builds(lambda stream, size: frame(8, 0, stream, size.to_bytes(4, "big")), STREAMS, st.integers(0, 1 << 31)),
    st.builds(lambda kind, stream: frame(kind, 0, stream, b"12345678"), st.integers(0, 255), STREAMS),
)
STEPS = st.lists(st.one_of(FRAMES, st.sampled_from(["more", "give up", "end", "reset"])), max_size=12)


@settings(deadline=None)
@given(STEPS)
def test_every_exchange_ends_at_most_once_and_none_is_forgotten(steps: list[bytes | str]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(h2client, "Link", PretendedLink)
        asyncio.run(_play(steps))


async def _play(steps: list[bytes | str]) -> None:
    connection = h2client.H2ClientConnection("10.0.0.1", 80, 0)
    ends: dict[int, list[Raw]] = {}
    give_up = {}

    def begin() -> None:
        number = len(ends)
        ends[number] = []
        give_up[number] = connection.exchange(Plain(HEAD, b"body" * number), ends[number].append)

    begin()
    connection.opened()
    connection.received(SETTINGS)
    over = False
    for step in steps:
        if over or (connection.spent and not [one for one in ends.values() if not one]):
            break
        if step == "more":
            if connection.usable:
                begin()
        elif step == "give up":
            waiting = [number for number, one in ends.items() if not one]
            if waiting:
                give_up[waiting[0]]()
                ends[waiting[0]].append(Raw(failure="deadline"))
        elif isinstance(step, str):
            connection.ended(None if step == "end" else ConnectionResetError(104, "reset"))
            over = True
        else:
            connection.received(step)
    if not over:
        connection.ended(None)
    await asyncio.sleep(0)
    assert all(len(one) == 1 for one in ends.values())
    assert connection.spent
    assert not connection.usable
