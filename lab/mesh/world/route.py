"""HTTPRoute as the mesh reads it. Field meanings: the Gateway API's HTTPRoute v1.

Defaults are those of the custom resource definition, repeated here so that an object from an API server that does
not default means the same (matching.path-default-prefix-root, weights.default-one).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple


class ObjectKey(NamedTuple):
    """Where a namespaced object lives."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


GATEWAY_GROUP = "gateway.networking.k8s.io"


class PathKind(Enum):
    """How a path match compares."""

    EXACT = "Exact"
    PREFIX = "PathPrefix"
    REGEX = "RegularExpression"


@dataclass(frozen=True, slots=True)
class PathMatch:
    """One path condition."""

    kind: PathKind = PathKind.PREFIX
    value: str = "/"

    @property
    def elements(self) -> str:
        """A prefix without its trailing slash, which means nothing (matching.path-prefix-trailing-slash); "" is /."""
        return self.value.rstrip("/")


@dataclass(frozen=True, slots=True)
class ValueMatch:
    """A condition on a header or a query parameter."""

    name: str
    value: str
    regex: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """One entry of a rule's `matches`: all its conditions must hold (matching.match-types-and)."""

    path: PathMatch = PathMatch()
    method: str | None = None
    headers: tuple[ValueMatch, ...] = ()
    query: tuple[ValueMatch, ...] = ()


@dataclass(frozen=True, slots=True)
class HeaderModifier:
    """Edits of request or response headers; `set` replaces, `add` appends."""

    set: tuple[tuple[str, str], ...] = ()
    add: tuple[tuple[str, str], ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestHeaders:
    """Filter RequestHeaderModifier."""

    edits: HeaderModifier


@dataclass(frozen=True, slots=True)
class ResponseHeaders:
    """Filter ResponseHeaderModifier."""

    edits: HeaderModifier


@dataclass(frozen=True, slots=True)
class PathChange:
    """A path modifier: the whole path, or the matched prefix, becomes `value`."""

    whole: bool
    value: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """Filter RequestRedirect; None means "as in the request"."""

    scheme: str | None = None
    hostname: str | None = None
    path: PathChange | None = None
    port: int | None = None
    status: int = 302


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Filter URLRewrite."""

    hostname: str | None = None
    path: PathChange | None = None


@dataclass(frozen=True, slots=True)
class UnknownFilter:
    """A filter this mesh does not implement, or a reference to a custom one."""

    type: str


@dataclass(frozen=True, slots=True)
class BackendRef:
    """A reference to a backend, with its weight and the filters of that backend alone."""

    namespace: str
    name: str
    group: str = ""
    kind: str = "Service"
    port: int | None = None
    weight: int = 1
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Mirror:
    """Filter RequestMirror: a copy of `numerator` in `denominator` requests goes to `backend`."""

    backend: BackendRef
    numerator: int = 100
    denominator: int = 100


Filter = RequestHeaders | ResponseHeaders | Redirect | Rewrite | Mirror | UnknownFilter


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Durations as written; None where the route says nothing."""

    request: str | None = None
    backend_request: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: any of `matches` selects it (matching.matches-or)."""

    matches: tuple[Match, ...] = (Match(),)
    filters: tuple[Filter, ...] = ()
    backends: tuple[BackendRef, ...] = ()
    timeouts: Timeouts = Timeouts()


@dataclass(frozen=True, slots=True)
class ParentRef:
    """One parentRef; `raw` is the text of the spec, which the status repeats (status.parentref-mirrors-spec)."""

    group: str
    kind: str
    namespace: str
    name: str
    section_name: str | None
    port: int | None
    raw: tuple[tuple[str, Any], ...] = ()

    @property
    def identity(self) -> tuple[str, str, str, str, str | None, int | None]:
        """What tells two parentRefs apart."""
        return (self.group, self.kind, self.namespace, self.name, self.section_name, self.port)


@dataclass(frozen=True, slots=True)
class Route:
    """An HTTPRoute.

    `created` is RFC 3339 in UTC, so that text order is time order. `references` are the objects its rules name: what
    the route does depends on them and on nothing else beside its parents.
    """

    key: ObjectKey
    uid: str
    version: str
    generation: int
    created: str
    parents: tuple[ParentRef, ...]
    rules: tuple[Rule, ...]
    references: tuple[ObjectKey, ...] = ()
