"""Defects in what the area mesh-resource is about."""

from __future__ import annotations

from lab.defects.admission import fixed, lacking
from lab.defects.model import Defect, defect

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
)
