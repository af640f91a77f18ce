"""What the mesh says about itself in its Mesh resource. Pure; reading and writing it is `lab.mesh.mesh_resource`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lab.mesh.model.ignoring import NOT_IMPLEMENTED
from lab.mesh.status import CONTROLLER
from spec.features import load

Json = Mapping[str, Any]

NAME = "gamma-lab-mesh"
_ACCEPTED = "Accepted"


def created_mesh() -> dict[str, Any]:
    """The object that the mesh creates: its controller's name and nothing else (mesh-resource.created-spec-minimal)."""
    return {"metadata": {"name": NAME}, "spec": {"controllerName": CONTROLLER}}


def ours(obj: Json) -> bool:
    """Whether the object is about this mesh (mesh-resource.foreign-controller-ignored)."""
    return bool(obj["spec"].get("controllerName") == CONTROLLER)


def supported_features(ignored: Collection[str]) -> list[dict[str, str]]:
    """The features that the mesh has, sorted (mesh-resource.supported-features, supported-features-truthful)."""
    return [{"name": name} for name in sorted(load().keys() - NOT_IMPLEMENTED - set(ignored))]


def desired_status(obj: Json, ignored: Collection[str], now: str) -> dict[str, Any]:
    """The object's `status` as it ought to be, given what is there; conditions of other types are left alone.

    The mesh has no parameters, so that any reference to some is one that it cannot follow
    (mesh-resource.invalid-parameters).
    """
    current = obj.get("status") or {}
    conditions = [dict(each) for each in current.get("conditions") or ()]
    old = next((each for each in conditions if each["type"] == _ACCEPTED), None)
    if wanted := obj["spec"].get("parametersRef"):
        named = f"{wanted.get('kind')} {wanted.get('name')}"
        verdict = ("False", "InvalidParameters", f"{CONTROLLER} takes no parameters, so none from {named}")
    else:  # mesh-resource.accepted
        verdict = ("True", _ACCEPTED, f"Accepted by {CONTROLLER}, the reference mesh of the lab")
    status, reason, message = verdict
    kept = old is not None and old["status"] == status
    condition = {
        "type": _ACCEPTED,
        "status": status,
        "reason": reason,
        "message": message,
        "observedGeneration": obj["metadata"].get("generation", 0),
        "lastTransitionTime": old["lastTransitionTime"] if old is not None and kept else now,
    }
    others = [each for each in conditions if each["type"] != _ACCEPTED]
    return {**current, "conditions": [condition, *others], "supportedFeatures": supported_features(ignored)}
