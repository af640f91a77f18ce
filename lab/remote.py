"""The few questions that we ask a running lab from outside, through its API."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from lab import credentials, state
from lab.config import LabError

_MESH = "/api/v1/namespaces/gamma-lab-system/configmaps/mesh"
_PATIENCE = 5.0


def set_defect(lab_dir: Path, defect: str) -> None:
    """Write the defect that the mesh is to have. Raises LabError."""
    ask(lab_dir, _MESH, {"data": {"defect": defect}})


def defect(lab_dir: Path) -> str:
    """The defect that the mesh has, empty for none. Raises LabError."""
    found = ask(lab_dir, _MESH)
    return str((found.get("data") or {}).get("defect") or "")


def ask(lab_dir: Path, path: str, patch: dict[str, Any] | None = None) -> dict[str, Any]:
    """The object at an API path, after a merge patch if one is given. Raises LabError."""
    kept = state.read(lab_dir)
    if kept is None or not kept.running:
        raise LabError("no lab is running here", "start one: gamma lab up")
    who = credentials.read(lab_dir)
    request = Request(
        f"https://127.0.0.1:{kept.port}{path}",
        method="GET" if patch is None else "PATCH",
        data=None if patch is None else json.dumps(patch).encode(),
        headers={"Authorization": f"Bearer {who.token}", "Content-Type": "application/merge-patch+json"},
    )
    context = ssl.create_default_context(cadata=who.certificates.authority)
    # Without the environment's proxies: the lab is on this machine.
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
    try:
        with opener.open(request, timeout=_PATIENCE) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
    except HTTPError as error:
        raise LabError(f"the lab's API refused {path}: {error.code} {error.reason}") from error
    except (URLError, OSError) as error:
        raise LabError(f"the lab's API does not answer: {error}", f"its logs are in {lab_dir}") from error
