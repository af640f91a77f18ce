"""The list of built-in resources."""

from __future__ import annotations

from dataclasses import replace

from lab.api.builtin import access, services, small, workloads
from lab.api.builtin.columns import COLUMNS
from lab.api.builtin.definitions import default_names, validate_definition
from lab.api.builtin.types import node, public_name
from lab.api.resources import Resource, ScalePaths
from lab.api.store import Store

_CREATE_ONLY = ("create",)
_RBAC = "rbac.authorization.k8s.io"


def builtin_resources(store: Store) -> list[Resource]:
    """Every built-in resource; Services take their addresses by what is in ``store``."""
    service = services.Strategy(store)
    found = [
        Resource(
            "",
            "v1",
            "namespaces",
            "Namespace",
            namespaced=False,
            short_names=("ns",),
            has_status=True,
            selectable=frozenset({"status.phase"}),
            default=small.default_namespace,
            prepare=small.prepare_namespace,
            verbs=("create", "delete", "get", "list", "patch", "update", "watch"),
        ),
        Resource(
            "",
            "v1",
            "pods",
            "Pod",
            short_names=("po",),
            categories=("all",),
            has_status=True,
            subresources=("exec", "log"),
            selectable=frozenset({"spec.nodeName", "spec.restartPolicy", "status.phase", "status.podIP"}),
            default=workloads.default_pod,
            validate=workloads.validate_pod,
        ),
        Resource(
            "",
            "v1",
            "services",
            "Service",
            short_names=("svc",),
            categories=("all",),
            has_status=True,
            selectable=frozenset({"spec.clusterIP", "spec.type"}),
            default=services.default,
            prepare=service.prepare,
            validate=services.validate,
        ),
        Resource("", "v1", "endpoints", "Endpoints", short_names=("ep",)),
        Resource("", "v1", "configmaps", "ConfigMap", short_names=("cm",), validate=small.validate_data),
        Resource(
            "",
            "v1",
            "secrets",
            "Secret",
            selectable=frozenset({"type"}),
            prepare=small.prepare_secret,
            validate=small.validate_data,
        ),
        Resource("", "v1", "serviceaccounts", "ServiceAccount", short_names=("sa",), subresources=("token",)),
        Resource(
            "",
            "v1",
            "nodes",
            "Node",
            namespaced=False,
            short_names=("no",),
            has_status=True,
            selectable=frozenset({"spec.unschedulable"}),
        ),
        Resource(
            "",
            "v1",
            "events",
            "Event",
            short_names=("ev",),
            selectable=frozenset(
                {
                    "involvedObject.kind",
                    "involvedObject.name",
                    "involvedObject.namespace",
                    "involvedObject.uid",
                    "reason",
                    "type",
                    "reportingComponent",
                    "source",
                }
            ),
        ),
        Resource(
            "apps",
            "v1",
            "deployments",
            "Deployment",
            short_names=("deploy",),
            categories=("all",),
            has_status=True,
            scale=ScalePaths(),
            counts_generations=True,
            default=workloads.default_deployment,
            validate=workloads.validate_replica_set,
        ),
        Resource(
            "apps",
            "v1",
            "replicasets",
            "ReplicaSet",
            short_names=("rs",),
            categories=("all",),
            has_status=True,
            scale=ScalePaths(),
            counts_generations=True,
            default=workloads.default_replica_set,
            validate=workloads.validate_replica_set,
        ),
        Resource(
            "discovery.k8s.io",
            "v1",
            "endpointslices",
            "EndpointSlice",
            counts_generations=True,
            default=small.default_slice,
            validate=small.validate_slice,
        ),
        Resource("coordination.k8s.io", "v1", "leases", "Lease"),
        Resource("events.k8s.io", "v1", "events", "Event", short_names=("ev",), schema_ref=public_name("EventsEvent")),
        Resource(
            "apiextensions.k8s.io",
            "v1",
            "customresourcedefinitions",
            "CustomResourceDefinition",
            namespaced=False,
            short_names=("crd", "crds"),
            categories=("api-extensions",),
            has_status=True,
            counts_generations=True,
            default=default_names,
            validate=validate_definition,
        ),
        Resource(
            "authorization.k8s.io",
            "v1",
            "selfsubjectaccessreviews",
            "SelfSubjectAccessReview",
            namespaced=False,
            verbs=_CREATE_ONLY,
        ),
        Resource(
            "authentication.k8s.io",
            "v1",
            "selfsubjectreviews",
            "SelfSubjectReview",
            namespaced=False,
            verbs=_CREATE_ONLY,
        ),
        Resource(
            "authorization.k8s.io",
            "v1",
            "selfsubjectrulesreviews",
            "SelfSubjectRulesReview",
            namespaced=False,
            verbs=_CREATE_ONLY,
        ),
        _role("ClusterRole"),
        _role("Role"),
        _binding("ClusterRoleBinding"),
        _binding("RoleBinding"),
    ]
    return [_complete(resource) for resource in found]


def _role(kind: str) -> Resource:
    namespaced = not kind.startswith("Cluster")
    return Resource(_RBAC, "v1", f"{kind.lower()}s", kind, namespaced=namespaced, validate=access.validate_role)


def _binding(kind: str) -> Resource:
    return Resource(
        _RBAC,
        "v1",
        f"{kind.lower()}s",
        kind,
        namespaced=not kind.startswith("Cluster"),
        default=access.default_binding,
        validate=access.validate_binding,
    )


def _complete(resource: Resource) -> Resource:
    """What follows from the kind: singular name, type, columns, name in the OpenAPI document."""
    type_name = "EventsEvent" if resource.group == "events.k8s.io" else resource.kind
    return replace(
        resource,
        singular=resource.kind.lower(),
        node=node(type_name),
        columns=COLUMNS.get(resource.kind, ()),
        schema_ref=public_name(type_name),
    )
