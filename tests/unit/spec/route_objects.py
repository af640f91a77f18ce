"""Objects for the tests of the field tables."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

Object = dict[str, Any]


def http_route(**spec: Any) -> Object:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "front", "namespace": "gamma-producer"},
        "spec": deepcopy(spec),
    }


def with_rule(**rule: Any) -> Object:
    return http_route(parentRefs=[{"group": "", "kind": "Service", "name": "front"}], rules=[rule])


def with_filters(*filters: Object, **rule: Any) -> Object:
    return with_rule(filters=list(filters), **rule)


def with_path(value: str, kind: str = "PathPrefix") -> Object:
    return with_rule(matches=[{"path": {"type": kind, "value": value}}])


def resource(kind: str, version: str = "v1", **spec: Any) -> Object:
    """An object of any kind of the group."""
    return http_route(**spec) | {"apiVersion": f"gateway.networking.k8s.io/{version}", "kind": kind}


def grpc_route(**rule: Any) -> Object:
    return resource("GRPCRoute", rules=[rule])


def mesh(controller: str = "example.org/mesh", **spec: Any) -> Object:
    return {
        "apiVersion": "gateway.networking.x-k8s.io/v1alpha1",
        "kind": "XMesh",
        "metadata": {"name": "mesh"},
        "spec": {"controllerName": controller, **deepcopy(spec)},
    }
