"""Which resources the server has: names, scope, subresources, and the behaviour that is theirs alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.api.errors import Cause
from lab.api.schema import ANY, Node
from lab.api.store import TableName

Object = dict[str, Any]
# (new object, the stored one or None at creation): both may be read, the new one changed.
Prepare = Callable[[Object, Object | None], None]
Validate = Callable[[Object, Object | None], Iterable[Cause]]

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


def _nothing(new: Object, old: Object | None) -> None:
    """Prepare nothing."""


def _no_causes(new: Object, old: Object | None) -> Iterable[Cause]:  # noqa: ARG001 - the signature of Validate
    """Find nothing wrong."""
    return ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of ``kubectl get``: its name, type, and the cell for an object."""

    name: str
    type: str
    cell: Callable[[Object], Any]
    priority: int = 0
    description: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class ScalePaths:
    """Where a scale subresource finds its numbers, as paths of field names."""

    replicas: tuple[str, ...] = ("spec", "replicas")
    status: tuple[str, ...] = ("status", "replicas")
    selector: tuple[str, ...] = ("spec", "selector")


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of object in one served version."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    node: Node = field(default=ANY, repr=False)
    singular: str = ""
    list_kind: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    builtin: bool = True  # decoded as a typed object; the others are custom resources
    has_status: bool = False  # a status subresource, so that spec and status are written separately
    scale: ScalePaths | None = None
    subresources: tuple[str, ...] = ()  # besides status and scale, for discovery
    counts_generations: bool = False
    selectable: frozenset[str] = frozenset()
    default: Callable[[Object], Object] = field(default=lambda obj: obj, repr=False)
    prepare: Prepare = field(default=_nothing, repr=False)
    validate: Validate = field(default=_no_causes, repr=False)
    columns: tuple[Column, ...] = field(default=(), repr=False)
    schema_ref: str = ""  # the type's name in the OpenAPI document
    schema: Mapping[str, Any] | None = field(default=None, repr=False)  # of a custom resource

    @property
    def api_version(self) -> str:
        """As objects state it: ``v1`` or ``apps/v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def table(self) -> TableName:
        """Where its objects are stored, in whatever version."""
        return self.group, self.plural

    @property
    def list_name(self) -> str:
        """The kind of its list."""
        return self.list_kind or f"{self.kind}List"


class Registry:
    """All resources served, changing as CustomResourceDefinitions come and go."""

    def __init__(self, builtins: Iterable[Resource]) -> None:
        self._found: dict[tuple[str, str, str], Resource] = {}
        self._custom: dict[str, list[Resource]] = {}
        self.generation = 0  # grows with every change, so that documents can be cached
        for resource in builtins:
            self._found[resource.group, resource.version, resource.plural] = resource

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        """The resource of an API path, or None."""
        return self._found.get((group, version, plural))

    def all(self) -> list[Resource]:
        """Every resource in every served version."""
        return list(self._found.values())

    def any_version(self, table: TableName) -> Resource | None:
        """One served version of a stored resource, or None."""
        return next((one for one in self._found.values() if one.table == table), None)

    def plural_of(self, group: str, kind: str) -> str:
        """The plural of a kind; empty for a kind that is not served."""
        return next((one.plural for one in self._found.values() if (one.group, one.kind) == (group, kind)), "")

    def install(self, owner: str, resources: list[Resource]) -> None:
        """Serve the versions of one CustomResourceDefinition, instead of what it said before."""
        self.uninstall(owner)
        self._custom[owner] = resources
        for resource in resources:
            self._found[resource.group, resource.version, resource.plural] = resource
        self.generation += 1

    def uninstall(self, owner: str) -> None:
        """Stop serving what a CustomResourceDefinition defined."""
        for resource in self._custom.pop(owner, ()):
            self._found.pop((resource.group, resource.version, resource.plural), None)
        self.generation += 1
