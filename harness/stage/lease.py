"""One run at a time for each prefix: a ConfigMap that the run refreshes while it lives.

Whether a holder lives is told by watching its note change, never by comparing clocks of two machines; a process of this
machine that has ended is known at once.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

from harness.cluster import Cluster, ClusterError, Obj, Ref
from harness.errors import TargetError
from harness.settings import Settings
from harness.stage.holder import Holder

LEASE = "gamma-run"
BEAT = 3.0  # seconds between two signs of life
STALE = 15.0  # seconds without one after which a run counts as ended
_LOOK_EVERY = 0.5
_CONFLICT = 409


class Lease:
    """This run's hold on its prefix."""

    def __init__(
        self,
        cluster: Cluster,
        settings: Settings,
        progress: Callable[[str], None],
        *,
        on_lost: Callable[[str], None] | None = None,
        beat: float = BEAT,
        stale: float = STALE,
    ) -> None:
        self._cluster = cluster
        self._settings = settings
        self._progress = progress
        self._beat, self._stale = beat, stale
        self._on_lost = on_lost
        self._ref = Ref("v1", "ConfigMap", settings.stage, LEASE)
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self._mine: Obj | None = None
        self.lost = ""
        """Why the prefix is no longer ours; empty while it is."""

    @property
    def held(self) -> bool:
        """Whether the prefix is ours now."""
        return self._mine is not None and not self.lost

    def refuse_if_taken(self) -> None:
        """Raises TargetError where a run that lives uses the prefix; waits a while where only time can tell."""
        found = self._cluster.get(self._ref)
        if found is not None and not self._is_mine(found) and self._lives(found):
            raise self._taken(found)

    def acquire(self) -> None:
        """Take the prefix, from a run that has ended if need be, and show from now on that this run lives.

        Raises TargetError where a run that lives has it. The namespace must exist.
        """
        note = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": LEASE, "namespace": self._ref.namespace, "labels": self._settings.labels()},
            "data": {**Holder.here(self._settings.run_id).note(), "beat": "0"},
        }
        for _ in range(3):  # a few, because somebody else may do the same at the same time
            try:
                self._mine = self._cluster.create(note)
                break
            except ClusterError as error:
                if error.code != _CONFLICT:
                    raise
            found = self._cluster.get(self._ref)
            if found is not None and self._is_mine(found):  # a create that was repeated after its answer got lost
                self._mine = found
                break
            if found is not None:
                self._take_from(found)
        else:
            raise self._taken(self._cluster.get(self._ref))
        if self._thread is None:
            self._thread = threading.Thread(target=self._refresh, name="lease", daemon=True)
            self._thread.start()

    def release(self) -> None:
        """Give the prefix back; may be called again. Raises ClusterError."""
        self._end.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()
        mine, self._mine = self._mine, None
        if mine is not None and not self.lost:
            try:
                self._cluster.delete(self._ref, uid=mine["metadata"]["uid"])
            except ClusterError as error:
                if error.code != _CONFLICT:  # somebody else's by now
                    raise

    def _take_from(self, found: Obj) -> None:
        if self._lives(found):
            raise self._taken(found)
        self._progress(f"taking {self._settings.namespace_prefix}* over from {_holder(found)}, which has ended")
        try:
            self._cluster.delete(self._ref, uid=found["metadata"]["uid"])
        except ClusterError as error:
            if error.code != _CONFLICT:
                raise

    def _lives(self, found: Obj) -> bool:
        if _holder(found).is_gone():
            return False
        self._progress(f"asking whether {_holder(found)} still uses {self._settings.namespace_prefix}*")
        for _ in range(max(1, round(self._stale / _LOOK_EVERY))):
            self._end.wait(min(_LOOK_EVERY, self._stale))
            now = self._cluster.get(self._ref)
            if now is None:
                return False
            if _version(now) != _version(found):
                return True
        return False

    def _is_mine(self, found: Obj) -> bool:
        return _holder(found) == Holder.here(self._settings.run_id)

    def _taken(self, found: Obj | None) -> TargetError:
        prefix = self._settings.namespace_prefix
        by = f" by {_holder(found)}" if found is not None else ""
        return TargetError(
            f"the namespaces {prefix}* are in use{by}",
            "wait until it ends, or play beside it with another prefix: --namespace-prefix my-gamma-",
        )

    def _refresh(self) -> None:
        for number in itertools.count(1):
            if self._end.wait(self._beat) or self._mine is None:
                return
            try:
                self._mine = self._cluster.patch(self._ref, {"data": {"beat": str(number)}}, _version(self._mine))
            except ClusterError as error:
                if error.code in (404, _CONFLICT) and not self._still_ours():
                    self.lost = f"another run, or gamma clean, took the namespaces {self._settings.namespace_prefix}*"
                    if self._on_lost:
                        self._on_lost(self.lost)
                    return
                # Otherwise the API may come back; who takes the prefix meanwhile changes the version.

    def _still_ours(self) -> bool:
        """Whether the note is there and ours after all: a beat that was repeated after its answer got lost."""
        try:
            found = self._cluster.get(self._ref)
        except ClusterError:
            return True  # not known; the next beat will tell
        if found is None or not self._is_mine(found):
            return False
        self._mine = found
        return True


def holder_of(cluster: Cluster, stage: str) -> Obj | None:
    """The note of whoever holds a stage. Raises ClusterError."""
    return cluster.get(Ref("v1", "ConfigMap", stage, LEASE))


def _holder(found: Obj) -> Holder:
    return Holder.read(found.get("data") or {})


def _version(found: Obj) -> str:
    return str(found["metadata"].get("resourceVersion", ""))
