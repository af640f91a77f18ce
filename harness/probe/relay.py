"""A thin pipe between stdin/stdout and the engine's socket. Starts often, so it imports next to nothing."""

from __future__ import annotations

import os
import select
import socket
import sys

_CHUNK = 1 << 16


def relay(path: str) -> int:
    """Pump both ways until either end closes; exit status 1 where the engine cannot be reached."""
    door = socket.socket(socket.AF_UNIX)
    try:
        door.connect(path)
    except OSError as error:
        sys.stderr.write(f"the engine does not answer at {path}: {error}\n")
        return 1
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
                return 0
            while data:
                data = data[os.write(1, data) :]
