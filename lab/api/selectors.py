"""Label selectors (``app=web,tier in (a, b),!old``) and field selectors (``metadata.name=web``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.api.errors import bad_request

Predicate = Callable[[Mapping[str, Any]], bool]

_REQUIREMENT = re.compile(
    r"""\s*(?:
        (?P<absent>!)\s*(?P<absent_key>[^\s=!,()<>]+)
        | (?P<key>[^\s=!,()<>]+)\s*(?:
            (?P<op>==|=|!=|>|<)\s*(?P<value>[^\s=!,()<>]*)
            | (?P<set>\s(?:in|notin))\s*\((?P<values>[^()]*)\)
        )?
    )\s*(?:,|$)""",
    re.VERBOSE,
)
# Fields that real API servers let clients select by, for every resource.
_COMMON_FIELDS = frozenset({"metadata.name", "metadata.namespace"})


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition of a label selector; ``op`` is in, notin, exists, absent, gt or lt."""

    key: str
    op: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet the condition."""
        value = labels.get(self.key)
        match self.op:
            case "in":
                return value in self.values
            case "notin":
                return value not in self.values
            case "exists":
                return value is not None
            case "absent":
                return value is None
        bound = int(next(iter(self.values)))
        if value is None or not value.lstrip("-").isdigit():
            return False
        return int(value) > bound if self.op == "gt" else int(value) < bound


def parse_labels(text: str) -> tuple[Requirement, ...]:
    """The conditions of a label selector; no text, no condition. Raises StatusError (400)."""
    found: list[Requirement] = []
    position = 0
    while position < len(text):
        match = _REQUIREMENT.match(text, position)
        if match is None or match.end() == position:
            raise bad_request(f"unable to parse requirement: {text[position:]!r} in label selector {text!r}")
        found.append(_requirement(match, text))
        position = match.end()
    return tuple(found)


def _requirement(match: re.Match[str], text: str) -> Requirement:
    if match["absent"]:
        return Requirement(match["absent_key"], "absent")
    if match["set"]:
        values = frozenset(value.strip() for value in match["values"].split(","))
        return Requirement(match["key"], match["set"].strip(), values)
    if not match["op"]:
        return Requirement(match["key"], "exists")
    value = frozenset({match["value"]})
    if match["op"] in {">", "<"}:
        if not match["value"].lstrip("-").isdigit():
            raise bad_request(f"for 'Gt', 'Lt' operators, the value must be an integer in label selector {text!r}")
        return Requirement(match["key"], "gt" if match["op"] == ">" else "lt", value)
    return Requirement(match["key"], "notin" if match["op"] == "!=" else "in", value)


def parse_fields(text: str, selectable: frozenset[str] = frozenset()) -> tuple[tuple[str, bool, str], ...]:
    """The conditions of a field selector as (path, equal or not, value).

    ``selectable`` are the paths a resource offers besides name and namespace. Raises StatusError (400).
    """
    found: list[tuple[str, bool, str]] = []
    for part in filter(None, text.split(",")):
        match = re.fullmatch(r"\s*([^=!]+?)\s*(==|=|!=)\s*(.*?)\s*", part)
        if match is None:
            raise bad_request(f"invalid field selector {part!r}: expected key=value or key!=value")
        path, op, value = match.groups()
        if path not in _COMMON_FIELDS and path not in selectable:
            raise bad_request(f"field label not supported: {path}")
        found.append((path, op != "!=", value))
    return tuple(found)


def compile_selectors(labels: str, fields: str, selectable: frozenset[str] = frozenset()) -> Predicate | None:
    """One predicate on objects for both selectors; None when everything is selected. Raises StatusError (400)."""
    wanted = parse_labels(labels)
    paths = [(tuple(path.split(".")), equal, value) for path, equal, value in parse_fields(fields, selectable)]
    if not wanted and not paths:
        return None

    def selected(obj: Mapping[str, Any]) -> bool:
        carried = obj["metadata"].get("labels") or {}
        return all(requirement.matches(carried) for requirement in wanted) and all(
            (_field(obj, path) == value) is equal for path, equal, value in paths
        )

    return selected


def matches_map(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether labels have everything an equality selector (a map) asks for."""
    return all(labels.get(key) == value for key, value in selector.items())


def _field(obj: Mapping[str, Any], path: tuple[str, ...]) -> str:
    value: Any = obj
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
