"""``exec`` and ``log``: a bridge from the client's WebSocket or HTTP answer to the kubelet's unix socket.

Towards the kubelet: one JSON line with the request, one with its answer, then frames of a 4-byte big-endian length,
a channel byte and the payload. Towards the client: the ``channel.k8s.io`` protocols, whose messages are a channel
byte and the payload; ``v5`` can also close a channel (the end of stdin).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from lab.api.decode import dig
from lab.api.errors import StatusError, bad_request, internal, not_found

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io", "channel.k8s.io")
_STDIN, _STDOUT, _STDERR, _ERROR, _CLOSE = 0, 1, 2, 3, 255
_TRUE = frozenset({"1", "true", "True"})
_HEADER = struct.Struct(">IB")
_LARGEST_MESSAGE = 16 * 2**20


@dataclass(frozen=True, slots=True)
class ExecRequest:
    """What to run where, with which streams attached."""

    namespace: str
    pod: str
    container: str
    command: tuple[str, ...]
    stdin: bool
    stdout: bool
    stderr: bool
    tty: bool

    def to_json(self) -> dict[str, Any]:
        """The line that the kubelet reads."""
        return {
            "op": "exec",
            "namespace": self.namespace,
            "pod": self.pod,
            "container": self.container,
            "command": list(self.command),
            "stdin": self.stdin,
            "stdout": self.stdout,
            "stderr": self.stderr and not self.tty,
            "tty": self.tty,
        }


def exec_request(pod: Mapping[str, Any], query: Mapping[str, str], command: list[str]) -> ExecRequest:
    """The request that a client's query makes of a pod. Raises StatusError (400)."""
    meta = pod["metadata"]
    if not command:
        raise bad_request("you must specify at least one command for the container")
    streams = {name: query.get(name) in _TRUE for name in ("stdin", "stdout", "stderr", "tty")}
    if not any(streams[name] for name in ("stdin", "stdout", "stderr")):
        raise bad_request("you must specify at least one of stdin, stdout, stderr")
    container = pick_container(pod, query.get("container", ""))
    return ExecRequest(meta["namespace"], meta["name"], container, tuple(command), **streams)


def pick_container(pod: Mapping[str, Any], asked: str) -> str:
    """The container asked for, or the pod's only one. Raises StatusError (400) when that is unclear or wrong."""
    name = pod["metadata"]["name"]
    names = [container["name"] for container in dig(pod, "spec", "containers") or ()]
    if not dig(pod, "spec", "nodeName"):
        raise bad_request(f"pod {name} does not have a host assigned")
    if asked:
        if asked not in names:
            raise bad_request(f"container {asked} is not valid for pod {name}")
        return asked
    preferred = dig(pod, "metadata", "annotations", "kubectl.kubernetes.io/default-container")
    if preferred in names:
        return str(preferred)
    if len(names) > 1:
        raise bad_request(f"a container name must be specified for pod {name}, choose one of: {names}")
    return str(names[0])


