"""Defects of the Host header where no rule rewrites it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lab.defects.changes import forwards
from lab.defects.model import Defect, defect
from lab.mesh.model.actions import Forward, FrontendRules
from lab.mesh.model.decisions import Rules
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World


def hosts(name: Callable[[Service, Forward], str]) -> Rules:
    """Where no rule rewrites it, Host becomes another name."""

    def changed(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:
        def forward(action: Forward) -> Forward:
            return action if action.host is not None else replace(action, host=name(service, action))

        return forwards(forward)(world, service, port, rules)

    return changed


DEFECTS: tuple[Defect, ...] = (
    defect(
        "host-completed",
        "The Host that a client sends is completed to the full name of the Service it dials",
        breaks=("filters.host-header-preserved",),
        cause="The proxy looks the Service up by its full name, and writes what it looked up into the request.",
        rules=hosts(lambda service, action: f"{service.key.name}.{service.key.namespace}.svc.cluster.local"),  # noqa: ARG005
    ),
    defect(
        "host-of-backend",
        "The Host that a client sends is replaced by the name of the backend's Service",
        breaks=("filters.host-header-preserved",),
        cause="The proxy speaks to backends as to origins of their own, which expect their own name.",
        rules=hosts(lambda service, action: ".".join(reversed(action.cluster.service))),  # noqa: ARG005
    ),
)
