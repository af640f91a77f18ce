"""Which object a check or a step means by ``HTTPRoute/NAME``. Pure."""

from __future__ import annotations

from harness.scenario.derived import Obj, applied_objects, identity, manifests_at
from harness.scenario.model import Scenario
from harness.scenario.shape import KINDS
from harness.scenario.suggest import suggest

#: The mesh's own object of this kind, which no scenario applies, goes by this name.
OWN = "own"
_ALIASES = {"Mesh": "XMesh"}


def kind_of(of: str) -> str:
    """The kind that ``KIND/NAME`` means."""
    kind = of.partition("/")[0]
    return _ALIASES.get(kind, kind)


def named_object(scenario: Scenario, of: str, steps: int | None = None) -> Obj:
    """The object that the scenario applies under this name; of the mesh's own a stub.

    As it is after so many steps, or else as it was last applied.

    Raises ValueError with the reason where there is none, or more than one.
    """
    kind, rest = kind_of(of), of.partition("/")[2]
    namespace, _, name = rest.rpartition("/")
    if kind == "XMesh" and rest == OWN:
        return {"apiVersion": KINDS[kind], "kind": kind, "metadata": {"name": OWN}}
    found = {
        identity(obj): obj
        for obj in (applied_objects(scenario) if steps is None else manifests_at(scenario, steps))
        if obj.get("kind") == kind and identity(obj)[2] == name and namespace in ("", identity(obj)[1])
    }
    if not found:
        known = sorted({f"{one[0]}/{one[2]}" for one in map(identity, applied_objects(scenario))})
        raise ValueError(f"no step applies {of}; {suggest(f'{kind}/{name}', known)}")
    if len(found) > 1:
        raise ValueError(f"{of} is in several namespaces: write {kind}/NAMESPACE/{name}")
    return next(iter(found.values()))


def is_own_mesh(obj: Obj) -> bool:
    """Whether the mesh's own Mesh object is meant."""
    return obj.get("kind") == "XMesh" and obj["metadata"]["name"] == OWN
