"""What a rule asks for beyond matching, weighing and editing. Field meanings: the Gateway API's HTTPRoute v1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.mesh.world.route import BackendRef


@dataclass(frozen=True, slots=True)
class Cors:
    """Filter CORS: which scripts of which origins may use what. `max_age` is in seconds."""

    origins: tuple[str, ...] = ()
    credentials: bool = False
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: int = 5


@dataclass(frozen=True, slots=True)
class ExternalAuth:
    """Filter ExternalAuth: `backend` is asked, in `protocol` (HTTP or GRPC), whether the request may pass.

    `request_headers` are those it gets besides the usual ones, `response_headers` those of its answer that the backend
    of the request gets, all if empty; it gets up to `body` bytes of the request's body.
    """

    protocol: str
    backend: BackendRef
    path: str = ""
    request_headers: tuple[str, ...] = ()
    response_headers: tuple[str, ...] = ()
    body: int = 0


@dataclass(frozen=True, slots=True)
class Retry:
    """When a request is sent again: after an answer with one of `codes`, and after what the two flags name.

    `attempts` counts the times after the first; `backoff` is the shortest pause, a duration as written.
    """

    codes: tuple[int, ...] = ()
    attempts: int | None = None
    backoff: str | None = None
    connection_errors: bool = True
    timeouts: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """Requests of one session go to one endpoint; a cookie, or with `header` a header, called `name` carries it.

    `permanent` is the lifetime of the cookie. `absolute` and `idle` are durations as written.
    """

    name: str | None = None
    header: bool = False
    path: str = "/"
    permanent: bool = False
    absolute: str | None = None
    idle: str | None = None
