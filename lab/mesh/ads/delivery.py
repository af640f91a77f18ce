"""What to send to one Envoy next. A state machine without I/O; every Envoy has its own.

Order matters: a route that names a cluster which Envoy does not have yet answers with an error. So clusters go first,
then their endpoints; only when Envoy has confirmed these do listeners and routes follow; clusters that nothing names
any more go last. Each type has at most one unconfirmed response, so changes that come meanwhile travel together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lab.mesh.ads.pack import Packed, Snapshot
from lab.mesh.envoy.types import CLUSTER, ENDPOINTS, LISTENER, ROUTES

_OWNERS = {ENDPOINTS: CLUSTER, ROUTES: LISTENER}


@dataclass(frozen=True, slots=True)
class Request:
    """A message from Envoy: subscriptions, or the confirmation (or, with `error`, rejection) of a response."""

    type_url: str
    nonce: str = ""
    error: str = ""
    subscribe: tuple[str, ...] = ()
    unsubscribe: tuple[str, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """A message to Envoy: resources that are new or different, and names that do not exist (any more)."""

    type_url: str
    nonce: str
    resources: tuple[Packed, ...]
    removed: tuple[str, ...]


@dataclass
class _Channel:
    """The state of one resource type on the stream."""

    wildcard: bool
    opened: bool = False
    answered: bool = False
    subscribed: set[str] = field(default_factory=set)
    # What Envoy was last told of each name: a version, or None for "does not exist".
    told: dict[str, str | None] = field(default_factory=dict)
    waiting: Response | None = None


@dataclass
class Delivery:
    """Brings one Envoy to `target`, step by step, as it confirms."""

    target: Snapshot = field(default_factory=dict)
    rejections: list[str] = field(default_factory=list)
    _count: int = 0
    _rejected: set[tuple[str, str, str]] = field(default_factory=set)
    _channels: dict[str, _Channel] = field(
        default_factory=lambda: {
            CLUSTER: _Channel(wildcard=True),
            ENDPOINTS: _Channel(wildcard=False),
            LISTENER: _Channel(wildcard=True),
            ROUTES: _Channel(wildcard=False),
        }
    )

    def receive(self, request: Request) -> None:
        """Take note of what Envoy said. Types this mesh does not serve are ignored."""
        channel = self._channels.get(request.type_url)
        if channel is None:
            return
        if not channel.opened:
            channel.opened = True
            channel.told.update(request.known)  # after a reconnect Envoy says what it still has
        for name in request.unsubscribe:
            channel.subscribed.discard(name)
            channel.told.pop(name, None)
        for name in request.subscribe:
            if name != "*":
                channel.subscribed.add(name)
                # Asked anew is answered anew, unless it was asked together with "I still have version ...".
                if name not in request.known:
                    channel.told.pop(name, None)
        if channel.waiting is not None and request.nonce == channel.waiting.nonce:
            if request.error:
                self._reject(channel.waiting, request.error)
            channel.waiting = None

    def _reject(self, response: Response, error: str) -> None:
        """A rejected resource is not sent again until it changes, and nothing waits for it."""
        names = [packed.name for packed in response.resources]
        self._rejected |= {(response.type_url, packed.name, packed.version) for packed in response.resources}
        self.rejections.append(f"{response.type_url.rpartition('.')[2]} {', '.join(names)}: {error}")

    def advance(self) -> list[Response]:
        """The responses to send now."""
        responses = [self._respond(CLUSTER, self._changed(CLUSTER), ())]
        responses.append(self._respond(ENDPOINTS, self._changed(ENDPOINTS), self._gone(ENDPOINTS)))
        if self._clusters_ready():
            responses.append(self._respond(LISTENER, self._changed(LISTENER), self._gone(LISTENER)))
            responses.append(self._respond(ROUTES, self._changed(ROUTES), self._gone(ROUTES)))
            if self._quiet(LISTENER) and self._quiet(ROUTES):
                responses.append(self._respond(CLUSTER, (), self._gone(CLUSTER)))
        return [response for response in responses if response is not None]

    @property
    def settled(self) -> bool:
        """Whether Envoy has confirmed everything in the target, and has nothing that is not in it."""
        opened = self._channels[CLUSTER].opened and self._channels[LISTENER].opened
        return opened and self._clusters_ready() and all(self._quiet(kind) for kind in self._channels)

    def _changed(self, type_url: str) -> tuple[Packed, ...]:
        """Wanted resources of which Envoy has no, or another, version."""
        channel, target = self._channels[type_url], self.target.get(type_url, {})
        names: Iterable[str] = target if channel.wildcard else sorted(channel.subscribed & target.keys())
        return tuple(target[name] for name in names if channel.told.get(name) != target[name].version)

    def _gone(self, type_url: str) -> tuple[str, ...]:
        """Names that Envoy has or asked for, and that do not exist.

        Endpoints stay as long as their cluster, routes as long as their listener; after that Envoy lets go of them.
        """
        channel, target = self._channels[type_url], self.target.get(type_url, {})
        has = {name for name, version in channel.told.items() if version is not None}
        asked = {name for name in channel.subscribed if name not in channel.told}
        owner = _OWNERS.get(type_url)
        owned = self._channels[owner].told.keys() if owner else set()
        return tuple(sorted((has | asked) - target.keys() - owned))

    def _respond(self, type_url: str, resources: tuple[Packed, ...], removed: tuple[str, ...]) -> Response | None:
        """A response, if there is something to say (to a first question even "nothing") and Envoy listens."""
        channel = self._channels[type_url]
        owed = channel.wildcard and not channel.answered
        if not channel.opened or channel.waiting is not None or not (resources or removed or owed):
            return None
        self._count += 1
        channel.waiting = Response(type_url, str(self._count), resources, removed)
        channel.answered = True
        channel.told.update({packed.name: packed.version for packed in resources})
        if type_url == CLUSTER:
            # A cluster that has changed waits for its endpoints anew, without asking; left alone, it waits for 15 s.
            for packed in resources:
                self._channels[ENDPOINTS].told.pop(packed.name, None)
        channel.told.update(dict.fromkeys(removed))
        if channel.wildcard:
            for name in removed:
                channel.told.pop(name, None)
        return channel.waiting

    def _quiet(self, type_url: str) -> bool:
        channel = self._channels[type_url]
        return channel.waiting is None and not self._changed(type_url) and not self._gone(type_url)

    def _clusters_ready(self) -> bool:
        """Whether Envoy has every wanted cluster together with its endpoints."""
        clusters, endpoints = self._channels[CLUSTER], self._channels[ENDPOINTS]
        if clusters.waiting or endpoints.waiting or self._changed(CLUSTER) or self._changed(ENDPOINTS):
            return False
        return all(
            name in endpoints.subscribed or (CLUSTER, name, packed.version) in self._rejected
            for name, packed in self.target.get(CLUSTER, {}).items()
        )
