"""What in a cluster is ours, and how it is taken away again. Nothing without our label is ever touched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.cluster import NOT_SERVED, Cluster, ClusterError, Obj, Ref, Selection, wait_for, wait_until
from harness.errors import UsageError
from harness.scenario.model import ROLES
from harness.scenario.shape import KINDS
from harness.settings import OWNER, OWNER_LABEL, PREPARED, RUN_LABEL, SCENARIO_LABEL, STAGE_LABEL, Settings

_LAST = ("Service", "EndpointSlice")  # routes go first: without them their Services are harmless
_OURS = f"{OWNER_LABEL}={OWNER}"
_BY_LENGTH = sorted(ROLES, key=len, reverse=True)
_WORKLOAD_KINDS = {"Deployment": "apps/v1", "ConfigMap": "v1"}


def is_ours(obj: Obj | None) -> bool:
    """Whether an object carries our label."""
    return obj is not None and (obj["metadata"].get("labels") or {}).get(OWNER_LABEL) == OWNER


def is_prepared(obj: Obj | None) -> bool:
    """Whether an object was made for us by an administrator (``gamma stage --print``)."""
    return is_ours(obj) and ((obj or {})["metadata"].get("annotations") or {}).get(PREPARED) == "true"


def prepared(obj: Obj) -> Obj:
    """The same namespace, or object in it, as an administrator prepares it."""
    metadata = obj["metadata"]
    labels = {name: value for name, value in metadata["labels"].items() if name != RUN_LABEL}
    annotations = {**(metadata.get("annotations") or {}), PREPARED: "true"}
    return {**obj, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def prefixes(cluster: Cluster, wanted: str | None) -> list[str]:
    """The prefixes of namespaces of ours: this one and those of its isolated workers, or all. Raises ClusterError."""
    found = set()
    for obj in cluster.select(Selection("v1", "Namespace", labels=_OURS)):
        role = next((role for role in _BY_LENGTH if obj["metadata"]["name"].endswith(role)), None)
        if role is not None:
            found.add(obj["metadata"]["name"].removesuffix(role))
    if wanted is None:
        return sorted(found)
    isolated = re.compile(rf"{re.escape(wanted)}(w[0-9]+-)?")
    return sorted({prefix for prefix in found if isolated.fullmatch(prefix)} | {wanted})


def namespace(name: str) -> Ref:
    """The namespace of this name."""
    return Ref("v1", "Namespace", "", name)


@dataclass(frozen=True)
class Ground:
    """The namespaces of one prefix. Every method raises ClusterError."""

    cluster: Cluster
    settings: Settings
    progress: Callable[[str], None]
    patience: float  # seconds for the end of a namespace

    @property
    def names(self) -> list[str]:
        """The namespaces, whether they exist or not."""
        return [self.settings.namespace(role) for role in ROLES]

    def present(self) -> dict[str, Obj]:
        """Those that exist. Raises UsageError for one that is not ours: nothing may happen in there."""
        found = self._existing()
        for name, obj in found.items():
            if not is_ours(obj):
                raise UsageError(
                    f"the namespace {name} exists and is not ours (it lacks the label {_OURS})",
                    "choose another prefix, --namespace-prefix my-gamma-; or, if it is meant for this, prepare it: "
                    "gamma stage --print | kubectl apply -f -",
                )
        return found

    def wait_for_ending(self, found: dict[str, Obj]) -> None:
        """Wait for those that are just ending."""
        for name, obj in found.items():
            if obj["metadata"].get("deletionTimestamp"):
                self.progress(f"waiting for an earlier namespace {name} to end")
                self._wait_for_end(name)

    def remove_leftovers(self) -> None:
        """Objects of scenarios of an earlier run that was killed; its routes would govern ours."""
        earlier = f"{_OURS},{SCENARIO_LABEL},{RUN_LABEL}!={self.settings.run_id}"
        for ref in self._objects(earlier, {**KINDS, "Deployment": "apps/v1"}):
            self.cluster.delete(ref)

    def belongings(self) -> list[Ref]:
        """What `clear` would delete: our namespaces, and our objects outside of these."""
        whole = {name for name, obj in self._existing().items() if is_ours(obj) and not is_prepared(obj)}
        within = [
            ref
            for ref in self._objects(f"{_OURS},{STAGE_LABEL}={self.settings.stage}", self._kinds())
            if ref.namespace not in whole
        ]
        return [*within, *map(namespace, sorted(whole))]

    def kept(self) -> list[str]:
        """Our namespaces that `clear` leaves, because an administrator prepared them."""
        return [name for name, obj in self._existing().items() if is_prepared(obj)]

    def clear(self) -> list[Ref]:
        """Delete our objects and namespaces and wait until they are gone; prepared namespaces stay."""
        gone = self.belongings()
        for ref in gone:
            self.cluster.delete(ref)
        for ref in gone:
            if ref.kind == "Namespace":
                self.progress(f"waiting for namespace {ref.name} to end")
                self._wait_for_end(ref.name)
        for name in sorted({ref.namespace for ref in gone if ref.kind == "Deployment"}):
            self.progress(f"waiting for our pods in {name} to end")
            pods = Selection("v1", "Pod", name, labels=_OURS)
            wait_until(self.cluster, pods, lambda left: not left, self.patience, f"the end of our pods in {name}")
        return gone

    def _kinds(self) -> dict[str, str]:
        """Every kind that may be ours, with its version: of scenarios, of the stage, and of the mesh's profile."""
        extras = [extra.manifest for extra in self.settings.mesh.afterNamespaces if extra.manifest is not None]
        return {**KINDS, **_WORKLOAD_KINDS, **{str(obj["kind"]): str(obj["apiVersion"]) for obj in extras}}

    def _existing(self) -> dict[str, Obj]:
        return {name: obj for name in self.names if (obj := self.cluster.get(namespace(name))) is not None}

    def _wait_for_end(self, name: str) -> None:
        wait_for(self.cluster, namespace(name), lambda it: it is None, self.patience, f"the end of {name}")

    def _objects(self, labels: str, kinds: dict[str, str]) -> Iterator[Ref]:
        """Objects with these labels in our namespaces, and cluster-scoped ones of this prefix; Services go last."""
        ours = set(self.names)
        for kind in sorted(kinds, key=_LAST.__contains__):
            for obj in self._served(Selection(kinds[kind], kind, labels=labels)):
                if _within(obj, ours, self.settings.stage) and not is_prepared(obj):
                    yield Ref.of(obj)

    def _served(self, selection: Selection) -> list[Obj]:
        """The objects of the selection; none of a kind that this cluster does not know, except HTTPRoutes."""
        try:
            return self.cluster.select(selection)
        except ClusterError as error:
            if error.reason != NOT_SERVED or selection.kind == "HTTPRoute":
                raise
            return []


def _within(obj: Obj, namespaces: set[str], stage: str) -> bool:
    place = obj["metadata"].get("namespace")
    return place in namespaces if place else (obj["metadata"].get("labels") or {}).get(STAGE_LABEL) == stage
