"""Reading the YAML files of this package: safe, cached by the callers, with errors that name file and place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

#: libyaml reads the catalogue ten times faster; it is part of the usual wheels of PyYAML, but not of all.
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ROOM = Path(__file__).parent


class SpecError(Exception):
    """One of the specification's own files is wrong; the text names the file and the entry."""


def read(name: str) -> Any:
    """Return the content of the YAML file ``name`` of this package; raises SpecError if it does not parse."""
    try:
        return yaml.load((ROOM / name).read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise SpecError(f"spec/{name}: {error}") from error


def check_keys(where: str, entry: object, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Any]:
    """Return ``entry`` if it is a mapping that has all ``required`` keys and no unknown one; else raise SpecError."""
    if not isinstance(entry, Mapping):
        raise SpecError(f"{where}: expected a mapping, found {type(entry).__name__}")
    if missing := [key for key in required if key not in entry]:
        raise SpecError(f"{where}: missing {', '.join(missing)}")
    if unknown := [str(key) for key in entry if key not in required and key not in optional]:
        raise SpecError(f"{where}: unknown {', '.join(unknown)}")
    return dict(entry)


def one_of(where: str, key: str, value: object, allowed: Collection[str]) -> str:
    """Return ``value`` if it is one of ``allowed``; else raise SpecError naming them."""
    if value not in allowed:
        raise SpecError(f"{where}: {key} is {value!r}, expected one of: {', '.join(allowed)}")
    return str(value)


def text(where: str, key: str, value: object) -> str:
    """Return ``value`` if it is a text that says something; else raise SpecError."""
    if not isinstance(value, str) or not value.strip():
        raise SpecError(f"{where}: {key} must be a text that is not empty")
    return value
