"""A world of the oracle as objects that the API would serve, with addresses in a block of its own."""

import copy
from dataclasses import replace
from typing import Any

from spec.crds import apply_defaults
from tests.contract.lab_mesh import objects
from tests.contract.lab_mesh.objects import Json
from tests.oracle.terms import Backend, Request, Service, World

NAMESPACES = ("p", "c", "d")


class Block:
    """One world among others in a cluster: namespaces like ``p-3``, addresses 10.96.3.x and 10.244.3.x.

    The world of number 0 keeps its namespaces.
    """

    def __init__(self, world: World, number: int) -> None:
        self._number = number
        services = tuple(replace(one, namespace=self._own(one.namespace)) for one in world.services)
        self.world = World(services, tuple(self._moved(dict(route)) for route in world.routes))

    def request(self, request: Request) -> Request:
        """The same request among these namespaces."""
        return replace(request, client=self._own(request.client), namespace=self._own(request.namespace))

    def objects(self) -> list[Json]:
        """Namespaces with a client each, Services with a pod if they are ready, and the routes."""
        names = [self._own(name) for name in NAMESPACES]
        made = [objects.namespace(name) for name in names]
        made += [objects.pod(name, "client", self.client_address(name)) for name in names]
        for index, service in enumerate(self.world.services, 1):
            made += self._service_objects(service, index)
        return made + [apply_defaults(copy.deepcopy(dict(route))) for route in self.world.routes]

    def client_address(self, namespace: str) -> str:
        """Of the client in that namespace."""
        return f"10.244.{self._number}.{200 + [self._own(name) for name in NAMESPACES].index(namespace)}"

    def service_address(self, namespace: str, name: str) -> str:
        """The cluster IP."""
        keys = [(one.namespace, one.name) for one in self.world.services]
        return f"10.96.{self._number}.{1 + keys.index((namespace, name))}"

    def _own(self, namespace: str) -> str:
        return f"{namespace}-{self._number}" if self._number else namespace

    def _moved(self, value: Any) -> Any:
        """The object with all namespaces in it changed."""
        if isinstance(value, dict):
            return {key: self._own(one) if key == "namespace" else self._moved(one) for key, one in value.items()}
        return [self._moved(one) for one in value] if isinstance(value, list) else value

    def _service_objects(self, service: Service, index: int) -> list[Json]:
        ports = dict(service.ports)
        address = {"Headless": "None", "ExternalName": ""}.get(service.kind, f"10.96.{self._number}.{index}")
        made = objects.service(service.name, address, service.namespace, ports)
        if service.kind == "ExternalName":
            made["spec"] |= {"type": "ExternalName", "externalName": f"v1.{self._own('p')}"}
            return [made]
        targets = {name: TARGET + number for name, number in ports.items()}
        pods = [f"10.244.{self._number}.{index}"] if service.ready else []
        slices = objects.endpoints(service.name, *pods, namespace=service.namespace, ports=targets)
        label = f"{service.namespace}/{service.name}"
        return [made, slices, *(objects.pod(service.namespace, service.name, ip, app=label) for ip in pods)]


TARGET = 10_000
"""Pods listen on the number of the Service's port, plus this."""


def backend_of(name: str) -> Backend:
    """The backend that calls itself ``NAMESPACE/NAME:PORT``."""
    service, _, port = name.partition(":")
    namespace, _, own = service.partition("/")
    return namespace, own, int(port) - TARGET
