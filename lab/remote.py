"""The few questions that we ask a running lab from outside, through its API."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Any

import requests

from lab import credentials, state
from lab.config import LabError

_MESH = "/api/v1/namespaces/gamma-lab-system/configmaps/mesh"
_PATIENCE = 5.0
_IN_FORCE_WITHIN = 30.0  # seconds
_LOOK_EVERY = 0.02


def set_defect(lab_dir: Path, defect: str, time_scale: float | None = None) -> None:
    """Tell the mesh which defect to have, and return once it says that it has it, and nothing of the one before.

    ``time_scale`` is the factor on all seconds of defects; None leaves it as it is. Raises LabError, also where the
    mesh does not say so in time.
    """
    turn = secrets.token_hex(4)
    orders = {"defect": defect, "turn": turn}
    if time_scale is not None:
        orders["timeScale"] = f"{time_scale:g}"
    ask(lab_dir, _MESH, {"data": orders})
    end = time.monotonic() + _IN_FORCE_WITHIN
    while _data(lab_dir).get("inForceTurn") != turn:
        if time.monotonic() >= end:
            what = f"the defect {defect}" if defect else "no defect"
            raise LabError(
                f"the lab's mesh has not told within {_IN_FORCE_WITHIN:g} s that it has {what}",
                f"its log is {lab_dir / 'mesh.log'}",
            )
        time.sleep(_LOOK_EVERY)


def defect(lab_dir: Path) -> str:
    """The defect that the mesh is told to have, empty for none. Raises LabError."""
    return _data(lab_dir).get("defect") or ""


def _data(lab_dir: Path) -> dict[str, str]:
    data = ask(lab_dir, _MESH).get("data") or {}
    return {str(key): str(value) for key, value in data.items()}


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
