"""Whether the engine answers. Kubelets ask it of every pod every few seconds, so it imports next to nothing."""

from __future__ import annotations

import json
import socket
import sys

_TIMEOUT = 5.0  # seconds
_QUESTION = {"id": 0, "op": "hello"}


def ready(path: str) -> int:
    """Ask the engine at ``path`` who it is; exit status 1 where it does not say."""
    try:
        answer = _ask(path)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"the engine does not answer: {error}\n")
        return 1
    if "ok" not in answer:
        sys.stderr.write(f"the engine does not answer: {answer.get('error', 'no answer')}\n")
        return 1
    return 0


def _ask(path: str) -> dict[str, object]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_TIMEOUT)
        connection.connect(path)
        connection.sendall(json.dumps(_QUESTION).encode() + b"\n")
        with connection.makefile("rb") as lines:
            answer: dict[str, object] = json.loads(lines.readline() or b"{}")
    return answer
