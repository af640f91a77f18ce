"""Routes as the mesh reads them. Field meanings: the Gateway API's HTTPRoute, GRPCRoute, TLSRoute and TCPRoute.

Defaults are those of the custom resource definition, repeated here so that an object from an API server that does
not default means the same (matching.path-default-prefix-root, weights.default-one).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from lab.mesh.world.policies import Cors, ExternalAuth, Retry, Session


class ObjectKey(NamedTuple):
    """Where a namespaced object lives."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


GATEWAY_GROUP = "gateway.networking.k8s.io"


class RouteKind(Enum):
    """The types of route that this mesh implements, the most specific first (grpc.type-specificity)."""

    GRPC = "GRPCRoute"
    HTTP = "HTTPRoute"
    TLS = "TLSRoute"
    TCP = "TCPRoute"

    @property
    def rank(self) -> int:
        """The place in the order: the smaller wins."""
        return list(RouteKind).index(self)

    @property
    def reads_requests(self) -> bool:
        """Whether routes of this type govern requests; those of the others govern connections."""
        return self in {RouteKind.GRPC, RouteKind.HTTP}


class RouteKey(NamedTuple):
    """Where a route lives: routes of different types may share a name."""

    namespace: str
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


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
class CallMatch:
    """A condition on the service and method of a gRPC call; "" is any."""

    service: str = ""
    method: str = ""
    regex: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """One entry of a rule's `matches`: all its conditions must hold (matching.match-types-and).

    `repeated` are conditions on header names that are there before, which count for nothing
    (matching.header-duplicate-names-first). `unknown` are types of comparison that the mesh does not know; a rule with
    one cannot be implemented.
    Entries of a GRPCRoute have a `call` and neither path, method nor query; those of an HTTPRoute have none.
    """

    path: PathMatch = PathMatch()
    method: str | None = None
    headers: tuple[ValueMatch, ...] = ()
    query: tuple[ValueMatch, ...] = ()
    call: CallMatch | None = None
    unknown: tuple[str, ...] = ()
    repeated: tuple[ValueMatch, ...] = ()


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
    """A reference to a backend, with its weight and the filters of that backend alone.

    One that is not `permitted` is refused; whoever asks for ReferenceGrants says so.
    """

    namespace: str
    name: str
    group: str = ""
    kind: str = "Service"
    port: int | None = None
    weight: int = 1
    filters: tuple[Filter, ...] = ()
    permitted: bool = True


@dataclass(frozen=True, slots=True)
class Mirror:
    """Filter RequestMirror: a copy of `numerator` in `denominator` requests goes to `backend`."""

    backend: BackendRef
    numerator: int = 100
    denominator: int = 100


Filter = RequestHeaders | ResponseHeaders | Redirect | Rewrite | Mirror | Cors | ExternalAuth | UnknownFilter


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Durations as written; None where the route says nothing."""

    request: str | None = None
    backend_request: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: any of `matches` selects it (matching.matches-or); its `name` changes nothing."""

    matches: tuple[Match, ...] = (Match(),)
    filters: tuple[Filter, ...] = ()
    backends: tuple[BackendRef, ...] = ()
    timeouts: Timeouts = Timeouts()
    retry: Retry | None = None
    session: Session | None = None
    name: str = ""


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
    """A route of any type.

    `created` is RFC 3339 in UTC, so that text order is time order. `references` are the objects its rules name: what
    the route does depends on them and on nothing else beside its parents. `hostnames` are those of a TLSRoute; a mesh
    gives the hostnames of other types no meaning (attachment.hostnames-ignored): they are `sites`.
    `default_gateways` asks for Gateways, which this mesh has none of (attachment.default-gateway-scope-no-effect).
    """

    key: ObjectKey
    uid: str
    version: str
    generation: int
    created: str
    parents: tuple[ParentRef, ...]
    rules: tuple[Rule, ...]
    references: tuple[ObjectKey, ...] = ()
    kind: RouteKind = RouteKind.HTTP
    hostnames: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    default_gateways: str = ""

    @property
    def identity(self) -> RouteKey:
        """What tells the route from all others, whatever their type."""
        return RouteKey(*self.key, self.kind.value)

    @property
    def age(self) -> tuple[str, str, str]:
        """Smaller for the older route; the name decides between two of the same second."""
        return (self.created, self.key.namespace, self.key.name)
