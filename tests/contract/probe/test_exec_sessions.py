"""The official client's exec over WebSocket, against a small API server that bridges to a real engine."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import select
import socket
import struct
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from kubernetes.client import Configuration
from probe_world import PATIENCE, World, batch, failures, read_request, serving

from harness.prober import Pod, ProbeError, Prober, session
from harness.prober.transport import RELAY, CutError, ExecTransport


class WebSocket:
    """The server's end: whole frames, no fragments."""

    def __init__(self, connection: socket.socket, request: bytes) -> None:
        lines = dict(line.split(": ", 1) for line in request.decode().split("\r\n")[1:] if line)
        lower = {name.lower(): value for name, value in lines.items()}
        digest = hashlib.sha1(lower["sec-websocket-key"].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        protocol = lower["sec-websocket-protocol"].split(",")[0]
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n"
            b"Sec-WebSocket-Protocol: " + protocol.encode() + b"\r\n\r\n"
        )
        self.connection = connection

    def receive(self) -> tuple[int, bytes]:
        opcode, length = struct.unpack("BB", self._exactly(2))
        length &= 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", self._exactly(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self._exactly(8))
        mask = self._exactly(4)
        data = self._exactly(length)
        return opcode & 0x0F, bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))

    def send(self, data: bytes, opcode: int = 2) -> None:
        size = len(data)
        head = struct.pack("BB", 0x80 | opcode, size) if size < 126 else struct.pack(">BBH", 0x80 | opcode, 126, size)
        self.connection.sendall((struct.pack(">BBQ", 0x80 | opcode, 127, size) if size > 65535 else head) + data)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self.connection.recv(count - len(data))
            if not piece:
                raise OSError("gone")
            data += piece
        return data


class Api:
    """Bridges exec requests to the engine of the pod that they name; ``behave`` may do something else instead."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.requests: list[str] = []
        self.bearers: set[bool] = set()  # whether the requests brought the token
        self.behave: Callable[[WebSocket, int], bool] = lambda *_: False
        self.refuse = b""

    def handle(self, connection: socket.socket, number: int) -> None:
        request = read_request(connection)
        target = request.split(b" ")[1].decode()
        self.requests.append(target)
        self.bearers.add(b"authorization: Bearer t" in request)
        if self.refuse:
            connection.sendall(self.refuse)
            return
        wire = WebSocket(connection, request)
        if self.behave(wire, number):
            return
        name = urlsplit(target).path.split("/")[6]
        agent = next(own for pod, own in self.world.pods.items() if pod.name == name)
        with socket.socket(socket.AF_UNIX) as engine, contextlib.suppress(OSError):
            engine.connect(str(agent.socket))
            self._bridge(wire, engine)

    def _bridge(self, wire: WebSocket, engine: socket.socket) -> None:
        wire.send(b"\x01")  # empty, as real servers begin
        while True:
            readable, _, _ = select.select([wire.connection, engine], [], [])
            if wire.connection in readable:
                opcode, data = wire.receive()
                if opcode == 8:
                    return
                if opcode == 2:
                    assert data[0] == 0
                    engine.sendall(data[1:])
            if engine in readable:
                data = engine.recv(100_000)
                half = len(data) // 2  # frames end anywhere
                wire.send(b"\x01" + data[:half])
                wire.send(b"\x02some noise on stderr")
                wire.send(b"ping", opcode=9)
                wire.send(b"\x01" + data[half:])


@pytest.fixture
def api(world: World) -> Iterator[tuple[Api, Prober]]:
    found = Api(world)
    with serving(found.handle) as server:
        configuration = Configuration(host=f"http://127.0.0.1:{server.port}", api_key={"authorization": "Bearer t"})
        prober = world.prober(lambda pod: ExecTransport(configuration, pod))
        yield found, prober
        prober.close()


def test_a_batch_and_the_journals_over_exec(world: World, api: tuple[Api, Prober]) -> None:
    served, prober = api
    mark = prober.mark_journals()
    found = prober.start(batch(world.echo.port, count=1200, interval=0.001)).result(PATIENCE)
    assert failures(found) == {"200"}
    ids = [one.id for one in found]
    view = prober.journal(mark, ids)
    assert view.complete
    assert set(view.hits) == set(ids)
    assert served.bearers == {True}
    assert len(served.requests) == 2  # one session a pod, however much is asked
    query = parse_qs(urlsplit(served.requests[-1]).query)
    assert query["command"] == list(RELAY)
    assert (query["container"], query["stdin"], query["tty"]) == (["app"], ["true"], ["false"])
    assert urlsplit(served.requests[0]).path == "/api/v1/namespaces/x-producer/pods/echo-v1-pod/exec"


def test_a_question_larger_than_a_frame(world: World, api: tuple[Api, Prober]) -> None:
    _, prober = api
    headers = {f"x-{number}": "v" * 5000 for number in range(40)}
    (one,) = prober.start(batch(world.echo.port, count=1, headers=headers)).result(PATIENCE)
    assert one.answer.status == 200


def test_a_session_that_the_server_ends_is_opened_again(
    world: World, api: tuple[Api, Prober], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_PAUSES", (0.01, 0.02))
    served, prober = api

    def ends_the_first(wire: WebSocket, number: int) -> bool:
        if number == 0:
            wire.receive()
            wire.send(struct.pack(">H", 1000), opcode=8)
        if number == 1:
            wire.receive()  # then the connection breaks
        return number < 2

    served.behave = ends_the_first
    assert failures(prober.start(batch(world.echo.port, count=3)).result(PATIENCE)) == {"200"}
    assert len(served.requests) == 3


def test_what_the_relay_says_in_the_end_is_told(api: tuple[Api, Prober], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_PAUSES", ())
    served, prober = api

    def fails(wire: WebSocket, number: int) -> bool:
        wire.send(b"\x02the engine does not answer at /run/x\n")
        wire.send(b"\x03" + json.dumps({"status": "Failure", "message": "exit code 1"}).encode())
        wire.send(struct.pack(">H", 1000), opcode=8)
        with contextlib.suppress(OSError):
            while True:
                wire.receive()
        return True

    served.behave = fails
    with pytest.raises(ProbeError, match=r"echo-v1-pod ended: the engine does not answer at /run/x .*exit code 1"):
        prober.mark_journals()


def test_an_api_that_refuses_exec(api: tuple[Api, Prober], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_PAUSES", ())
    served, prober = api
    body = b'{"kind":"Status","message":"pods is forbidden","code":403}'
    served.refuse = b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with pytest.raises(ProbeError) as error:
        prober.mark_journals()
    assert str(error.value) == (
        "the session with x-producer/echo-v1-pod failed: exec in x-producer/echo-v1-pod failed: "
        "Handshake status 403 Forbidden: pods is forbidden (exec needs the verbs get and create on pods/exec)"
    )


def test_an_api_that_is_not_there(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        configuration = Configuration(host=f"http://127.0.0.1:{taken.getsockname()[1]}")
        pod = Pod("x-consumer", "p", "u", "client", echo=False)
        with pytest.raises(CutError, match=r"exec in x-consumer/p failed: .*refused"):
            ExecTransport(configuration, pod)
