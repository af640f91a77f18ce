"""How an object of a scenario is changed before it is applied: our labels, and what only the profile knows; no more."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from harness.scenario.derived import is_of_the_mesh
from harness.settings import Settings


def dress(obj: Mapping[str, Any], scenario: str, settings: Settings) -> dict[str, Any]:
    """A copy with our labels; the prefix is mapped before.

    Services get the profile's ``appProtocol``, Mesh objects of the mesh the name of its controller.
    """
    dressed: dict[str, Any] = copy.deepcopy(dict(obj))
    labels = dressed["metadata"].setdefault("labels", {})
    labels.update(settings.labels(scenario))
    if is_of_the_mesh(dressed) and settings.mesh.meshResource.controllerName:
        dressed["spec"]["controllerName"] = settings.mesh.meshResource.controllerName
    if dressed["kind"] == "Service":
        for port in dressed.get("spec", {}).get("ports", ()):
            wanted = settings.mesh.appProtocol.get(port.get("targetPort", port.get("port")))
            if wanted is not None:
                port["appProtocol"] = wanted
    return dressed
