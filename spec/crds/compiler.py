"""From the YAML tables to trees of fields: names of types are resolved, other releases and channels left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, get_args

from spec.crds.model import NO_DEFAULT, Column, Field, FieldType, ListType, Rule, ServedVersion, Table
from spec.crds.rules import PREDICATES, TRANSITIONS
from spec.documents import SpecError, check_keys, read, text

_BUILT_IN = frozenset(get_args(FieldType)) - {"object", "array"}
_LIMITS = {
    "format": "format",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minimum": "minimum",
    "maximum": "maximum",
    "minItems": "min_items",
    "maxItems": "max_items",
}
_SHAPES = ("type", "fields", "extends", "list")
_FACETS = (*_LIMITS, "listType", "keys", "required", "default", "enum", "pattern", "rules")
_OPTIONAL = (*_SHAPES, *_FACETS, "since", "until", "before")
_RESOURCE = ("group", "kind", "plural", "singular", "categories", "versions", "columns", "root")
_RESOURCE_OPTIONAL = ("scope", "shortNames", "statusSubresource")
_RELEASE = re.compile(r"v(\d+)\.(\d+)")


def compile_table(files: Sequence[str], version: str, channel: str) -> Table | None:
    """Compile the resource described by the last of ``files``; the others hold shared types.

    None where the release and channel do not have it. Raises SpecError where a table is wrong.
    """
    types: dict[str, Any] = {}
    messages: dict[str, str] = {}
    resource: dict[str, Any] = {}
    for name in files:
        document = _document(name)
        types |= document["types"]
        messages |= document["rules"]
        resource = document.get("resource", {})
    entry = check_keys(f"spec/crds/{files[-1]}: resource", resource, _RESOURCE, _RESOURCE_OPTIONAL)
    served = _served(f"spec/crds/{files[-1]}: versions", entry["versions"], version, channel)
    if not served:
        return None
    root = _Compiler(types, messages, version, channel).named(entry["root"])
    return Table(
        group=entry["group"],
        kind=entry["kind"],
        plural=entry["plural"],
        singular=entry["singular"],
        categories=tuple(entry["categories"]),
        versions=served,
        columns=tuple(Column(column["name"], column["type"], column["jsonPath"]) for column in entry["columns"]),
        root=root,
        scope=entry.get("scope", "Namespaced"),
        short_names=tuple(entry.get("shortNames", ())),
        status_subresource=entry.get("statusSubresource", True),
    )


@cache
def _document(name: str) -> dict[str, Any]:
    """One file of tables; it is compiled for every release and channel, and never changed."""
    return check_keys(f"spec/crds/{name}", read(f"crds/{name}"), ("rules", "types"), ("resource",))


def _served(where: str, versions: Sequence[Any], version: str, channel: str) -> tuple[ServedVersion, ...]:
    """The versions that a release and channel serves; the first one listed is stored."""
    names = [
        raw["name"]
        for raw in (check_keys(where, raw, ("name",), ("since", "until")) for raw in versions)
        if available(raw.get("since"), version, channel, raw.get("until"))
    ]
    return tuple(ServedVersion(name, storage=name == names[0]) for name in names)


def available(since: Mapping[str, str] | None, version: str, channel: str, until: str | None = None) -> bool:
    """Whether what is marked with ``since`` exists in a release and channel; standard things are in both channels.

    ``until`` is the last release that has it.
    """
    if until is not None and _number(version) > _number(until):
        return False
    if not since:
        return True
    releases = [release for name, release in since.items() if name in {channel, "standard"}]
    return any(_number(release) <= _number(version) for release in releases)


def python_pattern(pattern: str) -> re.Pattern[str]:
    r"""Compile a Go pattern: there ``$`` is the end of the text, in Python also before a last line break."""
    parts: list[str] = []
    in_class = escaped = False
    for char in pattern:
        if char == "$" and not in_class and not escaped:
            parts.append(r"\Z")
            continue
        if not escaped:
            in_class = char == "[" or (in_class and char != "]")
        escaped = char == "\\" and not escaped
        parts.append(char)
    return re.compile("".join(parts))


def _number(release: str) -> tuple[int, int]:
    match = _RELEASE.fullmatch(release)
    if not match:
        raise SpecError(f"spec/crds: {release!r} is not a release such as v1.6")
    return int(match[1]), int(match[2])


class _Compiler:
    """Resolves the types of one release and channel."""

    def __init__(self, types: Mapping[str, Any], messages: Mapping[str, str], version: str, channel: str) -> None:
        self._types = types
        self._messages = messages
        self._version = version
        self._channel = channel

    def named(self, name: str) -> Field:
        if name not in self._types:
            raise SpecError(f"spec/crds: unknown type {name!r}")
        return self._field(name, self._types[name])

    def _field(self, where: str, raw: object) -> Field:
        entry = self._as_of_release(where, check_keys(f"spec/crds: {where}", raw, ("doc",), _OPTIONAL))
        if sum(shape in entry for shape in ("type", "list", "fields")) != 1:
            raise SpecError(f"spec/crds: {where}: give one of type, list and fields")
        base = self._shape(where, entry)
        enum = tuple(self._enum(where, entry["enum"])) if "enum" in entry else base.enum
        return replace(
            base,
            doc=text(f"spec/crds: {where}", "doc", entry["doc"]),
            default=entry.get("default", base.default),
            enum=enum,
            pattern=entry.get("pattern", base.pattern),
            matches=python_pattern(entry["pattern"]) if "pattern" in entry else base.matches,
            rules=(*base.rules, *self._rules(where, entry.get("rules", ()))),
            since=tuple(entry.get("since", {}).items()),
            **{ours: entry[theirs] for theirs, ours in _LIMITS.items() if theirs in entry},
        )

    def _as_of_release(self, where: str, entry: dict[str, Any]) -> dict[str, Any]:
        """The entry with what older releases had instead, from the newest change to the oldest; null takes out."""
        changes = entry.get("before", {})
        for release in sorted(changes, key=_number, reverse=True):
            if _number(self._version) >= _number(release):
                break
            older = check_keys(f"spec/crds: {where}: before {release}", changes[release], (), _FACETS)
            entry = {key: value for key, value in {**entry, **older}.items() if value is not None}
        return entry

    def _shape(self, where: str, entry: Mapping[str, Any]) -> Field:
        if "list" in entry:
            return self._list(where, entry)
        if "fields" in entry:
            return self._object(where, entry)
        if entry["type"] in _BUILT_IN:
            return Field(entry["type"], "")
        return replace(self.named(entry["type"]), default=NO_DEFAULT, since=())

    def _list(self, where: str, entry: Mapping[str, Any]) -> Field:
        list_type = entry.get("listType")
        if list_type not in get_args(ListType) or (list_type == "map") != ("keys" in entry):
            raise SpecError(f"spec/crds: {where}: a list is atomic, a set, or a map with keys")
        return Field(
            "array", "", list_type=list_type, keys=tuple(entry.get("keys", ())), items=self.named(entry["list"])
        )

    def _object(self, where: str, entry: Mapping[str, Any]) -> Field:
        base = self.named(entry["extends"]) if "extends" in entry else Field("object", "")
        present = {
            name: self._as_of_release(f"{where}.{name}", raw)
            for name, raw in entry["fields"].items()
            if available(raw.get("since"), self._version, self._channel, raw.get("until"))
        }
        fields = {name: self._field(f"{where}.{name}", raw) for name, raw in present.items()}
        required = tuple(name for name, raw in present.items() if raw.get("required"))
        return replace(base, fields={**base.fields, **fields}, required=(*base.required, *required))

    def _enum(self, where: str, values: Sequence[Any]) -> list[Any]:
        return self._present(f"{where}: enum", "value", values)

    def _rules(self, where: str, values: Sequence[Any]) -> tuple[Rule, ...]:
        return tuple(self._rule(where, name) for name in self._present(f"{where}: rules", "name", values))

    def _present(self, where: str, key: str, values: Sequence[Any]) -> list[Any]:
        """Those values that the release and channel have; one that not all have is a mapping with the limits."""
        found = []
        for value in values:
            if not isinstance(value, Mapping):
                found.append(value)
                continue
            entry = check_keys(f"spec/crds: {where}", value, (key,), ("since", "until", "only"))
            here = entry.get("only", self._channel) == self._channel
            if here and available(entry.get("since"), self._version, self._channel, entry.get("until")):
                found.append(entry[key])
        return found

    def _rule(self, where: str, name: str) -> Rule:
        message = " ".join(self._messages.get(name, "").split())
        if not message or (name not in PREDICATES and name not in TRANSITIONS):
            raise SpecError(f"spec/crds: {where}: rule {name!r} needs a message and a predicate")
        return Rule(name, message, PREDICATES.get(name), TRANSITIONS.get(name))
