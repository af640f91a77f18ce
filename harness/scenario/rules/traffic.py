"""Traffic: by whom and to what probes are sent, and which Services routes name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.errors import Problem
from harness.scenario.basics import NAMESPACE_PREFIX, ROLES, Client, Mark
from harness.scenario.derived import Obj, applied_objects, identity, parent_services
from harness.scenario.destination import Destination, destination
from harness.scenario.model import Apply, Probe, Scenario
from harness.scenario.places import APP_PROTOCOLS, CLIENTS, ECHOES, NAMESPACES, role_of
from harness.scenario.shape import ROUTES
from harness.scenario.suggest import suggest

Service = tuple[str, str]
"""Namespace and name."""
_OWN_HEADERS = ("x-gamma-id",)
_MISSING = "missing"


def clients(scenario: Scenario) -> Iterator[Problem]:
    """Every client, of a probe or a fence, is one of the stage."""
    for name, probe in scenario.probes.items():
        for index, text in enumerate(probe.from_):
            yield from _client(scenario.at("probes", name, "from", index), text, probe.from_[:index])
        for header in probe.headers:
            if header.lower() in _OWN_HEADERS:
                mark = scenario.at("probes", name, "headers", header)
                yield Problem(mark, f"{header} is the suite's own header", "leave it out")
    for number, step in enumerate(scenario.steps):
        if isinstance(step, Apply) and step.fence is not None:
            yield from _fence(scenario, number, step, step.fence)


def _fence(scenario: Scenario, number: int, step: Apply, fenced: tuple[str, ...]) -> Iterator[Problem]:
    """A fence stands beside the Services of the routes that are applied, and its clients exist."""
    for index, text in enumerate(fenced):
        yield from _client(scenario.at("steps", number, "fence", index), text, fenced[:index])
    own = services_of(scenario)
    routes = scenario.manifests.get(step.apply, ())
    if not any(parent in own for route in routes for parent in parent_services(route)):
        text = f"the fence stands nowhere: no route in {step.apply} has a Service of this scenario as its parent"
        yield Problem(scenario.at("steps", number, "fence"), text, "await a witness instead")


def _client(mark: Mark, text: str, before: tuple[str, ...]) -> Iterator[Problem]:
    client = Client.parse(text)
    if client.role not in ROLES:
        role = client.role.removeprefix(NAMESPACE_PREFIX)
        yield Problem(mark, f"there is no role {client.role!r}", suggest(role, ROLES))
    elif client.workload not in CLIENTS[client.role]:
        known = [str(Client(client.role, workload)) for workload in CLIENTS[client.role]]
        yield Problem(mark, f"there is no client {text!r}", suggest(text, known))
    elif client in map(Client.parse, before):
        yield Problem(mark, f"the client {text!r} is named twice", "keep one")


def destinations(catalogue: Mapping[str, Scenario]) -> Iterator[Problem]:
    """Every URL names a Service of the probe's own scenario, or a pod that answers."""
    owners = {service: scenario for scenario in catalogue.values() for service in services_of(scenario)}
    for scenario in catalogue.values():
        services = services_of(scenario)
        for name, probe in scenario.probes.items():
            mark = scenario.at("probes", name, "url")
            yield from _destination(scenario, mark, probe, services, owners)


def services_of(scenario: Scenario) -> dict[Service, set[int]]:
    """The Services of a scenario with their ports."""
    found: dict[Service, set[int]] = {}
    for obj in applied_objects(scenario):
        if obj.get("kind") == "Service":
            ports = (obj.get("spec") or {}).get("ports") or ()
            found.setdefault(identity(obj)[1:], set()).update(
                port["port"] for port in ports if isinstance(port, dict) and isinstance(port.get("port"), int)
            )
    return found


def _destination(
    scenario: Scenario,
    mark: Mark,
    probe: Probe,
    services: Mapping[Service, set[int]],
    owners: Mapping[Service, Scenario],
) -> Iterator[Problem]:
    told: set[str] = set()
    for client in probe.clients:
        try:
            found = destination(probe.url, client)
        except ValueError as error:
            yield Problem(mark, f"{probe.url}: {error}", "")
            return
        problem = _pod(scenario, found, mark) if found.is_pod else _service(scenario, found, mark, services, owners)
        if problem is not None and problem.text not in told:
            told.add(problem.text)
            yield problem


