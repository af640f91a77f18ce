"""The JSON schema of mesh profiles, for editors. Generated from the model.

``python -m harness.mesh_profile.schema`` writes ``meshes/profile.schema.json`` anew.
"""

from __future__ import annotations

import json
from typing import Any

from harness.mesh_profile.model import MeshProfile
from harness.mesh_profile.reading import MESHES
from harness.scenario.schema import DIALECT, tidy
from spec import features

FILE = MESHES / "profile.schema.json"


def schema() -> dict[str, Any]:
    """The schema of one profile."""
    found = tidy(MeshProfile.model_json_schema(by_alias=True, mode="validation"))
    lists = found["$defs"]["Features"]["properties"]
    for name in ("claimed", "disclaimed"):
        lists[name]["items"] = {"enum": [*features.load()]}
    found["required"] = []  # the name is the file's unless it says otherwise
    return {"$schema": DIALECT, "title": "GAMMA mesh profile", **found}


def text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
