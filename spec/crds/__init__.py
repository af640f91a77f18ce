"""The resources of the Gateway API as field tables, and what an API server does with them.

The tables are YAML (``types.yaml`` explains the vocabulary, one further file for each resource); admission rules are
named there and decided by the predicates of ``spec.crds.rules``. All functions here are pure; tables are compiled once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from spec.crds.compiler import compile_table
from spec.crds.defaults import pruned, with_defaults
from spec.crds.manifest import crd
from spec.crds.model import Field, Table
from spec.crds.validation import FieldError, changes_refused, errors_of
from spec.documents import SpecError

__all__ = [
    "FieldError",
    "Table",
    "apply_defaults",
    "crd_manifests",
    "prune",
    "table_of",
    "tables",
    "validate",
    "validate_change",
]

VERSION = "v1.6"
CHANNEL = "standard"
CHANNELS = ("standard", "experimental")
#: The release line and channel that have most; what is valid nowhere else may be valid there.
NEWEST = ("v1.6", "experimental")
#: Release line -> the newest release of it that the tables describe.
RELEASES = {"v1.1": "v1.1.0", "v1.2": "v1.2.1", "v1.3": "v1.3.0", "v1.4": "v1.4.1", "v1.5": "v1.5.1", "v1.6": "v1.6.1"}
#: Release line and channel -> the bundle version that the definitions declare.
BUNDLES = {(line, channel): bundle for line, bundle in RELEASES.items() for channel in CHANNELS}
_SHARED = ("types.yaml", "filters.yaml")
_RESOURCES = (
    "httproute.yaml",
    "grpcroute.yaml",
    "tcproute.yaml",
    "tlsroute.yaml",
    "udproute.yaml",
    "referencegrant.yaml",
    "xmesh.yaml",
    "xbackendtrafficpolicy.yaml",
    "gateway.yaml",
)
#: Members of every object; they belong to the API server, not to the resource.
_OBJECT_META = frozenset({"apiVersion", "kind", "metadata"})


@cache
def tables(version: str = VERSION, channel: str = CHANNEL) -> dict[str, Table]:
    """The resources of a release line and channel by kind; raises SpecError where there are no tables for it."""
    if (version, channel) not in BUNDLES:
        known = ", ".join(f"{release} {name}" for release, name in BUNDLES)
        raise SpecError(f"no field tables for Gateway API {version} {channel}; there are: {known}")
    compiled = (compile_table((*_SHARED, name), version, channel) for name in _RESOURCES)
    return {table.kind: table for table in compiled if table is not None}


def crd_manifests(version: str = VERSION, channel: str = CHANNEL) -> list[dict[str, Any]]:
    """CustomResourceDefinitions of a release line and channel, ready to be applied."""
    bundle = BUNDLES.get((version, channel), "")
    return [crd(table, bundle, channel) for table in tables(version, channel).values()]


def table_of(obj: Mapping[str, Any], version: str = VERSION, channel: str = CHANNEL) -> Table | None:
    """The table of an object's kind; None if it is no resource of the Gateway API that there is a table for."""
    kind = obj.get("kind")
    table = tables(version, channel).get(kind) if isinstance(kind, str) else None
    if table is None:
        return None
    group, _, served = str(obj.get("apiVersion", "")).rpartition("/")
    known = group == table.group and any(served == version.name for version in table.versions)
    return table if known else None


def apply_defaults(obj: dict[str, Any], version: str = VERSION, channel: str = CHANNEL) -> dict[str, Any]:
    """Return the object with the defaults of its kind filled in, as the API server would store it.

    Objects of other kinds come back as they are. The argument is not changed.
    """
    table = table_of(obj, version, channel)
    if table is None:
        return obj
    filled: dict[str, Any] = with_defaults(table.root, obj)
    return filled


def prune(obj: dict[str, Any], version: str = VERSION, channel: str = CHANNEL) -> dict[str, Any]:
    """Return the object without the fields that its kind does not have.

    Objects of other kinds come back as they are. The argument is not changed.
    """
    table = table_of(obj, version, channel)
    if table is None:
        return obj
    kept: dict[str, Any] = pruned(table.root, _own(obj))
    return {name: value for name, value in obj.items() if name in _OBJECT_META} | kept


def validate(obj: dict[str, Any], version: str = VERSION, channel: str = CHANNEL) -> list[FieldError]:
    """Everything that is wrong with an object, as the API server would say; empty for objects of other kinds.

    Defaults are filled in before. Unknown fields are reported as rule ``unknown-field``. ``metadata`` is not looked at.
    """
    table = table_of(obj, version, channel)
    if table is None:
        return []
    root: Field = table.root
    return errors_of(root, "", with_defaults(root, _own(obj)))


def validate_change(
    old: dict[str, Any], new: dict[str, Any], version: str = VERSION, channel: str = CHANNEL
) -> list[FieldError]:
    """What the API server has against the change of a stored object, beyond what it has against the new one."""
    table = table_of(new, version, channel)
    if table is None:
        return []
    return list(changes_refused(table.root, "", _own(old), with_defaults(table.root, _own(new))))


def _own(obj: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in obj.items() if name not in _OBJECT_META}
