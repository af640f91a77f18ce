"""What stands in the status of an object: entries, conditions, whose they are, and the same in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.cluster import Obj

Entry = Mapping[str, Any]
ParentRef = tuple[str, str, str, str, str, int]
"""Group, kind, namespace, name, section and port, with what is meant where a field is left out."""

GATEWAY_GROUP = "gateway.networking.k8s.io"


@dataclass(frozen=True, slots=True)
class Written:
    """What a step wrote to a status, as the API stored it: an entry of its own, or a condition in the mesh's entry."""

    entry: Entry | None = None
    condition: Entry | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What judging needs besides the object."""

    controller: str = ""  # the mesh's name in entries; empty where neither the profile nor an earlier entry tells it
    written: Mapping[str, Written] = field(default_factory=dict)  # by the name of the patchStatus step

    @property
    def foreign(self) -> frozenset[str]:
        """Controllers that we wrote entries for."""
        return frozenset(str(one.entry.get("controllerName")) for one in self.written.values() if one.entry is not None)

    @property
    def extra(self) -> frozenset[str]:
        """Types of the conditions that we added."""
        return frozenset(str(one.condition.get("type")) for one in self.written.values() if one.condition is not None)


def reference(ref: Entry, namespace: str) -> ParentRef:
    """A parentRef with everything that goes without saying."""
    return (
        str(ref.get("group", GATEWAY_GROUP)),
        str(ref.get("kind", "Gateway")),
        str(ref.get("namespace") or namespace),
        str(ref.get("name", "")),
        str(ref.get("sectionName") or ""),
        int(ref.get("port") or 0),
    )


def is_route(obj: Obj) -> bool:
    """Whether the status of the object has entries by parent."""
    return str(obj.get("kind", "")).endswith("Route")


def status_of(obj: Obj) -> Mapping[str, Any]:
    """The status; empty where nobody wrote any."""
    return obj.get("status") or {}


def entries_of(obj: Obj) -> list[Entry]:
    """The entries of a route by parent, of all controllers."""
    return [entry for entry in status_of(obj).get("parents") or () if isinstance(entry, Mapping)]


def is_mesh(entry: Entry, known: Known) -> bool:
    """Whether the entry is the mesh's, as far as can be told."""
    name = str(entry.get("controllerName", ""))
    return name == known.controller if known.controller else name not in known.foreign


def is_stale(condition: Entry, generation: Any) -> bool:
    """Whether the condition is about an earlier spec, or tells none; one that awaits a controller has none."""
    about = condition.get("observedGeneration")
    if about is None and condition.get("status") == "Unknown":
        return False
    return generation is not None and about != generation


def describe(obj: Obj | None, known: Known | None = None) -> str:
    """The status as one line: ``Service x: Accepted=True, ResolvedRefs=False (BackendNotFound)``."""
    if obj is None:
        return "the object does not exist"
    generation = obj["metadata"].get("generation")
    if not is_route(obj):
        return _all_called(status_of(obj).get("conditions") or (), generation) or "no conditions"
    parts = []
    for entry in entries_of(obj):
        ref = entry.get("parentRef") or {}
        port = f" port {ref['port']}" if ref.get("port") else ""
        own = known is None or is_mesh(entry, known)
        whose = "" if own else f" [{entry.get('controllerName')}]"
        conditions = _all_called(entry.get("conditions") or (), generation) or "no conditions"
        parts.append(f"{ref.get('kind', 'Gateway')} {ref.get('name')}{port}{whose}: {conditions}")
    return "; ".join(parts) or "no entries"


def for_parent(ref: Entry) -> str:
    """``for Service x port 80``."""
    place = f"{ref['namespace']}/" if ref.get("namespace") else ""
    port = f" port {ref['port']}" if ref.get("port") else ""
    section = f" section {ref['sectionName']}" if ref.get("sectionName") else ""
    return f"for {ref.get('kind', 'Gateway')} {place}{ref.get('name')}{port}{section}"


def called(condition: Entry) -> str:
    """``ResolvedRefs=False (BackendNotFound)``."""
    reason = f" ({condition['reason']})" if condition.get("reason") else ""
    return f"{condition.get('type')}={condition.get('status')}{reason}"


def _all_called(conditions: Iterable[Entry], generation: Any) -> str:
    return ", ".join(
        called(one) + (f" of generation {one.get('observedGeneration')}" if is_stale(one, generation) else "")
        for one in conditions
    )
