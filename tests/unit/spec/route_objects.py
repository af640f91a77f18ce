"""Objects for the tests of the field tables."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from spec.crds.model import Field

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


SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def values(node: Field) -> st.SearchStrategy[Any]:
    """Objects whose form is right; admission rules may refuse them."""
    if node.enum:
        return st.sampled_from(node.enum)
    if node.type == "object":
        needed = {name: values(node.fields[name]) for name in node.required}
        rest = {name: values(member) for name, member in node.fields.items() if name not in needed}
        return st.fixed_dictionaries(needed, optional=rest)
    if node.items:
        return st.lists(values(node.items), min_size=node.min_items or 0, max_size=min(2, node.max_items or 2))
    if node.type == "integer":
        return st.integers(node.minimum or 0, node.maximum or 9)
    if node.type == "boolean":
        return st.booleans()
    if node.format == "date-time":
        return st.just("2026-01-02T03:04:05Z")
    if node.matches:
        return st.from_regex(node.matches, fullmatch=True).filter(lambda text: len(text) in range(1, 60))
    return st.text(st.characters(categories=["L", "P"]), min_size=node.min_length or 0, max_size=5)
