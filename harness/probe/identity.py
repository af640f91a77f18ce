"""Who this pod is, and the headers that the two ends of a probe agree on."""

from __future__ import annotations

from dataclasses import dataclass

ID_HEADER = "x-gamma-id"
ECHO_HEADER = "x-gamma-echo"  # the echo's mark: NAMESPACE/WORKLOAD/POD/PORT
DELAY_HEADER = "x-gamma-echo-delay"
STATUS_HEADER = "x-gamma-echo-status"


@dataclass(frozen=True, slots=True)
class Identity:
    """The pod as the harness knows it."""

    namespace: str
    workload: str
    pod: str

    def mark(self, port: int) -> str:
        """The value of the header that marks every answer of this pod's listener."""
        return f"{self.namespace}/{self.workload}/{self.pod}/{port}"
