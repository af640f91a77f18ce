"""Worlds, requests and their outcomes: the language that the model and the interpreter of the lab's answer share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Obj = Mapping[str, Any]
Backend = tuple[str, str, int]
"""Namespace, name and port of a Service."""
Headers = tuple[tuple[str, tuple[str, ...]], ...]
"""Lower-case names with their values in order; values joined by a comma are taken apart, as HTTP has it."""


@dataclass(frozen=True)
class Service:
    """A Service as far as routing cares; ``ports`` are names with numbers; ``ready``: has ready endpoints."""

    namespace: str
    name: str
    ports: tuple[tuple[str, int], ...]
    ready: bool = True
    kind: str = "ClusterIP"


@dataclass(frozen=True)
class World:
    """Everything that a mesh knows: Services, and routes as they were applied, with creationTimestamp."""

    services: tuple[Service, ...]
    routes: tuple[Obj, ...]

    def service(self, namespace: str, name: str) -> Service | None:
        """The Service of that name, if there is one."""
        return next((one for one in self.services if (one.namespace, one.name) == (namespace, name)), None)


@dataclass(frozen=True)
class Request:
    """A request of a client in the namespace ``client`` to a Service's address; ``answer`` are the backend's headers.

    A call of gRPC is a request whose path is ``/SERVICE/METHOD``.
    """

    client: str
    namespace: str
    service: str
    port: int
    path: str = "/"
    query: str = ""
    method: str = "GET"
    host: str = "svc.example"
    headers: tuple[tuple[str, str], ...] = ()
    answer: tuple[tuple[str, str], ...] = ()
    grpc: bool = False


@dataclass(frozen=True)
class Forwarded:
    """The backend got this; the client gets the backend's headers as ``answer``; copies go to others, by share."""

    backend: Backend
    host: str
    path: str
    query: str
    headers: Headers
    answer: Headers
    copies: tuple[tuple[Backend, Fraction], ...] = ()


@dataclass(frozen=True)
class Redirected:
    """The client is sent to ``location``, absolute, with a port only where it is not the scheme's own."""

    status: int
    location: str


@dataclass(frozen=True)
class Failed:
    """No backend got it, and the client one of these statuses: of HTTP, or of gRPC by name."""

    statuses: frozenset[int | str]

    def __repr__(self) -> str:
        return f"Failed({'any error' if self == ANY_ERROR else ' or '.join(sorted(map(str, self.statuses)))})"

    @classmethod
    def of(cls, *statuses: int | str) -> "Failed":
        """One of these."""
        return cls(frozenset(statuses))


@dataclass(frozen=True)
class Unspecified:
    """No statement says what happens."""


Outcome = Forwarded | Redirected | Failed | Unspecified
Answers = dict[Outcome, Fraction]

UNSPECIFIED = Unspecified()
ANY_ERROR = Failed(
    frozenset(
        [*range(400, 600), "UNIMPLEMENTED", "UNAVAILABLE", "UNKNOWN", "INTERNAL", "PERMISSION_DENIED", "NOT_FOUND"]
    )
)
"""That the request fails is said, but not how."""


def agree(model: Answers, mesh: Answers) -> bool:
    """Whether the mesh's answer is one that the model allows: the same outcomes, in the same shares.

    Of failures, the mesh has one status each where the model has a choice: every share has to fit into those that
    allow it, in both directions.
    """
    rest = model.get(UNSPECIFIED, Fraction(0))
    wanted = {one: share for one, share in model.items() if isinstance(one, Failed)}
    failed = {one: share for one, share in mesh.items() if isinstance(one, Failed)}
    others = {one: share for one, share in mesh.items() if not isinstance(one, Failed)}
    expected = {one: share for one, share in model.items() if not isinstance(one, Failed | Unspecified)}
    if rest:
        return all(mesh.get(one, Fraction(0)) >= share for one, share in expected.items())
    return (
        others == expected
        and sum(failed.values()) == sum(wanted.values())
        and all(share <= _sum(wanted, lambda each, o=one: o.statuses <= each.statuses) for one, share in failed.items())
        and all(share <= _sum(failed, lambda each, o=one: each.statuses <= o.statuses) for one, share in wanted.items())
    )


def _sum(shares: Mapping[Failed, Fraction], chosen: Callable[[Failed], bool]) -> Fraction:
    return sum((share for one, share in shares.items() if chosen(one)), Fraction(0))
