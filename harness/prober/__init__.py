"""The cluster side of probing: sessions with the agents in the pods, batches of requests, journals of backends."""

from harness.prober.types import Batch, JournalMark, Pod, ProbeError, Roster

__all__ = ["Batch", "JournalMark", "Pod", "ProbeError", "Roster"]
