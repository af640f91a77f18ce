"""The harness's end of probing: batches sent from inside the cluster, and what backends saw of them."""

from harness.prober.prober import Prober
from harness.prober.running import Running
from harness.prober.types import Batch, JournalMark, Pod, ProbeError

__all__ = ["Batch", "JournalMark", "Pod", "ProbeError", "Prober", "Running"]
