"""The node agent's side of the zygote: starts processes in containers and learns of their end."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from lab.node.container import Command, Container, to_json

_LARGEST_MESSAGE = 2**16


class StartError(Exception):
    """A process could not be started in its container; the text says why."""


class Process:
    """A process of a container, and how it ended."""

    def __init__(self, runtime: Runtime, pid: int) -> None:
        self._runtime = runtime
        self.pid = pid
        self.exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        """The exit code, 128 + N where signal N ended it."""
        return await asyncio.shield(self.exited)

    def kill(self, signal_number: int) -> None:
        """Send a signal; one to a process that has ended is lost."""
        self._runtime.send({"op": "kill", "pid": self.pid, "signal": signal_number})


class Runtime:
    """Talks to the zygote. Belongs to one event loop."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._control.setblocking(False)
        self._ids = count(1)
        self._waiting: dict[int, asyncio.Future[Process]] = {}
        self._processes: dict[int, Process] = {}

    def listen(self) -> None:
        """Begin to read answers."""
        asyncio.get_running_loop().add_reader(self._control, self._on_message)

    async def start(self, container: Container, command: Command, netns: int, streams: Sequence[int]) -> Process:
        """Make a container and start its first process; ``streams`` are stdin, stdout, stderr. Raises StartError."""
        message = {"op": "start", "container": to_json(container), "command": to_json(command)}
        return await self._ask(message, [netns, *streams])

    async def execute(self, leader: Process, command: Command, streams: Sequence[int]) -> Process:
        """Start another process in the container whose first process is ``leader``. Raises StartError."""
        if leader.exited.done():
            raise StartError("the container is not running")
        return await self._ask({"op": "exec", "leader": leader.pid, "command": to_json(command)}, streams)

    def send(self, message: Mapping[str, Any], fds: Sequence[int] = ()) -> None:
        """Send one message; the kernel buffers it, the zygote is never long away."""
        data = json.dumps(message).encode()
        self._control.setblocking(True)
        try:
            socket.send_fds(self._control, [data], fds)
        finally:
            self._control.setblocking(False)

    async def _ask(self, message: dict[str, Any], fds: Sequence[int]) -> Process:
        number = next(self._ids)
        answer: asyncio.Future[Process] = asyncio.get_running_loop().create_future()
        try:
            self.send({**message, "id": number}, fds)
        except OSError as error:  # a command longer than one message
            raise StartError(f"cannot be told to start: {error}") from error
        self._waiting[number] = answer
        return await answer

    def _on_message(self) -> None:
        while True:
            try:
                data = self._control.recv(_LARGEST_MESSAGE)
            except BlockingIOError:
                return
            if not data:
                asyncio.get_running_loop().remove_reader(self._control)
                return
            self._handle(json.loads(data))

    def _handle(self, message: dict[str, Any]) -> None:
        if "exited" in message:
            process = self._processes.pop(message["exited"], None)
            if process is not None:
                status = message["status"]
                process.exited.set_result(status if status >= 0 else 128 - status)
            return
        answer = self._waiting.pop(message["id"])
        if "error" in message:
            if not answer.cancelled():
                answer.set_exception(StartError(message["error"]))
            return
        process = self._processes[message["pid"]] = Process(self, message["pid"])
        if not answer.cancelled():
            answer.set_result(process)
        else:
            process.kill(9)  # whoever asked has gone
