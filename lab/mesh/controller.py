"""Follows the API: from watches to a view of the cluster."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from lab.client import ApiError, Event, collection, item
from lab.mesh.world.grants import parse_grant
from lab.mesh.world.parse_route import parse_grpc_route, parse_route, parse_tcp_route, parse_tls_route
from lab.mesh.world.route import GATEWAY_GROUP, ObjectKey, Route, RouteKey, RouteKind
from lab.mesh.world.service import parse_gateway, parse_namespace, parse_pod, parse_service, parse_slice
from lab.mesh.world.snapshot import World
from lab.poses import LAB, Pose

log = logging.getLogger(__name__)

Json = dict[str, Any]
# How often to ask again for a kind whose definition is not there (yet).
_NO_SUCH_KIND_SECONDS = 0.05
_NO_SUCH_OPTIONAL_KIND_SECONDS = 0.25


class Api(Protocol):
    """The part of the API client that the mesh uses."""

    def watch(self, path: str, *, labels: str = "", fields: str = "") -> AsyncIterator[Event]: ...  # noqa: D102

    async def patch(self, path: str, body: Json) -> Json: ...  # noqa: D102

    async def replace(self, path: str, obj: Json) -> Json: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class _Kind:
    """One watched collection: where it is, what its objects become, and in which table they are kept.

    `paths` has one for each version of the API that may serve the kind, the best first. A kind that need not exist
    is `optional`: without it the view of the cluster is complete all the same.
    """

    paths: tuple[str, ...]
    table: str
    parse: Callable[[Json], Any]
    optional: bool = False


def _core(path: str, table: str, parse: Callable[[Json], Any]) -> _Kind:
    return _Kind((path,), table, parse)


def _routes(kind: RouteKind, parse: Callable[[Json], Route], versions: str = "v1") -> _Kind:
    plural = kind.value.lower() + "s"
    paths = tuple(collection(f"{GATEWAY_GROUP}/{version}", plural) for version in versions.split())
    return _Kind(paths, kind.value, parse, optional=kind is not RouteKind.HTTP)


_ROUTES = (
    _routes(RouteKind.HTTP, parse_route),
    _routes(RouteKind.GRPC, parse_grpc_route),
    _routes(RouteKind.TLS, parse_tls_route, "v1 v1alpha3 v1alpha2"),
    _routes(RouteKind.TCP, parse_tcp_route, "v1 v1alpha2"),
)


def _waypoints(pose: Pose) -> tuple[_Kind, ...]:
    """Gateways matter only where the mesh has waypoints."""
    if pose.waypoint is None:
        return ()
    path = collection(f"{GATEWAY_GROUP}/v1", "gateways")
    return (_Kind((path,), "gateways", partial(parse_gateway, waypoint=pose.waypoint), optional=True),)


_GRANTS = _Kind(
    tuple(collection(f"{GATEWAY_GROUP}/{version}", "referencegrants") for version in ("v1", "v1beta1")),
    "grants",
    parse_grant,
    optional=True,
)
_TABLES = ("services", "slices", "pods", "gateways", "grants")
_ROUTE_TABLES = frozenset(kind.table for kind in _ROUTES)


@dataclass(frozen=True, slots=True)
class Orders:
    """What the mesh is told from outside: its defect ("" for none), and the factor on all seconds of defects.

    `turn` tells two equal orders apart: with each new one the mesh begins anew, and says when it is done.
    """

    defect: str = ""
    time_scale: float = 1.0
    turn: str = ""


@dataclass
class ClusterState:
    """All watched objects, parsed once a change; `changed` is set whenever something differs."""

    defect_map: tuple[str, str]
    pose: Pose = LAB
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    orders: Orders = field(default_factory=Orders)
    ordered: bool = False  # the ConfigMap is there
    _tables: dict[str, dict[Any, Any]] = field(default_factory=dict)
    _written: dict[RouteKey, Json] = field(default_factory=dict)
    _synced: set[str] = field(default_factory=set)
    # Under which path the API serves a kind of route.
    _served: dict[str, str] = field(default_factory=dict)

    def kinds(self) -> tuple[_Kind, ...]:
        """The collections to watch."""
        namespace, name = self.defect_map
        return (
            _core(collection("v1", "namespaces"), "namespaces", partial(parse_namespace, pose=self.pose)),
            _core(collection("v1", "pods"), "pods", partial(parse_pod, pose=self.pose)),
            _core(collection("v1", "services"), "services", parse_service),
            _core(collection("discovery.k8s.io/v1", "endpointslices"), "slices", parse_slice),
            *_ROUTES,
            _GRANTS,
            *_waypoints(self.pose),
            _core(collection("v1", "configmaps", namespace), "orders", lambda obj: _orders(obj, name)),
        )

    @property
    def synced(self) -> bool:
        """Whether every collection has been listed."""
        return len(self._synced) == len(self.kinds())

    def world(self) -> World:
        """The cluster as known now."""
        tables = {name: dict(self._tables.get(name, {})) for name in _TABLES}
        routes = {route.identity: route for kind in _ROUTES for route in self._tables.get(kind.table, {}).values()}
        return World(namespaces=dict(self._tables.get("namespaces", {})), routes=routes, **tables)

    def path_of(self, key: RouteKey) -> str:
        """The API path of a route, in the version in which it is watched."""
        group_version, _, plural = self._served[key.kind].removeprefix("/apis/").rpartition("/")
        return item(group_version, plural, key.name, key.namespace)

    def status_of(self, key: RouteKey) -> tuple[str, list[Json]]:
        """The resourceVersion and `status.parents` of a route as last seen."""
        obj = self._written.get(key)
        if obj is None:
            return ("", [])
        return (obj["metadata"].get("resourceVersion", ""), (obj.get("status") or {}).get("parents") or [])

    def written(self) -> dict[RouteKey, Json]:
        """All routes as the API has them."""
        return dict(self._written)

    def absent(self, kind: _Kind) -> None:
        """Take note that the API does not serve this kind (any more): there are no such objects."""
        if kind.optional and (kind.table not in self._synced or self._tables.get(kind.table)):
            self._tables.pop(kind.table, None)
            self._written = {key: seen for key, seen in self._written.items() if key.kind != kind.table}
            self._synced.add(kind.table)
            self.changed.set()

    def apply(self, kind: _Kind, event: Event, path: str = "") -> None:
        """Take one event of a watch of `path` (by default the only one of the kind) into account."""
        self._served[kind.table] = path or kind.paths[0]
        if event.type == "SYNCED":
            self._synced.add(kind.table)
            self.changed.set()
            return
        key = _key(event.object)
        parsed = None if event.type == "DELETED" else kind.parse(event.object)
        if kind.table == "orders":
            self._obey(key, parsed)
            return
        if kind.table in _ROUTE_TABLES:
            route = RouteKey(key.namespace, key.name, kind.table)
            self._written.pop(route, None)
            if parsed is not None:
                self._written[route] = event.object
        table = self._tables.setdefault(kind.table, {})
        before = table.get(key)
        if parsed is None:
            table.pop(key, None)
        elif not _same(parsed, before):
            table[key] = parsed
        if table.get(key) is not before or kind.table in _ROUTE_TABLES:
            self.changed.set()

    def _obey(self, key: Any, parsed: Orders | None) -> None:
        if key != ObjectKey(*self.defect_map):
            return
        before = (self.ordered, self.orders)
        self.ordered, self.orders = parsed is not None, parsed or Orders()
        if (self.ordered, self.orders) != before:
            self.changed.set()


def _key(obj: Json) -> Any:
    meta = obj["metadata"]
    return ObjectKey(meta["namespace"], meta["name"]) if meta.get("namespace") else meta["name"]


def _orders(obj: Json, name: str) -> Orders | None:
    """What the ConfigMap `name` says; a scale that is no positive number is reported and means 1."""
    if obj["metadata"]["name"] != name:
        return None
    data = obj.get("data") or {}
    try:
        scale = float(data.get("timeScale") or 1)
    except ValueError:
        scale = 0.0
    if not 0 < scale < float("inf"):
        log.error("timeScale %r is no positive number", data.get("timeScale"))
        scale = 1.0
    return Orders(str(data.get("defect") or ""), scale, str(data.get("turn") or ""))


def _same(parsed: Any, before: Any) -> bool:
    """Whether a new reading differs in nothing but its resourceVersion, as after a write of status."""
    if before is None or type(parsed) is not type(before):
        return False
    names = [name for name in parsed.__dataclass_fields__ if name != "version"]
    return all(getattr(parsed, name) == getattr(before, name) for name in names)


async def follow(api: Api, state: ClusterState) -> None:
    """Keep `state` up to date, until cancelled. Raises ApiError when a collection cannot be watched."""

    async def one(kind: _Kind) -> None:
        while True:
            for path in kind.paths:
                try:
                    async for event in api.watch(path):
                        state.apply(kind, event, path)
                except ApiError as error:
                    if error.code != 404:
                        raise
            state.absent(kind)
            await asyncio.sleep(_NO_SUCH_OPTIONAL_KIND_SECONDS if kind.optional else _NO_SUCH_KIND_SECONDS)

    async with asyncio.TaskGroup() as tasks:
        for kind in state.kinds():
            tasks.create_task(one(kind))


def defect_of(state: ClusterState, known: Mapping[str, object]) -> str:
    """The id of the defect to show, "" for none; an unknown id is reported and means none."""
    wanted = state.orders.defect
    if wanted and wanted not in known:
        log.error("unknown defect %r: the mesh stays conformant", wanted)
        return ""
    return wanted
