"""What the API server is told about its own admission, in the ConfigMap by which the mesh is told its defect."""

from __future__ import annotations

import logging

from lab.admission import AS_DEFINED, Admission
from lab.api.store import Change, Store

log = logging.getLogger(__name__)

_MAP = ("gamma-lab-system", "mesh")


class AdmissionOrders:
    """The admission of the defect that is set at present; that of an unknown defect is the conformant one."""

    def __init__(self) -> None:
        self._admission = AS_DEFINED

    def admission(self) -> Admission:
        """How the Gateway API is to be served now."""
        return self._admission

    def follow(self, store: Store) -> None:
        """Obey the ConfigMap from the moment it is stored until it is deleted."""

        def obey(change: Change) -> None:
            metadata = change.new.obj["metadata"]
            if (metadata["namespace"], metadata["name"]) == _MAP:
                gone = change.type == "DELETED"
                defect = "" if gone else str((change.new.obj.get("data") or {}).get("defect") or "")
                self._admission = _admission_of(defect)
                log.info("admission of defect: %s", defect or "none")

        store.table(("", "configmaps")).subscribers[obey] = obey


def _admission_of(defect: str) -> Admission:
    if not defect:
        return AS_DEFINED
    from lab.defects.registry import selectable  # noqa: PLC0415 - all of the mesh's model, which most servers never need

    known = selectable.get(defect)
    return known.decisions.admission if known else AS_DEFINED
