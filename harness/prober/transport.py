"""The pipe to one pod's engine: a long-lived exec of the relay, or a Unix socket on this machine.

A transport is used by one thread alone: a TLS connection must not be read and written at the same time.
"""

from __future__ import annotations

import contextlib
import re
import socket
from pathlib import Path
from typing import Any, Protocol

import websocket
from kubernetes import client
from kubernetes.stream.ws_client import websocket_call

from harness.prober.types import Pod

CONTAINER = "app"
RELAY = ("python3", "/gamma/probe.pyz", "relay", "--socket", "/run/gamma/agent.sock")
_EXEC = [("container", CONTAINER), ("stdin", "true"), ("stdout", "true"), ("stderr", "true"), ("tty", "false")]
_MESSAGE = re.compile(r'"message": ?"([^"]*)')  # of a Status in the body of a refused handshake
_STDIN, _STDOUT, _STDERR, _ERROR = 0, 1, 2, 3
_PIECE = 1 << 16  # bytes of stdin in one frame
_STUCK = 30.0  # seconds until a frame that came in half, or cannot be sent, ends the session


class CutError(Exception):
    """The pipe does not open, or has ended. Another one may well work."""


class Transport(Protocol):
    """Bytes both ways. All methods but ``close`` raise CutError once the pipe has ended."""

    def fileno(self) -> int:
        """What becomes readable when there is something to receive."""

    def pending(self) -> bool:
        """Whether something waits that ``fileno`` does not tell."""

    def receive(self) -> bytes:
        """What has come; may be empty. Blocks where nothing has."""

    def send(self, data: bytes) -> None:
        """Send all of it."""

    def close(self) -> None:
        """End the pipe."""


class SocketTransport:
    """The engine's own socket, for engines on this machine."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise CutError(f"no engine at {path}: {error}") from error

    def fileno(self) -> int:
        """The socket."""
        return self._socket.fileno()

    def pending(self) -> bool:
        """Never."""
        return False

    def receive(self) -> bytes:
        """What has come."""
        try:
            data = self._socket.recv(_PIECE)
        except OSError as error:
            raise CutError(f"the engine's socket broke: {error}") from error
        if not data:
            raise CutError("the engine hung up")
        return data

    def send(self, data: bytes) -> None:
        """Send all of it."""
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise CutError(f"the engine's socket broke: {error}") from error

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class ExecTransport:
    """The relay in a pod, over the WebSocket exec of the official client.

    The client's generated API takes a third of a CPU second to load in each process, and its ``stream`` is not
    thread-safe; both end in the call that is made here directly. The client's own line reader copies its whole buffer
    for each line, and keeps all it has read: frames are read here.
    """

    def __init__(self, configuration: Any, pod: Pod) -> None:
        self._pod = pod
        self._errors = b""
        host = str(configuration.host).rstrip("/")
        auth = (setting for setting in configuration.auth_settings().values() if setting["value"])
        try:
            session = websocket_call(  # type: ignore[no-untyped-call]  # the client carries no types
                configuration,
                "GET",
                f"{host}/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/exec",
                query_params=[("command", list(RELAY)), *_EXEC],
                headers={setting["key"]: setting["value"] for setting in auth},
                _preload_content=False,
                binary=True,
            )
        except (client.ApiException, websocket.WebSocketException, OSError) as error:
            raise CutError(f"exec in {pod.full_name} failed: {_words(error)}") from error
        self._socket: Any = session.sock
        self._socket.settimeout(_STUCK)
        self._fd = int(self._socket.sock.fileno())

    def fileno(self) -> int:
        """The TCP connection."""
        return self._fd

    def pending(self) -> bool:
        """TLS decrypts whole records: the next frame may have been taken off the connection already."""
        inner = self._socket.sock
        return bool(inner.pending()) if hasattr(inner, "pending") else False

    def receive(self) -> bytes:
        """What one frame brings of the relay's stdout."""
        try:
            opcode, frame = self._socket.recv_data_frame(True)
        except (websocket.WebSocketException, OSError, ValueError, AttributeError) as error:
            raise self._cut(error) from error
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            raise self._cut("the API server closed it")
        if opcode not in (websocket.ABNF.OPCODE_BINARY, websocket.ABNF.OPCODE_TEXT) or not frame.data:
            return b""
        channel, data = frame.data[0], bytes(frame.data[1:])
        if channel in (_STDERR, _ERROR):
            self._errors = (self._errors + b" " + data.strip())[-2000:]
        return data if channel == _STDOUT else b""

    def send(self, data: bytes) -> None:
        """Send all of it to the relay's stdin."""
        try:
            for start in range(0, len(data), _PIECE):
                piece = bytes([_STDIN]) + data[start : start + _PIECE]
                self._socket.send(piece, opcode=websocket.ABNF.OPCODE_BINARY)
        except (websocket.WebSocketException, OSError, AttributeError) as error:
            raise self._cut(error) from error

    def close(self) -> None:
        """End the session."""
        with contextlib.suppress(websocket.WebSocketException, OSError, AttributeError):
            self._socket.shutdown()

    def _cut(self, why: object) -> CutError:
        """Why the session ended, with what the relay or the API server said on the error channels."""
        said = self._errors.decode(errors="replace").strip()
        return CutError(f"the exec session with {self._pod.full_name} ended: {said or why}")


def _words(error: Exception) -> str:
    """What the API server says, without the headers that the WebSocket library shows along with it."""
    told = str(error.reason) if isinstance(error, client.ApiException) else str(error)
    head, _, rest = told.partition(" -+-+- ")
    message = _MESSAGE.search(rest)
    hint = " (exec needs the verbs get and create on pods/exec)" if " 403 " in head else ""
    return f"{head}: {message[1]}{hint}" if message else head + hint
