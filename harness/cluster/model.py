"""What the rest of the harness may ask of a cluster. Pure types; the real one is ``kube.KubeCluster``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from harness.errors import TargetError

Obj = dict[str, Any]
"""A Kubernetes object, as JSON."""

SYNCED = "SYNCED"
"""Event type that ends the list with which every watch begins."""


NOT_SERVED = "NotServed"
"""The reason of an error about a kind, or a version of it, that the cluster does not know."""


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """Names one object; ``namespace`` is empty for cluster-scoped ones."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, obj: Mapping[str, Any]) -> Ref:
        """The name of an object that carries apiVersion, kind and metadata."""
        metadata = obj["metadata"]
        return cls(obj["apiVersion"], obj["kind"], metadata.get("namespace", ""), metadata["name"])

    @property
    def selection(self) -> Selection:
        """The selection that holds this object alone."""
        return Selection(self.api_version, self.kind, self.namespace, fields=f"metadata.name={self.name}")

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {place}{self.name}"


@dataclass(frozen=True, slots=True)
class Selection:
    """A set of objects of one kind; an empty namespace means all of them."""

    api_version: str
    kind: str
    namespace: str = ""
    labels: str = ""
    fields: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A change seen by a watch: ADDED, MODIFIED, DELETED, or SYNCED (then without object)."""

    type: str
    object: Obj


@dataclass(frozen=True, slots=True, order=True)
class Wish:
    """Something that one may want to do with the API; an empty namespace means everywhere."""

    verb: str
    group: str
    resource: str
    subresource: str = ""
    namespace: str = ""
    name: str = ""


class ClusterError(TargetError):
    """The API answered with an error, or not at all; ``code`` is the HTTP status, 0 without an answer."""

    def __init__(self, message: str, hint: str = "", *, code: int = 0, reason: str = "") -> None:
        super().__init__(message, hint)
        self.code = code
        self.reason = reason

    @property
    def passing(self) -> bool:
        """Whether the same request may well succeed in a moment: no answer, throttled, or the server's own fault."""
        return self.code in (0, 429) or self.code >= 500


class Refused(ClusterError):
    """Schema or admission refused an object (400, 422); the message is the API's own."""


class Interrupt(Protocol):
    """Tells a watch when to give up: ``harness.cluster.wait.Stop``."""

    def remaining(self) -> float:
        """Seconds until the deadline, 0 or less when it is time to end."""

    def pause(self, seconds: float) -> None:
        """Sleep, but no longer than until the end."""

    def attach(self, cut: Any) -> None:
        """Register the function that unblocks a reading watch, or None when there is nothing to unblock."""


class Cluster(Protocol):
    """Access to one cluster. Thread-safe. Every method raises ClusterError."""

    @property
    def server(self) -> str:
        """The API server's URL."""

    def apply(self, obj: Obj, *, dry_run: bool = False) -> Obj:
        """Server-side apply with our field manager, taking over conflicting fields; returns the stored object."""

    def patch_status(self, ref: Ref, status: Mapping[str, Any], version: str) -> Obj:
        """Merge into the status of an object that still has this resourceVersion, as somebody else than us.

        Raises ClusterError with the code 409 where it has been changed meanwhile.
        """

    def create(self, obj: Obj) -> Obj:
        """Create an object; raises ClusterError with the code 409 where it exists already."""

    def patch(self, ref: Ref, changes: Mapping[str, Any], version: str) -> Obj:
        """Merge into an object that still has this resourceVersion; ClusterError 409 where it has been changed."""

    def get(self, ref: Ref) -> Obj | None:
        """The object, or None where it does not exist."""

    def select(self, selection: Selection) -> list[Obj]:
        """All objects of the selection."""

    def delete(self, ref: Ref, *, uid: str = "") -> bool:
        """Delete in the background; False where there was nothing.

        With ``uid`` only the object that has it: raises ClusterError with the code 409 for another one.
        """

    def watch(self, selection: Selection, stop: Interrupt) -> Iterator[Event]:
        """The present objects as ADDED, one SYNCED, then changes as they happen, until ``stop`` says so.

        Survives cut streams and expired resource versions; after a relist an object may come as ADDED again, and
        objects that vanished meanwhile come as DELETED.
        """

    def allows(self, wish: Wish) -> bool:
        """Whether we may do this, by a SelfSubjectAccessReview."""

    def version(self) -> dict[str, str]:
        """The API server's ``/version``."""

    def named(self, scenario: str) -> Cluster:
        """The same cluster, with a User-Agent that names the scenario."""