def _pod(scenario: Scenario, found: Destination, mark: Mark) -> Problem | None:
    role = role_of(found.namespace)
    known = ECHOES.get(role, ()) if found.namespace in NAMESPACES else ()
    known += tuple(name for name, owned in scenario.workloads.items() if owned.role == role)
    if found.name not in known:
        text = f"no workload {found.name!r} answers in {found.namespace}"
        return Problem(mark, text, suggest(found.name, known) if known else suggest(found.namespace, NAMESPACES))
    if found.port not in APP_PROTOCOLS:
        ports = ", ".join(map(str, APP_PROTOCOLS))
        return Problem(mark, f"{found.name} does not listen on {found.port}", f"its container ports: {ports}")
    return None


def _service(
    scenario: Scenario,
    found: Destination,
    mark: Mark,
    services: Mapping[Service, set[int]],
    owners: Mapping[Service, Scenario],
) -> Problem | None:
    service = (found.namespace, found.name)
    shown = f"{found.name}.{found.namespace}"
    if found.namespace not in NAMESPACES:
        return Problem(mark, f"{shown}: no namespace {found.namespace!r}", suggest(found.namespace, NAMESPACES))
    if service not in services:
        owner = owners.get(service)
        if owner is not None and owner is not scenario:
            text = f"foreign Service name: {shown} belongs to the scenario {owner.id} ({owner.mark.file})"
            return Problem(mark, text, "probe a Service of this scenario: another one's may change at any time")
        names = [f"{name}.{namespace}" for namespace, name in services]
        return Problem(mark, f"unknown Service name: {shown} is not in the manifests", suggest(shown, names))
    if found.port not in services[service]:
        ports = ", ".join(str(port) for port in sorted(services[service]))
        return Problem(mark, f"{shown} has no port {found.port}", f"its ports: {ports}")
    return None


def route_references(catalogue: Mapping[str, Scenario]) -> Iterator[Problem]:
    """Routes name Services of their own scenario, or such as say in their name that they are missing."""
    owners = {service: scenario for scenario in catalogue.values() for service in services_of(scenario)}
    for scenario in catalogue.values():
        own = services_of(scenario)
        for name, listed in scenario.manifests.items():
            for index, obj in enumerate(listed if name not in scenario.dry_lists else ()):
                for path, service in _referred(obj):
                    if service in own or _MISSING in service[1]:
                        continue
                    mark, shown = scenario.at("manifests", name, index, *path, "name"), ".".join(reversed(service))
                    if (owner := owners.get(service)) is not None:
                        text = f"foreign Service name: {shown} belongs to the scenario {owner.id} ({owner.mark.file})"
                        yield Problem(mark, text, "refer to a Service of this scenario")
                    else:
                        names = [f"{other}.{namespace}" for namespace, other in own]
                        fix = f"{suggest(shown, names)} (one that is meant to be absent has {_MISSING!r} in its name)"
                        yield Problem(mark, f"unknown Service name: {shown} is not in the manifests", fix)


def _referred(route: Obj) -> Iterator[tuple[tuple[str | int, ...], Service]]:
    """The references of a route to core Services, and where they stand."""
    own, body = identity(route)[1], route.get("spec")
    if route.get("kind") not in ROUTES or not isinstance(body, dict):
        return
    places: list[tuple[tuple[str | int, ...], Any]] = [(("spec", "parentRefs"), body.get("parentRefs"))]
    rules = body.get("rules")
    for number, rule in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(rule, dict):
            places.append((("spec", "rules", number, "backendRefs"), rule.get("backendRefs")))
    for place, references in places:
        for number, reference in enumerate(references if isinstance(references, list) else ()):
            if isinstance(reference, dict) and reference.get("kind", "Service") == "Service":
                service = (str(reference.get("namespace", own)), str(reference.get("name", "")))
                yield (*place, number), service
