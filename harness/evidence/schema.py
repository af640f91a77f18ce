"""The JSON schema of a line of ``report.jsonl``, for programs that read it. Generated from the model.

``python -m harness.evidence.schema`` writes ``spec/report.schema.json`` anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from harness.evidence.model import CheckRecord, Footer, Header, ScenarioRecord

FILE = Path(__file__).resolve().parents[2] / "spec" / "report.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: How `pydantic` marks a union by a field; JSON Schema has no such word.
_FOREIGN = "discriminator"


def schema() -> dict[str, Any]:
    """The schema of one line: a header, a scenario, a check or a footer, told by ``record``."""
    record = Annotated[Header | ScenarioRecord | CheckRecord | Footer, Field(discriminator="record")]
    found = plain(TypeAdapter[Any](record).json_schema())
    for kind in ("Header", "ScenarioRecord", "CheckRecord", "Footer"):
        found["$defs"][kind]["required"] = ["record", *found["$defs"][kind].get("required", ())]
    return {
        "$schema": DIALECT,
        "title": "A line of report.jsonl",
        "description": "First the header, then scenarios and checks as they end, last the footer.",
        **found,
    }


def plain(node: Any) -> Any:
    """Without generated titles and foreign words, with the descriptions' markup as in Markdown."""
    if isinstance(node, list):
        return [plain(item) for item in node]
    if not isinstance(node, dict):
        return node.replace("``", "`") if isinstance(node, str) else node
    return {
        key: {name: plain(value) for name, value in item.items()} if key in ("properties", "$defs") else plain(item)
        for key, item in node.items()
        if not (key == "title" and isinstance(item, str)) and key != _FOREIGN
    }


def text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
