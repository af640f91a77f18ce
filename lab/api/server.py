"""The parts of a running server, and what it contains when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.api import custom, rbac
from lab.api.audit import Audit
from lab.api.auth import Authenticator, Authorize, User
from lab.api.builtin.catalog import builtin_resources
from lab.api.builtin.services import API_ADDRESS
from lab.api.lifecycle import Lifecycle
from lab.api.listing import Lister
from lab.api.openapi import Documents
from lab.api.operations import Operations, Target
from lab.api.options import WriteOptions
from lab.api.resources import Registry
from lab.api.store import Change, Store
from lab.poses import LAB, Pose

Object = dict[str, Any]

_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_OPTIONS = WriteOptions(manager="kube-apiserver")


@dataclass(slots=True)
class Core:
    """Everything behind the handlers."""

    store: Store
    registry: Registry
    operations: Operations
    lifecycle: Lifecycle
    lister: Lister
    documents: Documents
    authenticator: Authenticator
    kubelet: Path
    authorize: Authorize
    audit: Audit = field(default_factory=lambda: Audit(None))

    def create(self, group: str, version: str, plural: str, obj: Object) -> None:
        """Create an object as the server itself."""
        resource = self.registry.find(group, version, plural)
        assert resource is not None, f"{plural} is a built-in resource"
        target = Target(resource, obj["metadata"].get("namespace", ""), "")
        self.operations.create(target, obj, _OPTIONS)


def build_core(
    *,
    tokens: Mapping[str, User],
    kubelet: Path,
    authority: str = "",
    gateway_api: custom.GatewayApi | None = None,
    namespaces: tuple[str, ...] = (),
    audit: Path | None = None,
    pose: Pose = LAB,
) -> Core:
    """A server's parts, with the namespaces and objects that every cluster has, and the Gateway API installed."""
    store = Store()
    registry = Registry(builtin_resources(store))
    lifecycle = Lifecycle(store, registry)
    core = Core(
        store=store,
        registry=registry,
        operations=Operations(store, lifecycle.remove_released, pose),
        lifecycle=lifecycle,
        lister=Lister(store),
        documents=Documents(registry),
        authenticator=Authenticator(tokens),
        kubelet=kubelet,
        authorize=rbac.Authorizer(store),
        audit=Audit(audit),
    )
    _follow_namespaces(core, authority)
    custom.follow_definitions(store, registry, gateway_api)
    for name in (*_NAMESPACES, *namespaces):
        core.create("", "v1", "namespaces", {"metadata": {"name": name}})
    core.create("", "v1", "services", _API_SERVICE)
    for role, binding in rbac.DEFAULTS:
        core.create(rbac.GROUP, "v1", "clusterroles", role)
        core.create(rbac.GROUP, "v1", "clusterrolebindings", binding)
    for definition in gateway_api.manifests() if gateway_api is not None else ():
        core.create("apiextensions.k8s.io", "v1", "customresourcedefinitions", definition)
    return core


_API_SERVICE: Object = {
    "metadata": {
        "name": "kubernetes",
        "namespace": "default",
        "labels": {"component": "apiserver", "provider": "kubernetes"},
    },
    "spec": {
        "clusterIP": API_ADDRESS,
        "ports": [{"name": "https", "port": 443, "targetPort": 6443, "appProtocol": "https"}],
    },
}


def _follow_namespaces(core: Core, authority: str) -> None:
    """Put into each new namespace what controllers of a real cluster put there."""

    def follow(change: Change) -> None:
        if change.type != "ADDED":
            return
        namespace = change.new.obj["metadata"]["name"]
        core.create("", "v1", "serviceaccounts", {"metadata": {"name": "default", "namespace": namespace}})
        bundle = {"metadata": {"name": "kube-root-ca.crt", "namespace": namespace}, "data": {"ca.crt": authority}}
        core.create("", "v1", "configmaps", bundle)

    core.store.table(("", "namespaces")).subscribers[follow] = follow
