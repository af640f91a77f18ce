"""The echo as other HTTP/1.1 implementations meet it: bytes in, bytes out."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Iterator

import pytest
from probe_world import World, batch

from harness.probe.response import ResponseParser
from harness.prober import Prober


class Wire:
    """A connection to the echo."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.data = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self, method: str = "GET") -> ResponseParser:
        """The next answer; what comes after it is kept."""
        parser = ResponseParser(method)
        while True:
            for end in range(len(self.data)):  # byte by byte, because the parser does not say where the answer ended
                if parser.feed(self.data[end : end + 1]):
                    self.data = self.data[end + 1 :]
                    return parser
            self.data = self.socket.recv(65536)
            assert self.data, "the echo hung up"

    def ended(self) -> bool:
        return self.socket.recv(1) == b""


@pytest.fixture
def wire(world: World) -> Iterator[Wire]:
    found = Wire(world.echo.port)
    yield found
    found.socket.close()


def saw(answer: ResponseParser) -> dict[str, object]:
    found = json.loads(answer.body)["saw"]
    assert isinstance(found, dict)
    return found


def test_the_answer_byte_for_byte(world: World, wire: Wire) -> None:
    wire.send(b"GET /a%20b?c HTTP/1.1\r\nHost: h\r\nX-A:  1 \r\nx-a: 2\r\n\r\n")
    who = {"namespace": "x-producer", "workload": "echo-v1", "pod": "echo-v1-pod", "port": world.echo.port}
    headers = [["host", "h"], ["x-a", "1"], ["x-a", "2"]]
    seen = {"method": "GET", "path": "/a%20b?c", "host": "h", "protocol": "http1", "headers": headers}
    body = json.dumps({**who, "saw": seen}, separators=(",", ":")) + "\n"
    mark = f"x-producer/echo-v1/echo-v1-pod/{world.echo.port}"
    head = f"HTTP/1.1 200 OK\r\nx-gamma-echo: {mark}\r\ncontent-type: application/json\r\n"
    wire.answer()
    wire.send(b"GET /a%20b?c HTTP/1.1\r\nHost: h\r\nX-A:  1 \r\nx-a: 2\r\n\r\n")
    expected = f"{head}content-length: {len(body)}\r\n\r\n{body}".encode()
    got = b""
    while len(got) < len(expected):
        got += wire.socket.recv(65536)
    assert got == expected


def test_pipelined_requests_are_answered_in_order(wire: Wire) -> None:
    wire.send(b"GET /1 HTTP/1.1\r\nx-gamma-echo-delay: 200ms\r\n\r\nGET /2 HTTP/1.1\r\n\r\nPOST /3 HTTP/1.1\r\n")
    wire.send(b"Content-Length: 2\r\n\r\nabGET /4 HTTP/1.1\r\n\r\n")
    assert [saw(wire.answer())["path"] for _ in range(4)] == ["/1", "/2", "/3", "/4"]


def test_many_pipelined_requests_behind_a_delay(wire: Wire) -> None:
    many = b"GET / HTTP/1.1\r\nx: " + b"y" * 1000 + b"\r\n\r\n"
    wire.send(b"GET / HTTP/1.1\r\nx-gamma-echo-delay: 300ms\r\n\r\n" + many * 500)
    wire.send(b"GET /last HTTP/1.1\r\nConnection: close\r\n\r\n")
    data = b""
    while piece := wire.socket.recv(1 << 20):
        data += piece
    assert data.count(b"HTTP/1.1 200 OK") == 502
    assert b'"path":"/last"' in data


def test_head_and_statuses_without_body(wire: Wire) -> None:
    wire.send(b"HEAD / HTTP/1.1\r\n\r\n")
    head = wire.answer("HEAD")
    assert int(dict(head.headers)["content-length"]) > 50
    wire.send(b"GET / HTTP/1.1\r\nx-gamma-echo-status: 204\r\n\r\n")
    empty = wire.answer()
    assert (empty.status, "content-length" in dict(empty.headers)) == (204, False)
    wire.send(b"DELETE / HTTP/1.1\r\nx-gamma-echo-status: 503\r\n\r\n")
    failed = wire.answer()
    assert (failed.status, failed.reason, saw(failed)["method"]) == (503, "Service Unavailable", "DELETE")


