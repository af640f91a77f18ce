"""The commands that start often and import next to nothing: ``relay`` and ``ready``."""

from __future__ import annotations

import os
import select
import socket
import sys

_CHUNK = 1 << 16
_PATIENCE = 4.0  # seconds for the engine to say hello


def relay(path: str) -> int:
    """Pump between stdin/stdout and the engine's socket until either ends; status 1 where there is no engine."""
    door = socket.socket(socket.AF_UNIX)
    try:
        door.connect(path)
    except OSError as error:
        sys.stderr.write(f"the engine does not answer at {path}: {error}\n")
        return 1
    try:
        while True:
            readable, _, _ = select.select([0, door.fileno()], [], [])
            if 0 in readable:
                data = os.read(0, _CHUNK)
                if not data:
                    return 0
                door.sendall(data)
            if door.fileno() in readable:
                data = door.recv(_CHUNK)
                if not data:
                    sys.stderr.write("the engine has ended\n")
                    return 1
                while data:
                    data = data[os.write(1, data) :]
    except OSError as error:
        sys.stderr.write(f"the relay ends: {error}\n")
        return 1


def ready(path: str) -> int:
    """Status 0 when the engine answers."""
    door = socket.socket(socket.AF_UNIX)
    door.settimeout(_PATIENCE)
    answer = b""
    try:
        door.connect(path)
        door.sendall(b'{"id":0,"op":"hello"}\n')
        while not answer.endswith(b"\n") and (data := door.recv(_CHUNK)):
            answer += data
    except OSError as error:
        sys.stderr.write(f"the engine does not answer at {path}: {error}\n")
        return 1
    if b'"ok"' not in answer:
        sys.stderr.write(f"the engine is not well: {answer[:200]!r}\n")
        return 1
    return 0
