"""What may happen to a request, independent of any proxy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lab.mesh.model.timeouts import NO_LIMITS, Limits
from lab.mesh.world.policies import Cors, ExternalAuth
from lab.mesh.world.route import Match, ObjectKey, PathChange


class ClusterKey(NamedTuple):
    """The endpoints behind one Service port."""

    service: ObjectKey
    port: int

    def __str__(self) -> str:
        return f"{self.service}:{self.port}"


@dataclass(frozen=True, slots=True)
class HeaderEdit:
    """The net effect on one header: `values` replace it or are appended; replaced by nothing, it is removed."""

    name: str
    replace: bool
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MirrorTo:
    """A copy of `numerator` in `denominator` requests goes to `cluster`; its answer is dropped."""

    cluster: ClusterKey
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """Up to `attempts` more attempts after an answer with one of `codes` and after what the flags name.

    `backoff` is the shortest pause before each, in milliseconds.
    """

    attempts: int
    codes: tuple[int, ...]
    backoff: int
    connection_errors: bool
    timeouts: bool


@dataclass(frozen=True, slots=True)
class PathPattern(PathChange):
    """A change that is no replacement of the Gateway API: what matches `regex` (RE2) becomes the substitution `value`.

    For defects.
    """

    regex: str = ".*"


@dataclass(frozen=True, slots=True)
class Forward:
    """Send the request to an endpoint of `cluster`, edited.

    Without `upgrades` a connection stays what it is. `prefix` is the matched path prefix that a prefix
    replacement in `path` refers to.
    """

    cluster: ClusterKey
    request: tuple[HeaderEdit, ...] = ()
    response: tuple[HeaderEdit, ...] = ()
    host: str | None = None
    path: PathChange | None = None
    prefix: str = ""
    mirrors: tuple[MirrorTo, ...] = ()
    limits: Limits = NO_LIMITS
    retry: RetryPlan | None = None
    upgrades: bool = True


@dataclass(frozen=True, slots=True)
class Respond:
    """Answer with this status. A conformant mesh contacts no backend; a defect may, `besides`."""

    status: int
    besides: ClusterKey | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """Answer with a redirect. `host` None keeps the request's; `port` None leaves the port out of Location.

    `besides` as for `Respond`.
    """

    status: int
    scheme: str
    host: str | None
    port: int | None
    path: PathChange | None = None
    prefix: str = ""
    response: tuple[HeaderEdit, ...] = ()
    besides: ClusterKey | None = None


Action = Forward | Respond | Redirect


@dataclass(frozen=True, slots=True)
class Ticket:
    """The mark of a session at one endpoint: a cookie, or with `header` a header, called `name`, with value `token`.

    `path` and `max_age` (seconds) are attributes of the cookie. After `lifetime` (milliseconds) it counts no more.
    """

    name: str
    header: bool
    token: str
    path: str = "/"
    max_age: int | None = None
    lifetime: int | None = None


@dataclass(frozen=True, slots=True)
class Auth:
    """The service behind `cluster` is asked as `filter` says, and only what it allows goes on."""

    cluster: ClusterKey
    filter: ExternalAuth


@dataclass(frozen=True, slots=True)
class Share:
    """One of several actions that divide a rule's requests by weight.

    `cors` is answered before any of them, then `auth` is asked; `ticket` goes with the answer and begins a session.
    """

    weight: int
    action: Action
    cors: Cors | None = None
    auth: Auth | None = None
    ticket: Ticket | None = None


@dataclass(frozen=True, slots=True)
class Pinned:
    """What happens to the requests that show `ticket`; the share's weight means nothing."""

    ticket: Ticket
    share: Share


@dataclass(frozen=True, slots=True)
class Entry:
    """One match with what happens to the requests it wins; `origin` says which rule it came from.

    Requests of a session in `pinned` are not divided between the shares.
    """

    match: Match
    shares: tuple[Share, ...]
    origin: str
    pinned: tuple[Pinned, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleTable:
    """Entries by falling precedence, and what happens to a request that none of them matches."""

    entries: tuple[Entry, ...]
    unmatched: Action


@dataclass(frozen=True, slots=True)
class FrontendRules:
    """The behaviour of one Service port.

    `plain` is what a Service without routes does. `producer` governs every source that has no rules of its own,
    `consumers` the sources of one namespace each. None means: no route, so plain.
    """

    name: str
    plain: Forward
    producer: RuleTable | None
    consumers: tuple[tuple[str, RuleTable], ...]

    @property
    def routed(self) -> bool:
        """Whether any route is attached."""
        return self.producer is not None or bool(self.consumers)
