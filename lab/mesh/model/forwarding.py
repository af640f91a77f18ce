"""A cluster without a mesh: connections go to the pods behind a Service, whatever routes say. Pure."""

from __future__ import annotations

from dataclasses import replace

from lab.mesh.world.service import Service
from lab.mesh.world.snapshot import World

_BYTES = "tcp"  # an appProtocol whose requests nobody reads


def without_mesh(world: World) -> World:
    """What plain forwarding sees of a cluster: no routes, and only connections, as kube-proxy does."""
    return replace(world, routes={}, services={key: _plain(service) for key, service in world.services.items()})


def _plain(service: Service) -> Service:
    return replace(service, ports=tuple(replace(port, app_protocol=_BYTES) for port in service.ports))
