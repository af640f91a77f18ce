"""The pipe to one pod's engine: a long-lived exec of the relay, or a Unix socket on this machine."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import websocket
from kubernetes import client
from kubernetes.stream import stream

from harness.prober.types import Pod, ProbeError

CONTAINER = "app"
RELAY = ("python3", "/gamma/probe.pyz", "relay", "--socket", "/run/gamma/agent.sock")
_STDIN, _STDOUT, _STDERR, _ERROR = 0, 1, 2, 3
_CONNECT_TIMEOUT = 20.0  # seconds


class Transport(Protocol):
    """Lines of bytes, both ways. Raises ProbeError once the pipe is broken."""

    def send(self, line: bytes) -> None:
        """Send one line, with its newline."""

    def lines(self) -> Iterator[bytes]:
        """Lines as they come, until the pipe ends; called by one thread."""

    def close(self) -> None:
        """End the pipe; may be called from another thread."""


class SocketTransport:
    """The engine's own socket, for engines on this machine."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise ProbeError(f"no engine at {path}: {error}") from error

    def send(self, line: bytes) -> None:
        """Send one line. Raises ProbeError."""
        try:
            self._socket.sendall(line)
        except OSError as error:
            raise ProbeError(f"the engine's socket is gone: {error}") from error

    def lines(self) -> Iterator[bytes]:
        """Lines until the engine hangs up."""
        with self._socket.makefile("rb") as source, contextlib.suppress(OSError, ValueError):
            yield from source

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class ExecTransport:
    """The relay in a pod, over the WebSocket exec of the official client.

    The client's own line reader copies its whole buffer for each line, so the frames are read here.
    """

    def __init__(self, configuration: Any, pod: Pod) -> None:
        self._pod = pod
        self._errors = b""
        self._lock = threading.Lock()
        # `stream` exchanges a method of its ApiClient while it connects: each session has a client of its own.
        api = client.CoreV1Api(client.ApiClient(configuration=configuration))
        try:
            session = stream(
                api.connect_get_namespaced_pod_exec,
                pod.name,
                pod.namespace,
                container=CONTAINER,
                command=list(RELAY),
                stdin=True,
                stdout=True,
                stderr=True,
                tty=False,
                _preload_content=False,
                _request_timeout=_CONNECT_TIMEOUT,
            )
        except (client.ApiException, websocket.WebSocketException, OSError) as error:
            raise ProbeError(f"exec in {pod.full_name} failed: {_words(error)}") from error
        self._socket: Any = session.sock
        self._socket.settimeout(None)

    def send(self, line: bytes) -> None:
        """Send one line to the relay's stdin. Raises ProbeError."""
        try:
            with self._lock:
                self._socket.send(bytes([_STDIN]) + line, opcode=websocket.ABNF.OPCODE_BINARY)
        except (websocket.WebSocketException, OSError) as error:
            raise ProbeError(f"the exec session with {self._pod.full_name} is gone: {error}") from error

    def lines(self) -> Iterator[bytes]:
        """Lines of the relay's stdout, until the session ends."""
        parts: list[bytes] = []
        while (frame := self._frame()) is not None:
            channel, data = frame[0], frame[1:]
            if channel in (_STDERR, _ERROR):
                self._errors = (self._errors + data)[-2000:]
            if channel != _STDOUT:
                continue
            *whole, rest = data.split(b"\n")
            for piece in whole:
                yield b"".join((*parts, piece))
                parts = []
            if rest:
                parts.append(rest)

    def _frame(self) -> bytes | None:
        try:
            while True:
                opcode, frame = self._socket.recv_data_frame(True)
                if opcode == websocket.ABNF.OPCODE_CLOSE:
                    return None
                if opcode in (websocket.ABNF.OPCODE_BINARY, websocket.ABNF.OPCODE_TEXT) and frame.data:
                    return bytes(frame.data)
        except (websocket.WebSocketException, OSError, ValueError, AttributeError):
            return None

    @property
    def last_words(self) -> str:
        """What the relay or the API said on the error channels."""
        return self._errors.decode(errors="replace").strip()

    def close(self) -> None:
        """End the session."""
        with contextlib.suppress(websocket.WebSocketException, OSError):
            self._socket.shutdown()


def _words(error: Exception) -> str:
    """An API error in its own words."""
    if isinstance(error, client.ApiException):
        with contextlib.suppress(ValueError, TypeError, KeyError):
            return str(json.loads(error.body or "")["message"])
        return str(error.reason)
    return str(error)
