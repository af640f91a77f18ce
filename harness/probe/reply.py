"""What an echo answers, whatever protocol it speaks: who it is and what it saw. Pure."""

from __future__ import annotations

import json
from typing import Any

from .head import Headers
from .identity import Identity

BODY_TOLD = 8192  # bytes of a request's body that are told; of a longer one only that it was longer


def told(identity: Identity, port: int, saw: dict[str, Any], size: int = 0) -> bytes:
    """One line of JSON, filled up with blanks to ``size`` bytes: it stays JSON, even when its end is cut off."""
    who = {"namespace": identity.namespace, "workload": identity.workload, "pod": identity.pod, "port": port}
    text = json.dumps({**who, "saw": saw}, separators=(",", ":")).encode()
    return text.ljust(size - 1) + b"\n"


def seen(
    *, method: str, path: str, host: str, protocol: str, headers: Headers, body: bytes | None = b""
) -> dict[str, Any]:
    """The request as this backend saw it. A body that is null equals nothing; see ``body_told``."""
    saw: dict[str, Any] = {"method": method, "path": path, "host": host, "protocol": protocol, "headers": headers}
    return {**saw, **body_told(body)}


def body_told(body: bytes | None) -> dict[str, str | None]:
    """What is told of a body: nothing where there is none, null where it is too long (None) or no text."""
    if body is None or len(body) > BODY_TOLD:
        return {"body": None}
    if not body:
        return {}
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body": None}
