"""The kubelet's socket: ``exec`` and ``logs`` for the API server.

One JSON line asks, one answers, then frames follow both ways: the payload's length (4 bytes, big-endian), a channel
byte, the payload.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lab.node.kubelet.runner import Runner
from lab.node.runtime import Process, StartError

STDIN, STDOUT, STDERR, ERROR, CLOSE = 0, 1, 2, 3, 255
HEADER = struct.Struct(">IB")
_CHUNK = 2**16
# Output may still be under way, or held open by a process left behind: wait so long for its end.
_DRAIN_SECONDS = 0.5
_LOG_POLL_SECONDS = 0.1

Request = Mapping[str, Any]
Find = Callable[[str, str, str], Runner | None]


def exit_status(code: int) -> dict[str, Any]:
    """The metav1.Status by which clients learn how a command ended."""
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


class SessionServer:
    """Serves the socket; ``find`` gives the container of a namespace, pod and container name."""

    def __init__(self, find: Find) -> None:
        self._find = find

    async def serve(self, socket: Path) -> None:
        """Open the socket and return. Raises OSError."""
        await asyncio.start_unix_server(self._session, str(socket), backlog=256)

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = json.loads(await reader.readline() or b"{}")
            runner = self._find(request["namespace"], request["pod"], request["container"]) if request else None
            if runner is None:
                _answer(writer, error=f'container "{request.get("container")}" not found', code=404)
            elif request["op"] == "exec":
                await Session(reader, writer, request).run(runner)
            else:
                await _send_log(writer, runner, request)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the other side has left
        finally:
            writer.close()


def _answer(writer: asyncio.StreamWriter, **answer: object) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")


async def _frame(writer: asyncio.StreamWriter, channel: int, payload: bytes) -> None:
    writer.write(HEADER.pack(len(payload), channel) + payload)
    await writer.drain()


class Session:
    """One running ``exec``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request) -> None:
        self._reader = reader
        self._writer = writer
        self._request = request
        self._input: asyncio.WriteTransport | None = None
        self._terminal = -1

    async def run(self, runner: Runner) -> None:
        """Start the command, carry its streams, tell how it ended."""
        outputs: dict[int, int] = {}  # channel -> descriptor we read
        inner, feed = self._open_streams(outputs)
        try:
            words, terminal = self._request["command"], bool(self._request.get("tty"))
            process = await runner.execute(words, inner, terminal=terminal)
        except StartError as error:
            _answer(self._writer, error=str(error), code=500)
            for fd in {*outputs.values(), *([feed] if feed is not None else [])}:
                os.close(fd)
            return
        finally:
            for fd in set(inner):
                os.close(fd)
        _answer(self._writer, ok=True)
        await self._carry(process, outputs, feed)

    def _open_streams(self, outputs: dict[int, int]) -> tuple[list[int], int | None]:
        """The command's three descriptors, and the one by which we feed its stdin; fills ``outputs``."""
        if self._request.get("tty"):
            ours, theirs = os.openpty()
            outputs[STDOUT] = ours
            return [theirs, theirs, theirs], os.dup(ours)
        inner, feed = [], None
        if self._request.get("stdin"):
            reading, feed = os.pipe()
            inner.append(reading)
        else:
            inner.append(os.open(os.devnull, os.O_RDONLY))
        for name, channel in (("stdout", STDOUT), ("stderr", STDERR)):
            if self._request.get(name):
                outputs[channel], writing = os.pipe()
                inner.append(writing)
            else:
                inner.append(os.open(os.devnull, os.O_WRONLY))
        return inner, feed

    async def _carry(self, process: Process, outputs: Mapping[int, int], feed: int | None) -> None:
        if feed is not None:
            await self._open_input(feed)
        pumps = [asyncio.create_task(self._pump(channel, fd)) for channel, fd in outputs.items()]
        feeding = asyncio.create_task(self._feed())
        ended = asyncio.ensure_future(process.wait())
        try:
            await asyncio.wait({ended, feeding}, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                if pumps:
                    await asyncio.wait(pumps, timeout=_DRAIN_SECONDS)
                await _frame(self._writer, ERROR, json.dumps(exit_status(ended.result())).encode())
        finally:
            for task in (*pumps, feeding, ended):
                task.cancel()
            self._close_input()
            await asyncio.gather(*pumps, feeding, ended, return_exceptions=True)

    async def _open_input(self, fd: int) -> None:
        loop = asyncio.get_running_loop()
        transport, _protocol = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(fd, "wb", 0))
        self._input = transport

    def _close_input(self) -> None:
        if self._input is not None:
            self._input.close()
            self._input = None

    async def _pump(self, channel: int, fd: int) -> None:
        """From the command's output to frames, until its end."""
        stream = asyncio.StreamReader(limit=_CHUNK)
        loop = asyncio.get_running_loop()
        transport, _protocol = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(fd, "rb", 0)
        )
        try:
            with contextlib.suppress(OSError):  # a terminal whose last user left reads as an error
                while data := await stream.read(_CHUNK):
                    await _frame(self._writer, channel, data)
        finally:
            transport.close()

    async def _feed(self) -> None:
        """From frames to the command's input; returns when the client has left."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length, channel = HEADER.unpack(await self._reader.readexactly(HEADER.size))
                payload = await self._reader.readexactly(length)
                if channel == STDIN and self._input is not None:
                    self._input.write(payload)
                elif channel == CLOSE and payload[:1] == bytes([STDIN]):
                    self._close_input()


async def _send_log(writer: asyncio.StreamWriter, runner: Runner, request: Request) -> None:
    """The output of the container's present process; with ``follow`` what comes, until the process has ended."""
    if not runner.state.number:
        message = f'container "{runner.state.name}" is waiting to start: {runner.state.waiting}'
        _answer(writer, error=message, code=400)
        return
    _answer(writer, ok=True)
    number = runner.state.number
    with runner.log.open("rb") as log:
        log.seek(runner.log_start)
        data = log.read()
        tail = request.get("tail")
        if tail is not None:
            data = last_lines(data, tail)
        while True:
            over = not runner.state.running or runner.state.number != number
            if data:
                await _frame(writer, STDOUT, data)
            elif over or not request.get("follow"):
                return
            else:
                await asyncio.sleep(_LOG_POLL_SECONDS)
                if writer.is_closing():
                    return
            data = log.read()


def last_lines(data: bytes, number: int) -> bytes:
    """The last ``number`` lines."""
    lines = data.splitlines(keepends=True)
    return b"".join(lines[len(lines) - number :] if number < len(lines) else lines)
