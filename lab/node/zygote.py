"""The process that all container processes are forked from: one thread, the standard library loaded, nothing else.

Messages on its socket (one JSON object each, descriptors beside it): ``start`` with a container, a command and the
descriptors netns, stdin, stdout, stderr; ``exec`` with the process to join, a command and the three streams; ``kill``.
Answers: ``{"id", "pid"}`` or ``{"id", "error"}`` once the process stands in its container; ``{"exited", "status"}``.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from lab.node import container, pythonic, sandbox, syscalls
from lab.node.places import ROOTFS

_LIBRARY = (
    "argparse", "asyncio", "base64", "bisect", "collections.abc", "concurrent.futures", "contextlib", "contextvars",
    "ctypes", "dataclasses", "datetime", "email.parser", "enum", "errno", "fcntl", "functools", "gc", "hashlib",
    "heapq", "http.client", "http.server", "io", "ipaddress", "itertools", "json", "logging", "math", "operator",
    "os", "pathlib", "platform", "queue", "random", "re", "resource", "runpy", "secrets", "select", "selectors",
    "shutil", "signal", "socket", "socketserver", "ssl", "statistics", "string", "struct", "subprocess", "tempfile",
    "threading", "time", "traceback", "types", "typing", "urllib.parse", "urllib.request", "uuid", "weakref",
    "zipfile", "zipimport", "zlib",
)  # fmt: skip
_LARGEST_MESSAGE = 2**18
_MOST_DESCRIPTORS = 4
_CANNOT_START = 128
# Behind the links of a virtual environment, which a container may not see.
_INTERPRETER = os.path.realpath(sys.executable)

Message = dict[str, Any]
Program = Callable[[], NoReturn]


@dataclass(slots=True)
class Child:
    """A process of ours: until ``setup`` ends it is on its way into its container."""

    pid: int
    request: int
    setup: int
    process: int


class Zygote:
    """The server's state. ``serve`` returns in children only, with the program to run."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ, self._on_message)
        self._own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        self._children: dict[int, Child] = {}
        self._program: Program | None = None

    def serve(self) -> Program:
        """Serve for ever; in a fork, return the program of its container."""
        while True:
            for key, _events in self._selector.select():
                key.data()
                if self._program is not None:
                    return self._program

    def _on_message(self) -> None:
        data, fds, _flags, _address = socket.recv_fds(self._control, _LARGEST_MESSAGE, _MOST_DESCRIPTORS)
        if not data:
            os._exit(0)
        message = json.loads(data)
        if message["op"] == "kill":
            if message["pid"] in self._children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(message["pid"], message["signal"])
            return
        try:
            self._fork(message, fds)
        except OSError as error:
            self._send({"id": message["id"], "error": str(error)})
        if self._program is None:
            for fd in fds:
                os.close(fd)

    def _fork(self, message: Message, fds: list[int]) -> None:
        reading, writing = os.pipe()
        try:
            pid = self._fork_into(message)
        except OSError:
            os.close(reading)
            os.close(writing)
            raise
        if pid == 0:
            os.close(reading)
            self._selector.close()
            self._control.close()
            self._program = _enter(message, fds, writing)
            return
        os.close(writing)
        child = Child(pid, message["id"], reading, os.pidfd_open(pid))
        self._children[pid] = child
        self._selector.register(child.setup, selectors.EVENT_READ, lambda: self._on_setup(child))

    def _fork_into(self, message: Message) -> int:
        """Fork into a PID namespace: a new one, or that of the container to join. Raises OSError."""
        try:
            if message["op"] == "start":
                syscalls.unshare(syscalls.CLONE_NEWPID)
            else:
                with Path(f"/proc/{message['leader']}/ns/pid").open("rb") as handle:
                    syscalls.setns(handle.fileno(), syscalls.CLONE_NEWPID)
            pid = os.fork()
        except OSError:  # as when the container's first process has just ended, and with it its namespace
            syscalls.setns(self._own_pids, syscalls.CLONE_NEWPID)
            raise
        if pid:
            syscalls.setns(self._own_pids, syscalls.CLONE_NEWPID)
        return pid

    def _on_setup(self, child: Child) -> None:
        """The child wrote what hinders it, or closed the pipe because nothing does."""
        problem = os.read(child.setup, 4096).decode()
        self._selector.unregister(child.setup)
        os.close(child.setup)
        outcome: Message = {"error": problem} if problem else {"pid": child.pid}
        self._send({"id": child.request, **outcome})
        self._selector.register(child.process, selectors.EVENT_READ, lambda: self._on_exit(child))

    def _on_exit(self, child: Child) -> None:
        self._selector.unregister(child.process)
        os.close(child.process)
        del self._children[child.pid]
        status = os.waitstatus_to_exitcode(os.waitpid(child.pid, 0)[1])
        self._send({"exited": child.pid, "status": status})

    def _send(self, message: Message) -> None:
        self._control.send(json.dumps(message).encode())


def _enter(message: Message, fds: list[int], report: int) -> Program:
    """In the fork: go into the container and return what to run there; a failure is reported and ends the fork."""
    try:
        if message["op"] == "start":
            container.build(container.container_from(message["container"]), fds[0])
            streams = fds[1:]
        else:
            container.join(message["leader"])
            streams = fds
        command = container.command_from(message["command"])
        container.wire(streams, terminal=command.terminal)
        os.chdir(command.directory)
        os.environ.clear()
        os.environ.update(command.environment)
        program = _program(command)
    except OSError as error:
        os.write(report, str(error).encode()[:4000])
        os._exit(_CANNOT_START)
    os.closerange(3, report)
    os.closerange(report + 1, 2**16)
    os.close(report)
    return program


def _program(command: container.Command) -> Program:
    """What the fork becomes. Raises FileNotFoundError when there is no such program."""
    invocation = pythonic.parse(command.arguments)
    if invocation is not None:
        return lambda: pythonic.run(invocation)
    name = command.arguments[0]
    found = _find(name, command)
    return lambda: os.execve(found, command.arguments, command.environment)  # noqa: S606 - no shell is wanted


def _find(name: str, command: container.Command) -> str:
    """The file that a command's name means in the container; an interpreter of Python is ours in any case."""
    if os.path.basename(name) in {"python", "python3"}:  # noqa: PTH119 - text
        return _INTERPRETER
    found = shutil.which(name, path=command.environment.get("PATH", os.defpath))
    if found is None:
        raise FileNotFoundError(2, "executable file not found in $PATH", name)
    return found


def main(control: socket.socket) -> NoReturn:
    """Serve; in a fork, run the container's program to its end."""
    sandbox.build_rootfs(ROOTFS)
    for name in _LIBRARY:
        importlib.import_module(name)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    gc.collect()
    gc.freeze()  # what is here now need not be looked at, nor its pages copied, in any fork
    program = Zygote(control).serve()
    del control
    program()
