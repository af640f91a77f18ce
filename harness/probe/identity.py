"""Who this pod is, and the headers that the two ends of a probe agree on."""

from __future__ import annotations

import re
from dataclasses import dataclass

ID_HEADER = "x-gamma-id"
ECHO_HEADER = "x-gamma-echo"  # the echo's mark: NAMESPACE/WORKLOAD/POD/PORT
DELAY_HEADER = "x-gamma-echo-delay"
STATUS_HEADER = "x-gamma-echo-status"

_DURATION = re.compile(r"([0-9]+)(ms|s)")


@dataclass(frozen=True, slots=True)
class Identity:
    """The pod as the harness knows it."""

    namespace: str
    workload: str
    pod: str


def seconds(text: str) -> float:
    """``500ms`` or ``2s`` in seconds. Raises ValueError."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError(f"not a duration: {text!r}")
    return int(found[1]) / (1000 if found[2] == "ms" else 1)
