"""The JSON schema of files of expectations, for editors. Generated from the model.

``python -m harness.expectations.schema`` writes ``meshes/expectations.schema.json`` anew.
"""

from __future__ import annotations

import json
from typing import Any

from harness.expectations.model import Document
from harness.mesh_profile import MESHES
from harness.scenario.schema import DIALECT, tidy

FILE = MESHES / "expectations.schema.json"


def schema() -> dict[str, Any]:
    """The schema of one file."""
    found = tidy(Document.model_json_schema(by_alias=True, mode="validation"))
    return {"$schema": DIALECT, "title": "GAMMA conformance expectations", **found}


def text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