class Kubelet:
    """One connection to the kubelet's socket: a session or the reading of a log."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, socket: Path, request: Mapping[str, Any]) -> Kubelet:
        """Connect and send a request. Raises StatusError: the kubelet's own, or 500 when it cannot be reached."""
        try:
            reader, writer = await asyncio.open_unix_connection(str(socket))
        except OSError as error:
            raise internal(f"error dialing the kubelet of the node: {error}") from error
        kubelet = cls(reader, writer)
        try:
            writer.write(json.dumps(request).encode() + b"\n")
            await writer.drain()
            line = await reader.readline()
            answer = json.loads(line) if line else {"error": "the kubelet closed the connection", "code": 500}
        except (OSError, ValueError) as error:
            await kubelet.close()
            raise internal(f"the kubelet did not answer: {error}") from error
        if not answer.get("ok"):
            await kubelet.close()
            raise _refusal(request, answer)
        return kubelet

    async def frames(self) -> AsyncIterator[tuple[int, bytes]]:
        """Frames from the kubelet until it closes the connection."""
        try:
            while True:
                length, channel = _HEADER.unpack(await self._reader.readexactly(_HEADER.size))
                yield channel, await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return

    async def send(self, channel: int, payload: bytes) -> None:
        """Send one frame; a session that is over takes no more."""
        with contextlib.suppress(ConnectionError):
            self._writer.write(_HEADER.pack(len(payload), channel) + payload)
            await self._writer.drain()

    async def close(self) -> None:
        """End the connection."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


def _refusal(request: Mapping[str, Any], answer: Mapping[str, Any]) -> StatusError:
    text, code = str(answer.get("error", "")), int(answer.get("code", 500))
    if code == 404:
        found = not_found("", "pods", str(request.get("pod", "")))
        found.message = text or found.message
        return found
    return bad_request(text) if code == 400 else internal(text)


async def serve_exec(request: web.BaseRequest, socket: Path, asked: ExecRequest) -> web.StreamResponse:
    """Run a command for a WebSocket client until it ends or the client leaves. Raises StatusError."""
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise bad_request(
            "exec needs a WebSocket upgrade (GET, subprotocol v5.channel.k8s.io or v4.channel.k8s.io); "
            "SPDY is not supported: use kubectl 1.31 or newer"
        )
    kubelet = await Kubelet.open(socket, asked.to_json())
    answer = web.WebSocketResponse(protocols=PROTOCOLS, max_msg_size=_LARGEST_MESSAGE, compress=False)
    try:
        await answer.prepare(request)
        # An empty message on the first readable channel tells the client that the session has begun.
        first = _STDOUT if asked.stdout else _STDERR if asked.stderr else _ERROR
        await answer.send_bytes(bytes([first]))
        upward = asyncio.ensure_future(_client_to_kubelet(answer, kubelet))
        downward = asyncio.ensure_future(_kubelet_to_client(answer, kubelet))
        try:
            await asyncio.wait({upward, downward}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (upward, downward):
                task.cancel()
            await asyncio.gather(upward, downward, return_exceptions=True)
    finally:
        await kubelet.close()
    await answer.close()
    return answer


async def _client_to_kubelet(client: web.WebSocketResponse, kubelet: Kubelet) -> None:
    """Stdin, and its end; what a client says about its terminal's size has no use without one."""
    async for message in client:
        if message.type not in {WSMsgType.BINARY, WSMsgType.TEXT}:
            continue
        data = message.data if isinstance(message.data, bytes) else message.data.encode()
        if not data:
            continue
        if data[0] == _STDIN:
            await kubelet.send(_STDIN, data[1:])
        elif data[0] == _CLOSE and len(data) > 1:
            await kubelet.send(_CLOSE, data[1:2])


async def _kubelet_to_client(client: web.WebSocketResponse, kubelet: Kubelet) -> None:
    """Output, then the one Status that says how the command ended."""
    ended = False
    async for channel, payload in kubelet.frames():
        if channel in {_STDOUT, _STDERR, _ERROR}:
            ended = ended or channel == _ERROR
            await client.send_bytes(bytes([channel]) + payload)
    if not ended:
        lost = internal("the connection to the kubelet ended before the command").to_json()
        await client.send_bytes(bytes([_ERROR]) + json.dumps(lost).encode())


async def serve_log(
    request: web.BaseRequest, socket: Path, pod: Mapping[str, Any], query: Mapping[str, str]
) -> web.StreamResponse:
    """The log of a container; with ``follow`` until it ends. Raises StatusError."""
    meta = pod["metadata"]
    tail = query.get("tailLines", "")
    if tail and not tail.isdigit():
        raise bad_request(f'invalid tailLines: "{tail}"')
    kubelet = await Kubelet.open(
        socket,
        {
            "op": "logs",
            "namespace": meta["namespace"],
            "pod": meta["name"],
            "container": pick_container(pod, query.get("container", "")),
            "follow": query.get("follow") in _TRUE,
            "tail": int(tail) if tail else None,
        },
    )
    answer = web.StreamResponse(headers={"Content-Type": "text/plain"})
    try:
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        async for channel, payload in kubelet.frames():
            if channel in {_STDOUT, _STDERR}:
                await answer.write(payload)
        await answer.write_eof()
    finally:
        await kubelet.close()
    return answer
