"""The small part of JSONPath that printer columns use.

Fields (``.spec.hostnames``), positions (``[0]``, ``[*]``) and filters (``[?(@.type=="Ready")]``).
"""

from __future__ import annotations

import re
from typing import Any

_STEP = re.compile(
    r"""\.(?P<name>(?:[\w\-/]|\\.)+)
      | \['(?P<quoted>[^']+)'\]
      | \[(?P<index>-?\d+|\*)\]
      | \[\?\(@(?P<key>[.\w\-/\\]+)\s*==\s*["'](?P<value>[^"']*)["']\)\]
      | (?P<all>\.\*)""",
    re.VERBOSE,
)


def find(path: str, obj: Any) -> list[Any]:
    """All values at a path; none where the path or the expression leads nowhere."""
    found = [obj]
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            return []
        found = [each for value in found for each in _step(match, value)]
        position = match.end()
    return found


def _step(match: re.Match[str], value: Any) -> list[Any]:
    name = match["name"] or match["quoted"]
    if name:
        name = name.replace("\\", "")
        return [value[name]] if isinstance(value, dict) and name in value else []
    if match["all"]:
        return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []
    if not isinstance(value, list):
        return []
    if match["index"] == "*":
        return value
    if match["index"]:
        index = int(match["index"])
        return [value[index]] if -len(value) <= index < len(value) else []
    return [each for each in value if match["value"] in map(str, find(match["key"], each))]
