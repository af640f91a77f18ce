"""The JSON schema of scenario files, for editors: completion, hover texts, first mistakes. Generated from the model.

``python -m harness.scenario.schema`` writes ``spec/scenario.schema.json`` anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.scenario.basics import ROLES
from harness.scenario.model import VERBS, Scenario
from harness.scenario.places import CLIENTS, ECHOES
from harness.scenario.rules.names import BLAMED
from harness.scenario.shape import KINDS

FILE = Path(__file__).resolve().parents[2] / "spec" / "scenario.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def schema() -> Schema:
    """The schema of one scenario file."""
    found = tidy(Scenario.model_json_schema(by_alias=True, mode="validation"))
    definitions = found["$defs"]
    found["properties"]["manifests"]["additionalProperties"]["items"] = _manifest()
    definitions["Probe"]["properties"]["from"] = _one_or_many(definitions["Probe"]["properties"]["from"], _clients())
    definitions["Apply"]["properties"]["fence"] = _one_or_many(definitions["Apply"]["properties"]["fence"], _clients())
    found["properties"]["steps"]["items"] = _step()
    definitions["Check"]["properties"]["ifInstead"]["propertyNames"] = {
        "description": f"An outcome of this scenario, or {', '.join(BLAMED)}."
    }
    return {"$schema": DIALECT, "title": "GAMMA conformance scenario", **found}


def text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def tidy(node: Any) -> Any:
    """Without generated titles and null alternatives (what is optional is left out); other keys are errors."""
    if isinstance(node, list):
        return [tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("description"), str):
        node = {**node, "description": node["description"].replace("``", "`")}
    kept = {
        key: {name: tidy(value) for name, value in item.items()} if key in ("properties", "$defs") else tidy(item)
        for key, item in node.items()
        if not (key == "title" and isinstance(item, str)) and not (key == "default" and item is None)
    }
    for pattern, value in kept.pop("patternProperties", {}).items():
        kept["propertyNames"] = {**kept.get("propertyNames", {}), "pattern": pattern}
        kept["additionalProperties"] = value
    options = kept.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        rest = [option for option in options if option != {"type": "null"}]
        kept.pop("anyOf")
        kept = {**(rest[0] if len(rest) == 1 else {"anyOf": rest}), **kept}
    return kept


def _clients() -> list[str]:
    second = [f"{role}/{name}" for role in ROLES for name in CLIENTS[role] if name != "client"]
    return [*ROLES, *second]


def _one_or_many(field: Schema, words: list[str]) -> Schema:
    item = {"type": "string", "enum": words}
    return {
        "description": field["description"],
        "anyOf": [item, {"type": "array", "items": item, "minItems": 1, "uniqueItems": True}],
    }


def _step() -> Schema:
    """A step by its verb, so that an editor complains about that verb's own fields only."""
    verbs = [{"if": {"required": [verb]}, "then": {"$ref": f"#/$defs/{node.__name__}"}} for verb, node in VERBS.items()]
    named = [{"required": [verb]} for verb in VERBS]
    return {"type": "object", "description": f"One of: {', '.join(VERBS)}.", "oneOf": named, "allOf": verbs}


def _manifest() -> Schema:
    return {
        "type": "object",
        "description": f"A complete Kubernetes object, its namespace written out: {', '.join(KINDS)}.",
        "required": ["apiVersion", "kind", "metadata"],
        "properties": {
            "apiVersion": {"enum": [*dict.fromkeys(KINDS.values())], "description": "The version of the kind."},
            "kind": {"enum": [*KINDS], "description": "What the object is."},
            "metadata": {
                "type": "object",
                "description": "Name and namespace; a name belongs to one scenario.",
                "required": ["name"],
            },
            "spec": {"type": "object", "description": f"The content. Workloads: {', '.join(ECHOES['producer'])}."},
        },
    }


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
