"""How an object of a scenario is changed before it is applied: labels and the profile's ``appProtocol``; no more."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from harness.settings import Settings


def dress(obj: Mapping[str, Any], scenario: str, settings: Settings) -> dict[str, Any]:
    """A copy with our labels and, on Services, the profile's ``appProtocol``; the prefix is mapped before."""
    dressed: dict[str, Any] = copy.deepcopy(dict(obj))
    labels = dressed["metadata"].setdefault("labels", {})
    labels.update(settings.labels(scenario))
    if dressed["kind"] == "Service":
        for port in dressed.get("spec", {}).get("ports", ()):
            wanted = settings.mesh.appProtocol.get(port.get("targetPort", port.get("port")))
            if wanted is not None:
                port["appProtocol"] = wanted
    return dressed
