"""Who calls whom in a scenario: clients, the Services they dial, routes that govern these, and who answers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from cli.site.rules import Rule, rules
from harness.scenario.derived import applied_objects, identity
from harness.scenario.destination import destination
from harness.scenario.model import NAMESPACE_PREFIX, Probe, Scenario
from harness.scenario.places import DEFAULT_PORT, ECHOES

Kind = Literal["client", "service", "route", "workload", "missing"]
How = Literal["sends", "governs", "routes", "forwards"]
Obj = Mapping[str, Any]

_MOST_RULES = 6  # of a route; more are counted
_LONGEST = 37  # letters of a line, as they fit into the picture


@dataclass(frozen=True, slots=True)
class Box:
    """Something with a name; `lines` say more, one below the other."""

    id: str
    kind: Kind
    title: str
    place: str  # the role whose namespace it is in
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow; from a certain line of its source, where that is given."""

    source: str
    target: str
    how: How
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes by id in the order in which the scenario names them, and arrows without repetition."""

    boxes: Mapping[str, Box]
    edges: tuple[Edge, ...]


def graph(scenario: Scenario) -> Graph | None:
    """Who calls whom; None where nobody sends anything."""
    if not scenario.probes:
        return None
    made = _Making(scenario)
    for probe in scenario.probes.values():
        made.sent(probe)
    for route in made.routes:
        made.governed(route)
    return Graph(made.boxes, tuple(dict.fromkeys(made.edges)))


class _Making:
    """Collects boxes and edges of one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.boxes: dict[str, Box] = {}
        self.edges: list[Edge] = []
        self._own = {name: one.role for name, one in scenario.workloads.items()}
        objects = list(applied_objects(scenario))
        self._services = {identity(obj)[1:]: obj for obj in objects if obj.get("kind") == "Service"}
        self.routes = [obj for obj in _latest(objects) if str(obj.get("kind", "")).endswith("Route")]

    def sent(self, probe: Probe) -> None:
        """A client's request: to a Service, which forwards to whom it selects, or to a pod."""
        for client in probe.clients:
            sender = self._box("client", client.workload, client.role)
            where = destination(probe.url, client)
            if where.is_pod:
                receiver = self._box("workload", where.name, role(where.namespace))
            else:
                receiver = self._service(where.namespace, where.name)
                for workload in self._selected(where.namespace, where.name):
                    self.edges.append(Edge(receiver.id, workload.id, "forwards"))
            self.edges.append(Edge(sender.id, receiver.id, "sends"))

    def governed(self, route: Obj) -> None:
        """A route, the Services that are its parents, and to whom its rules send."""
        kind, namespace, name = identity(dict(route))
        found = rules(route)
        shown = found if len(found) <= _MOST_RULES else found[: _MOST_RULES - 1]
        lines: list[str] = []
        at: list[int] = []  # the line that a rule's arrows leave from
        for rule in shown:
            lines += rule.lines(_LONGEST)
            at.append(len(lines) - 1)
        if len(shown) < len(found):
            lines.append(f"and {len(found) - len(shown)} more rules")
            at += [len(lines) - 1] * (len(found) - len(shown))
        box = self._box("route", name, role(namespace), tuple(lines), kind)
        for parent in (route.get("spec") or {}).get("parentRefs") or ():
            if parent.get("kind", "Gateway") == "Service":
                service = self._service(str(parent.get("namespace", namespace)), str(parent.get("name", "")))
                self.edges.append(Edge(service.id, box.id, "governs"))
        for line, rule in zip(at, found, strict=True):
            self.edges += (Edge(box.id, workload.id, "routes", line) for workload in self._backends(rule, namespace))

    def _backends(self, rule: Rule, namespace: str) -> Iterator[Box]:
        for backend in rule.backends:
            place = backend.namespace or namespace
            if backend.weight == 0:
                continue
            found = list(self._selected(place, backend.name))
            yield from found or [self._nothing(place, backend.name)]

    def _nothing(self, namespace: str, name: str) -> Box:
        what = "selects no pod" if (namespace, name) in self._services else "does not exist"
        return self._box("missing", name, role(namespace), (what,))

    def _service(self, namespace: str, name: str) -> Box:
        ports = (self._services.get((namespace, name), {}).get("spec") or {}).get("ports") or ()
        numbers = sorted({int(port.get("port", DEFAULT_PORT)) for port in ports})
        lines = (f"port {', '.join(map(str, numbers))}",) if numbers and numbers != [DEFAULT_PORT] else ()
        return self._box("service", name, role(namespace), lines)

    def _selected(self, namespace: str, name: str) -> Iterator[Box]:
        """The workloads that a Service of the scenario selects."""
        selector = (self._services.get((namespace, name), {}).get("spec") or {}).get("selector") or {}
        place = role(namespace)
        if "app" in selector:
            yield self._box("workload", str(selector["app"]), place)
        elif selector.get("echo") == "any":
            for workload in ECHOES.get(place, ()):
                yield self._box("workload", workload, place)

    def _box(self, kind: Kind, title: str, place: str, lines: tuple[str, ...] = (), prefix: str = "") -> Box:
        name = f"{prefix or kind}/{place}/{title}"
        return self.boxes.setdefault(name, Box(name, kind, title, place, lines))


def role(namespace: str) -> str:
    """``gamma-consumer`` is ``consumer``."""
    return namespace.removeprefix(NAMESPACE_PREFIX)


def _latest(objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each object once, as it was written last."""
    return list({identity(obj): obj for obj in objects}.values())


def request(probe: Probe) -> str:
    """``GET http://name.gamma-producer/path``, or the protocol where that has no method."""
    scheme = urlsplit(probe.url).scheme
    if scheme in ("tcp", "tls"):
        return probe.url
    return f"{'gRPC' if probe.protocol == 'grpc' else probe.method} {probe.url}"
