"""Defects in what the area mesh-resource is about."""

from __future__ import annotations

from typing import Any

from lab.defects.admission import fixed, lacking, rewriting
from lab.defects.model import Defect, defect
from lab.mesh.model.published import NAME, ours

Json = dict[str, Any]


def _only_its_own(obj: Json) -> bool:
    return ours(obj) and obj["metadata"]["name"] == NAME


def _any(obj: Json) -> bool:  # noqa: ARG001 - the point of it
    return True


def _not_pending(obj: Json) -> None:
    """Take out conditions that nobody has written."""
    status = obj.get("status") or {}
    if all(each["reason"] == "Pending" for each in status.get("conditions") or ()):
        status.pop("conditions", None)


def _accepted(obj: Json, wanted: Json, **fields: Any) -> Json:
    """The status in which the condition Accepted says something else."""
    conditions = []
    for condition in wanted["conditions"]:
        made = {**condition, **fields} if condition["type"] == "Accepted" else condition
        old = _written(obj)
        same = old is not None and old["status"] == made["status"]
        conditions.append({**made, "lastTransitionTime": old["lastTransitionTime"]} if old and same else made)
    return {**wanted, "conditions": conditions}


def _written(obj: Json) -> Json | None:
    """The condition Accepted that stands there, if the mesh has written it."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    found = next((each for each in conditions if each["type"] == "Accepted"), None)
    return found if found and found["status"] != "Unknown" else None


def _is_invalid(wanted: Json) -> bool:
    return any(each["reason"] == "InvalidParameters" for each in wanted["conditions"])


def _features_reversed(obj: Json, wanted: Json) -> Json:  # noqa: ARG001
    return {**wanted, "supportedFeatures": wanted["supportedFeatures"][::-1]}


def _no_features(obj: Json, wanted: Json) -> Json:  # noqa: ARG001
    return {name: value for name, value in wanted.items() if name != "supportedFeatures"}


def _own_reason(obj: Json, wanted: Json) -> Json:
    return wanted if _is_invalid(wanted) else _accepted(obj, wanted, reason="Programmed")


def _no_message(obj: Json, wanted: Json) -> Json:
    return _accepted(obj, wanted, message="")


def _first_generation(obj: Json, wanted: Json) -> Json:
    old = _written(obj)
    return _accepted(obj, wanted, observedGeneration=old["observedGeneration"]) if old else wanted


def _parameters_ignored(obj: Json, wanted: Json) -> Json:
    fine = {"status": "True", "reason": "Accepted", "message": "Accepted"}
    return _accepted(obj, wanted, **fine) if _is_invalid(wanted) else wanted


def _unknown_kinds_ignored(obj: Json, wanted: Json) -> Json:
    known = (obj["spec"].get("parametersRef") or {}).get("kind") == "ConfigMap"
    return wanted if known else _parameters_ignored(obj, wanted)


def _parameters_read_once(obj: Json, wanted: Json) -> Json:
    old = _written(obj)
    if old is None:
        return wanted
    return _accepted(obj, wanted, **{name: old[name] for name in ("status", "reason", "message")})


def _invalid_for_ever(obj: Json, wanted: Json) -> Json:
    old = _written(obj)
    if old is None or old["reason"] != "InvalidParameters":
        return wanted
    return _accepted(obj, wanted, status="False", reason="InvalidParameters", message=old["message"])


def _parameters_demanded(obj: Json, wanted: Json) -> Json:
    if _is_invalid(wanted):
        return wanted
    missing = {"status": "False", "reason": "InvalidParameters", "message": "parametersRef is missing"}
    return _accepted(obj, wanted, **missing)


def _fills_in(obj: Json) -> Json:
    return _described(obj) if _mesh(obj) and ours(obj) and not obj["spec"].get("description") else obj


def _takes_over(obj: Json) -> Json:
    return _described(obj) if _mesh(obj) and not ours(obj) else obj


def _described(obj: Json) -> Json:
    return {**obj, "spec": {**obj["spec"], "description": "Managed by the reference mesh"}}


def _mesh(obj: Json) -> bool:
    return obj.get("kind") == "XMesh"


def _puts_back(obj: Json) -> Json:
    return _without(obj, "description")


def _takes_out(obj: Json) -> Json:
    return _without(obj, "parametersRef")


def _without(obj: Json, field: str) -> Json:
    if not _mesh(obj) or not ours(obj):
        return obj
    return {**obj, "spec": {name: value for name, value in obj["spec"].items() if name != field}}


DEFECTS: tuple[Defect, ...] = (
    defect(
        "mesh-can-change-hands",
        "The API lets the controllerName of a Mesh be changed",
        breaks=("mesh-resource.controller-name-rules",),
        cause="The definition comes from the mesh's own chart, whose generator drops rules about changes.",
        admission=lacking("XMesh", "immutable"),
    ),
    defect(
        "mesh-of-nobody",
        "The API takes a Mesh that does not name its controller",
        breaks=("mesh-resource.controller-name-rules",),
        cause="The definition comes from the mesh's own chart, in which the only controller goes without saying.",
        admission=lacking("XMesh", "required", field="spec.controllerName"),
    ),
    defect(
        "mesh-controller-without-domain",
        "The API takes any word for the name of a Mesh's controller",
        breaks=("mesh-resource.controller-name-rules",),
        cause="The patterns were taken out of the definitions, because an old API server could not compile them.",
        admission=lacking("XMesh", "pattern", field="spec.controllerName"),
    ),
    defect(
        "mesh-set-in-stone",
        "The API lets nothing in the spec of a Mesh be changed",
        breaks=("mesh-resource.controller-name-rules",),
        cause="The rule that the name is immutable was put at the spec instead of at the name.",
        admission=fixed("XMesh", "description"),
    ),
    defect(
        "mesh-begins-without-status",
        "A Mesh that no controller has looked at has no conditions",
        breaks=("mesh-resource.default-pending",),
        cause="The definition was generated without defaults below status.",
        admission=rewriting("XMesh", _not_pending),
    ),
    defect(
        "mesh-sees-its-own-object-only",
        "The mesh looks at no Mesh object but the one that it has made",
        breaks=("mesh-resource.accepted", "mesh-resource.supported-features"),
        cause="The object is fetched by its name, where objects with its controllerName were meant.",
        mesh_is_ours=_only_its_own,
    ),
    defect(
        "mesh-judges-objects-of-others",
        "The mesh writes status into Mesh objects of other controllers",
        breaks=("mesh-resource.foreign-controller-ignored", "mesh-resource.default-pending"),
        cause="The mesh takes itself for the only one in its cluster and does not compare names.",
        mesh_is_ours=_any,
    ),
    defect(
        "mesh-takes-over-objects-of-others",
        "The mesh fills in the spec of Mesh objects of other controllers",
        breaks=("mesh-resource.foreign-controller-ignored",),
        cause="An installer applies its own values to every object of the kind that it finds.",
        rewrites=_takes_over,
    ),
    defect(
        "mesh-features-unsorted",
        "The features of a Mesh are not in alphabetical order",
        breaks=("mesh-resource.supported-features",),
        cause="They stand in the order in which they were added to the code.",
        mesh_status=_features_reversed,
    ),
    defect(
        "mesh-features-missing",
        "The status of a Mesh lists no features",
        breaks=("mesh-resource.supported-features",),
        cause="The list is written for the GatewayClass, and nobody thought of the mesh.",
        mesh_status=_no_features,
    ),
    defect(
        "mesh-accepted-for-own-reason",
        "An accepted Mesh has a reason of the mesh's own",
        breaks=("mesh-resource.accepted",),
        cause="The mesh had reasons of its own before the specification had any.",
        mesh_status=_own_reason,
    ),
    defect(
        "mesh-accepted-without-a-message",
        "An accepted Mesh does not tell which instance has accepted it",
        breaks=("mesh-resource.accepted",),
        cause="Messages are written for errors alone.",
        mesh_status=_no_message,
    ),
    defect(
        "mesh-generation-of-the-first-verdict",
        "The status of a Mesh stays with the generation that it was first written for",
        breaks=("mesh-resource.accepted", "mesh-resource.reacts-without-restart"),
        cause="The generation is noted when the mesh starts.",
        mesh_status=_first_generation,
    ),
    defect(
        "mesh-fills-in-the-spec",
        "The mesh writes a description into Mesh objects that have none",
        breaks=("mesh-resource.spec-never-modified",),
        cause="Defaults are written back into the object, to be seen.",
        rewrites=_fills_in,
    ),
    defect(
        "mesh-puts-back-the-spec",
        "The mesh takes descriptions out of its Mesh objects",
        breaks=("mesh-resource.spec-never-modified",),
        cause="The operator owns the object and brings it back to what its chart says.",
        rewrites=_puts_back,
    ),
    defect(
        "mesh-takes-out-parameters",
        "The mesh removes references to parameters that it cannot use",
        breaks=("mesh-resource.spec-never-modified", "mesh-resource.invalid-parameters"),
        cause="What is invalid is repaired, so that the mesh can go on.",
        rewrites=_takes_out,
    ),
    defect(
        "mesh-parameters-ignored",
        "A reference to parameters that do not exist makes no difference",
        breaks=("mesh-resource.invalid-parameters",),
        cause="The field was added to the type, and its reader was left for later.",
        mesh_status=_parameters_ignored,
    ),
    defect(
        "mesh-parameters-of-unknown-kinds-ignored",
        "Parameters of a kind that the mesh does not know make no difference",
        breaks=("mesh-resource.invalid-parameters",),
        cause="The reader looks for its own kind and takes anything else for none.",
        mesh_status=_unknown_kinds_ignored,
    ),
    defect(
        "mesh-parameters-read-once",
        "A Mesh is judged when it is first seen, and never again",
        breaks=("mesh-resource.reacts-without-restart", "mesh-resource.invalid-parameters"),
        cause="Parameters are read at start-up, and only a restart reads them anew.",
        mesh_status=_parameters_read_once,
    ),
    defect(
        "mesh-invalid-for-ever",
        "A Mesh whose parameters were invalid once stays invalid",
        breaks=("mesh-resource.reacts-without-restart",),
        cause="After an error the object is not looked at again until the mesh is restarted.",
        mesh_status=_invalid_for_ever,
    ),
    defect(
        "mesh-parameters-demanded",
        "A Mesh without parameters is invalid",
        breaks=("mesh-resource.accepted",),
        cause="The mesh cannot run on its defaults, and the field is optional in the API only.",
        mesh_status=_parameters_demanded,
    ),
)
