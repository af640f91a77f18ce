"""The JSON schema of a comparison. Generated from the model.

``python -m reports.compare.schema`` writes ``spec/compare.schema.json`` anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.evidence.schema import DIALECT, plain
from reports.compare.model import Comparison

FILE = Path(__file__).resolve().parents[2] / "spec" / "compare.schema.json"


def schema() -> dict[str, Any]:
    """The schema of what ``gamma compare --format json`` prints."""
    found = plain(Comparison.model_json_schema(mode="serialization"))
    return {"$schema": DIALECT, "title": "A comparison of reports", **found}


def text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
