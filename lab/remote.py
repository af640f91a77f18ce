"""The few questions that we ask a running lab from outside, through its API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests

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
    headers = {"Authorization": f"Bearer {who.token}", "Content-Type": "application/merge-patch+json"}
    with requests.Session() as session:
        session.trust_env = False  # the lab is on this machine: no proxy of the environment's
        try:
            response = session.request(
                "GET" if patch is None else "PATCH",
                f"https://127.0.0.1:{kept.port}{path}",
                json=patch,
                headers=headers,
                verify=str(lab_dir / "tls" / "ca.crt"),
                timeout=_PATIENCE,
            )
            answer: dict[str, Any] = response.json()
        except (requests.RequestException, OSError, ValueError) as error:
            raise LabError(f"the lab's API does not answer: {error}", f"its logs are in {lab_dir}") from error
    if not response.ok:
        raise LabError(f"the lab's API refused {path}: {response.status_code} {answer.get('message', '')}")
    return answer
