"""Discovery: which groups, versions and resources there are, in the plain and in the aggregated form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from lab.api.resources import Registry, Resource

Object = dict[str, Any]

VERSION = {
    "major": "1",
    "minor": "33",
    "gitVersion": "v1.33.0+gamma-lab",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "linux/amd64",
}
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_SCALE = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
# Subresources that are not objects of the resource's own kind: kind and verbs.
_OTHER_SUBRESOURCES = {
    "exec": ("PodExecOptions", ["create", "get"]),
    "log": ("Pod", ["get"]),
    "token": ("TokenRequest", ["create"]),
}
_CHANGE = ["get", "patch", "update"]


def core_versions() -> Object:
    """The answer at ``/api``."""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}],
    }


def groups(registry: Registry) -> Object:
    """The answer at ``/apis``."""
    return {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [group(registry, name) for name in _group_names(registry)],
    }


def group(registry: Registry, name: str) -> Object:
    """The answer at ``/apis/NAME``; empty if the group has no versions."""
    versions = [{"groupVersion": f"{name}/{version}", "version": version} for version in _versions(registry, name)]
    if not versions:
        return {}
    return {"kind": "APIGroup", "apiVersion": "v1", "name": name, "versions": versions, "preferredVersion": versions[0]}


def resources(registry: Registry, group_name: str, version: str) -> Object:
    """The answer at ``/api/v1`` and ``/apis/GROUP/VERSION``; empty if there are none."""
    found = [one for one in registry.all() if (one.group, one.version) == (group_name, version)]
    if not found:
        return {}
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": found[0].api_version,
        "resources": [entry for resource in found for entry in _entries(resource)],
    }


def aggregated(registry: Registry, *, core: bool) -> Object:
    """The aggregated answer at ``/api`` (core) and ``/apis`` (all others)."""
    names = [""] if core else _group_names(registry)
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": [_aggregated_group(registry, name) for name in names],
    }


def _group_names(registry: Registry) -> list[str]:
    return sorted({one.group for one in registry.all() if one.group})


def _versions(registry: Registry, name: str) -> list[str]:
    """Versions, the stable and newest first, as clients prefer them."""
    found = {one.version for one in registry.all() if one.group == name}
    return sorted(found, key=_stability)


def _stability(version: str) -> tuple[int, list[int]]:
    rank = 2 if "alpha" in version else 1 if "beta" in version else 0
    numbers = [int(part) for part in version.replace("alpha", " ").replace("beta", " ").lstrip("v").split() if part]
    return rank, [-number for number in numbers]


def _entries(resource: Resource) -> Iterable[Object]:
    base: Object = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        base["shortNames"] = list(resource.short_names)
    if resource.categories:
        base["categories"] = list(resource.categories)
    yield base
    for name, kind, verbs in _subresources(resource):
        entry: Object = {
            "name": f"{resource.plural}/{name}",
            "singularName": "",
            "namespaced": resource.namespaced,
            "kind": kind,
            "verbs": verbs,
        }
        if name == "scale":
            entry |= {"group": _SCALE["group"], "version": _SCALE["version"]}
        yield entry


def _subresources(resource: Resource) -> Iterable[tuple[str, str, list[str]]]:
    for name in resource.subresources:
        yield (name, *_OTHER_SUBRESOURCES[name])
    if resource.scale is not None:
        yield "scale", "Scale", _CHANGE
    if resource.has_status:
        yield "status", resource.kind, _CHANGE


def _aggregated_group(registry: Registry, name: str) -> Object:
    by_version: dict[str, list[Resource]] = defaultdict(list)
    for resource in registry.all():
        if resource.group == name:
            by_version[resource.version].append(resource)
    versions = [
        {
            "version": version,
            "resources": [_aggregated_resource(resource) for resource in by_version[version]],
            "freshness": "Current",
        }
        for version in _versions(registry, name)
    ]
    return {"metadata": {"name": name, "creationTimestamp": None} if name else {}, "versions": versions}


def _aggregated_resource(resource: Resource) -> Object:
    found: Object = {
        "resource": resource.plural,
        "responseKind": {"group": resource.group, "version": resource.version, "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        found["shortNames"] = list(resource.short_names)
    if resource.categories:
        found["categories"] = list(resource.categories)
    subresources = [
        {
            "subresource": name,
            "responseKind": _SCALE if name == "scale" else {"group": "", "version": "", "kind": kind},
            "verbs": verbs,
        }
        for name, kind, verbs in _subresources(resource)
    ]
    if subresources:
        found["subresources"] = subresources
    return found
