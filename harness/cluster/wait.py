"""Waiting for objects by watch; nothing here polls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.cluster.model import SYNCED, Cluster, ClusterError, Obj, Ref, Selection

Items = Mapping[tuple[str, str], Obj]
"""Objects by (namespace, name)."""


class WaitTimeoutError(ClusterError):
    """What was waited for did not come in time; ``items`` is the last state seen."""

    def __init__(self, what: str, timeout: float, items: Items) -> None:
        super().__init__(f"waited {timeout:g} s in vain for {what}", reason="Timeout")
        self.items = dict(items)


@dataclass
class Stop:
    """Ends watches, one a thread, at a deadline, or at once from another thread by ``set``."""

    deadline: float = float("inf")  # by time.monotonic
    _set: threading.Event = field(default_factory=threading.Event)
    _cuts: dict[int, Callable[[], None]] = field(default_factory=dict)  # by the thread that reads
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def after(cls, seconds: float) -> Stop:
        """A stop that comes by itself."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left; 0 once set."""
        return 0.0 if self._set.is_set() else self.deadline - time.monotonic()

    def pause(self, seconds: float) -> None:
        """Sleep, but no longer than until the end."""
        self._set.wait(max(0.0, min(seconds, self.remaining())))

    def attach(self, cut: Callable[[], None] | None) -> None:
        """Register what unblocks the reader, this thread; called at once if the stop was set meanwhile."""
        with self._lock:
            if cut is None:
                self._cuts.pop(threading.get_ident(), None)
            else:
                self._cuts[threading.get_ident()] = cut
            late = self._set.is_set() and cut is not None
        if late and cut is not None:
            cut()

    def set(self) -> None:
        """End the watches now."""
        with self._lock:
            self._set.set()
            cuts = list(self._cuts.values())
        for cut in cuts:
            cut()


def wait_until(
    cluster: Cluster, selection: Selection, ready: Callable[[Items], bool], timeout: float, what: str
) -> Items:
    """Watch until ``ready`` holds for all objects of the selection together, at first when the list is complete.

    Raises WaitTimeoutError with the last state, and ClusterError when the API fails.
    """
    items: dict[tuple[str, str], Obj] = {}
    synced = False
    for event in cluster.watch(selection, Stop.after(timeout)):
        if event.type == SYNCED:
            synced = True
        else:
            key = (event.object["metadata"].get("namespace", ""), event.object["metadata"]["name"])
            if event.type == "DELETED":
                items.pop(key, None)
            else:
                items[key] = event.object
        if synced and ready(items):
            return items
    raise WaitTimeoutError(what, timeout, items)


def wait_for(cluster: Cluster, ref: Ref, ready: Callable[[Obj | None], bool], timeout: float, what: str = "") -> None:
    """Watch one object until ``ready`` holds; None stands for an object that does not exist.

    Raises WaitTimeoutError and ClusterError.
    """
    key = (ref.namespace, ref.name)
    wait_until(cluster, ref.selection, lambda items: ready(items.get(key)), timeout, what or str(ref))
