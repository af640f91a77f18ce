"""What the suite asks of the API, by resource and verb. Pure; ``deploy/rbac.yaml`` grants exactly this."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import spec.crds
from harness.cluster import Wish
from harness.mesh_profile import MeshProfile
from harness.scenario.shape import ROUTES

MANIFEST = "deploy/rbac.yaml"


@dataclass(frozen=True, slots=True)
class Need:
    """Verbs on one resource.

    ``everywhere``: at the scope of the cluster; else in each namespace of the stage. ``without`` says what is lost
    where it is not granted, for what a run can do without.
    """

    group: str
    resource: str  # "pods/exec" where it is a subresource
    verbs: tuple[str, ...]
    everywhere: bool = False
    without: str = ""
    only: str = ""  # the one object that it is about

    def wishes(self, namespace: str = "") -> Iterator[Wish]:
        """Each verb as a question to the API."""
        resource, _, subresource = self.resource.partition("/")
        for verb in self.verbs:
            yield Wish(verb, self.group, resource, subresource, namespace, self.only)

    @property
    def name(self) -> str:
        """As people and kubectl name it: ``deployments.apps``."""
        resource, slash, subresource = self.resource.partition("/")
        return f"{resource}{f'.{self.group}' if self.group else ''}{slash}{subresource}"


_CRDS = "apiextensions.k8s.io"
_EXPERIMENTAL = "gateway.networking.x-k8s.io"
_LEARN = ("list", "watch")
_PUT = ("create", "delete", "patch")
_CHANGE = ("create", "delete", "get", "patch")

# Routes that scenarios read once more, to see that nobody has rewritten them.
_READ_BACK = ("GRPCRoute", "HTTPRoute")

_OWN_NAMESPACES = Need("", "namespaces", (*_CHANGE, *_LEARN), everywhere=True)
_PREPARED_NAMESPACES = Need("", "namespaces", ("get",))

_BASE = (
    Need("", "nodes", ("list",), everywhere=True, without="the report cannot say how many nodes there are"),
    Need(
        _CRDS,
        "customresourcedefinitions",
        ("get",),
        everywhere=True,
        only="httproutes.gateway.networking.k8s.io",
        without="version and channel of the Gateway API are not known; the newest is assumed",
    ),
    Need(
        _EXPERIMENTAL,
        "xmeshes",
        ("list",),
        everywhere=True,
        without="features that the mesh publishes are not seen; the profile's count",
    ),
    Need(
        _EXPERIMENTAL,
        "xmeshes",
        (*_CHANGE, "watch"),
        everywhere=True,
        without="scenarios about the Mesh resource, which is not in a namespace, cannot be played",
    ),
    Need("", "configmaps", ("list",), everywhere=True),
    Need("", "configmaps", _CHANGE),
    Need("", "services", ("list",), everywhere=True),
    Need("", "services", _CHANGE),
    Need("", "pods", ("list",), everywhere=True),
    Need("", "pods", _LEARN),
    Need("", "pods/exec", ("create", "get")),
    Need("", "events", ("list",), without="failures of pods cannot be explained by their events"),
    Need("apps", "deployments", _LEARN, everywhere=True),
    Need("apps", "deployments", (*_CHANGE, *_LEARN)),
    Need("discovery.k8s.io", "endpointslices", ("list",), everywhere=True),
    Need("discovery.k8s.io", "endpointslices", ("create", "delete", "patch", *_LEARN)),
)


def needs(kinds: Iterable[str], mesh: MeshProfile | None = None, *, prepared: bool = False) -> tuple[Need, ...]:
    """What a run needs that writes these kinds of the Gateway API, for a mesh whose profile applies objects.

    Namespaces that an administrator has ``prepared`` are not made, changed or deleted.
    """
    written = {*kinds, "HTTPRoute"}  # the control route is one
    extras = {str(extra.manifest["kind"]) for extra in (mesh.afterNamespaces if mesh else ()) if extra.manifest}
    found = [_PREPARED_NAMESPACES if prepared else _OWN_NAMESPACES, *_BASE]
    for kind, table in spec.crds.tables(*spec.crds.NEWEST).items():
        if table.scope == "Cluster":
            continue  # scenarios only read those
        watched = kind in written and kind in ROUTES
        found.append(Need(table.group, table.plural, _LEARN if watched else ("list",), everywhere=True))
        if watched:
            changed = _CHANGE if kind in _READ_BACK else _PUT
            found.append(Need(table.group, table.plural, (*changed, *_LEARN)))
        elif kind in extras:  # whose conditions are waited for
            found.append(Need(table.group, table.plural, (*_PUT, *_LEARN)))
        elif kind in written:
            found.append(Need(table.group, table.plural, _PUT))
    found.append(Need("gateway.networking.k8s.io", "httproutes/status", ("patch",)))
    return tuple(found)