def test_nothing_volatile_and_no_opinion_about_the_connection(wire: Wire) -> None:
    for request in (b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"):
        wire.send(request)
        assert [name for name, _ in wire.answer().headers] == ["x-gamma-echo", "content-type", "content-length"]
    assert wire.ended()


def test_http_1_0_is_answered_and_ended(wire: Wire) -> None:
    wire.send(b"GET / HTTP/1.0\r\n\r\n")
    assert saw(wire.answer())["protocol"] == "http1.0"
    assert wire.ended()


def test_leave_to_continue(wire: Wire) -> None:
    wire.send(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    assert wire.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.send(b"abc")
    assert wire.answer().status == 200
    wire.send(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
    assert wire.answer().status == 200  # the body was there: no interim answer


def test_a_delay(wire: Wire) -> None:
    begun = time.monotonic()
    wire.send(b"GET / HTTP/1.1\r\nx-gamma-echo-delay: 300ms\r\n\r\n")
    assert wire.answer().status == 200
    assert time.monotonic() - begun >= 0.3


def test_a_body_is_told(wire: Wire) -> None:
    wire.send(b'POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\na\xc3\xa4 \n"')
    assert saw(wire.answer())["body"] == 'a\xe4 \n"'
    wire.send(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n2\r\nyz\r\n0\r\n\r\n")
    assert saw(wire.answer())["body"] == "xyz"


@pytest.mark.parametrize("body", [b"\xff", b"x" * 8193])
def test_a_body_that_is_no_text_or_too_long_equals_nothing(wire: Wire, body: bytes) -> None:
    wire.send(b"POST / HTTP/1.1\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
    assert saw(wire.answer())["body"] is None


def test_the_first_arrivals_of_an_id_fail(wire: Wire) -> None:
    request = b"GET / HTTP/1.1\r\nx-gamma-id: fails.1-0\r\nx-gamma-echo-fail: 2:502\r\n\r\n"
    wire.send(request * 3)
    assert [wire.answer().status for _ in range(3)] == [502, 502, 200]
    wire.send(request.replace(b"1-0", b"1-1"))
    assert wire.answer().status == 502  # another request is counted by itself


def test_the_first_arrivals_of_an_id_wait(wire: Wire) -> None:
    request = b"GET / HTTP/1.1\r\nx-gamma-id: waits.1-0\r\nx-gamma-echo-fail-delay: 1:300ms\r\n\r\n"
    begun = time.monotonic()
    wire.send(request)
    assert wire.answer().status == 200
    assert time.monotonic() - begun >= 0.3
    begun = time.monotonic()
    for _ in range(10):
        wire.send(request)
        assert wire.answer().status == 200
    assert time.monotonic() - begun < 3.0


def test_the_first_arrivals_of_an_id_are_reset(world: World) -> None:
    request = b"GET / HTTP/1.1\r\nx-gamma-id: resets.1-0\r\nx-gamma-echo-reset: 1\r\n\r\n"
    first, second = Wire(world.echo.port), Wire(world.echo.port)
    with first.socket, second.socket:
        first.send(request)
        with pytest.raises(ConnectionResetError):
            first.socket.recv(1)
        second.send(request)
        assert second.answer().status == 200


def test_a_slow_body(wire: Wire) -> None:
    begun = time.monotonic()
    wire.send(b"GET / HTTP/1.1\r\nx-gamma-echo-body-delay: 500ms\r\n\r\nGET /next HTTP/1.1\r\n\r\n")
    parser = ResponseParser("GET")
    parser.feed(wire.socket.recv(65536))
    head_at = time.monotonic() - begun
    assert (parser.status, parser.done) == (200, False)
    drops = 0
    while not parser.done:
        parser.feed(wire.socket.recv(65536))
        drops += 1
    assert time.monotonic() - begun >= 0.5 > head_at
    assert drops >= 2


def test_a_slow_body_is_followed_by_the_next_answer(wire: Wire) -> None:
    wire.send(b"GET /1 HTTP/1.1\r\nx-gamma-echo-body-delay: 200ms\r\n\r\nGET /2 HTTP/1.1\r\n\r\n")
    assert [saw(wire.answer())["path"] for _ in range(2)] == ["/1", "/2"]


def test_a_slow_body_that_nobody_waits_for_harms_nobody(world: World, wire: Wire) -> None:
    gone = Wire(world.echo.port)
    gone.send(b"GET / HTTP/1.1\r\nx-gamma-echo-body-delay: 100ms\r\n\r\n")
    gone.socket.close()
    time.sleep(0.2)
    wire.send(b"GET / HTTP/1.1\r\n\r\n")
    assert wire.answer().status == 200


def test_a_large_answer_is_still_json(wire: Wire) -> None:
    wire.send(b"GET / HTTP/1.1\r\nx-gamma-echo-size: 60000\r\n\r\n")
    answer = wire.answer()
    assert len(answer.body) == 60000
    assert saw(answer)["method"] == "GET"


def test_headers_that_are_asked_for(wire: Wire) -> None:
    wire.send(b"GET / HTTP/1.1\r\nx-gamma-echo-header: set-cookie=a=1; Path=/\r\nx-gamma-echo-header: b=\r\n\r\n")
    assert wire.answer().headers[-2:] == [("set-cookie", "a=1; Path=/"), ("b", "")]
    wire.send(b"GET / HTTP/1.1\r\nx-gamma-echo-header: content-type=text/plain\r\n\r\n")
    assert [value for name, value in wire.answer().headers if name == "content-type"] == ["text/plain"]


def test_an_end_that_is_asked_for(wire: Wire) -> None:
    wire.send(b"GET / HTTP/1.1\r\nx-gamma-echo-close: true\r\n\r\n")
    assert ("connection", "close") in wire.answer().headers
    assert wire.ended()


def test_who_stops_sending_still_gets_the_delayed_answer(wire: Wire) -> None:
    wire.send(b"GET / HTTP/1.1\r\nx-gamma-echo-delay: 200ms\r\n\r\n")
    wire.socket.shutdown(socket.SHUT_WR)
    assert wire.answer().status == 200
    assert wire.ended()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nx-gamma-echo-delay: soon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nx-gamma-echo-status: 99\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nx-gamma-echo-status: \xb2\xb2\xb2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nx-gamma-echo-fail: often\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nx: ".ljust((1 << 20) + 1, b"y"), 431),
    ],
)
def test_what_it_refuses_is_refused_with_its_mark(wire: Wire, request_: bytes, status: int) -> None:
    wire.send(request_)
    answer = wire.answer()
    assert answer.status == status
    assert "x-gamma-echo" in dict(answer.headers)
    assert "error" in json.loads(answer.body)
    assert wire.ended()


def test_another_client_understands_it(world: World) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", world.echo.port, timeout=20)
    with contextlib.closing(connection):
        for number in range(3):
            connection.request("POST", f"/{number}", body=iter([b"some", b"thing"]), encode_chunked=True)
            answer = connection.getresponse()
            assert json.loads(answer.read())["saw"]["path"] == f"/{number}"
            assert not answer.will_close


def test_a_request_is_journalled_when_its_head_is_there(world: World, prober: Prober, wire: Wire) -> None:
    mark = prober.mark_journals()
    wire.send(b"POST / HTTP/1.1\r\nx-gamma-id: wire.1-0\r\nContent-Length: 100\r\n\r\nhalf")
    wire.socket.close()
    deadline = time.monotonic() + 20
    while not (hits := prober.journal(mark, ["wire.1-0"]).hits) and time.monotonic() < deadline:
        time.sleep(0.02)
    (hit,) = hits["wire.1-0"]
    assert (hit.pod, hit.namespace, hit.workload, hit.attempt) == ("echo-v1-pod", "gamma-producer", "echo-v1", 1)


def test_journals_tell_copies(world: World, prober: Prober) -> None:
    mark = prober.mark_journals()
    sent = batch(world.echo.port, count=5)
    ids = [one.id for one in prober.start(sent).result(60)]
    again = batch(world.echo.port, count=2, id_prefix=sent.id_prefix)
    prober.start(again).result(60)
    view = prober.journal(mark, [*ids, "unknown-1"])
    assert view.complete
    assert view.pods == {"echo-v1-pod"}
    assert {id_: [hit.attempt for hit in hits] for id_, hits in view.hits.items()} == {
        id_: [1, 2] if id_ in ids[:2] else [1] for id_ in ids
    }
    later = prober.mark_journals()
    assert not prober.journal(later, ids).hits
