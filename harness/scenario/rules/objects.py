"""Objects: names and namespaces that are ours, pod ports with their one protocol, valid by the Gateway API's tables.

That they have a known kind and the right types was told when the file was loaded (``harness.scenario.shape``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import spec.crds
from harness.errors import Problem
from harness.scenario.derived import Obj
from harness.scenario.model import Scenario
from harness.scenario.places import APP_PROTOCOLS, NAMESPACES
from harness.scenario.shape import Finding, Path, cluster_wide, path_of
from harness.scenario.suggest import suggest

_METADATA = ("name", "namespace", "labels", "annotations")
_SERVICE = ("selector", "ports", "type", "clusterIP", "publishNotReadyAddresses")
_PORT = ("name", "port", "targetPort", "appProtocol", "protocol")
_LABEL = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


def objects(scenario: Scenario) -> Iterator[Problem]:
    """Every object stands in one of our namespaces, and is valid."""
    for name, listed in scenario.manifests.items():
        if not listed:
            yield Problem(scenario.at("manifests", name), f"the list {name!r} is empty", "fill or remove it")
        for index, obj in enumerate(listed):
            refused = name in scenario.refused_lists
            for path, text, fix in _findings(obj, refused=refused):
                yield Problem(scenario.at("manifests", name, index, *path), text, fix)


def _findings(obj: Obj, *, refused: bool) -> Iterator[Finding]:
    for key in obj:
        if key not in ("apiVersion", "kind", "metadata", "spec"):
            yield (key,), f"the {obj['kind']} has {key!r}", "an object is apiVersion, kind, metadata and spec"
    yield from _metadata(obj["kind"], obj["metadata"])
    yield from _namespaces(obj.get("spec"), ("spec",))
    if obj["kind"] == "Service":
        yield from _service(obj["spec"])
    elif refused:
        yield from _refusable(obj)
    else:
        yield from _validated(obj)


def _metadata(kind: str, metadata: Mapping[str, Any]) -> Iterator[Finding]:
    for key in metadata:
        if key not in _METADATA:
            yield ("metadata", key), f"metadata of the {kind} has {key!r}", f"allowed: {', '.join(_METADATA)}"
    name, namespace = metadata["name"], metadata.get("namespace")
    if not _LABEL.fullmatch(name):
        fix = "lower-case letters, digits and hyphens, at most 63, beginning with a letter"
        yield ("metadata", "name"), f"the name of the {kind} is {name!r}", fix
    if cluster_wide(kind):
        if namespace is not None:
            yield ("metadata", "namespace"), f"the {kind} has a namespace", "remove it: it belongs to the whole cluster"
    elif namespace not in NAMESPACES:
        fix = suggest(str(namespace), NAMESPACES)
        yield ("metadata", "namespace"), f"the namespace of the {kind} is {namespace!r}, none of ours", fix


def _namespaces(value: Any, path: Path) -> Iterator[Finding]:
    """References to other namespaces than ours, anywhere below."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "namespace" and item not in NAMESPACES:
                yield (*path, key), f"namespace {item!r} is none of ours", suggest(str(item), NAMESPACES)
            else:
                yield from _namespaces(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _namespaces(item, (*path, index))


def _refusable(obj: Obj) -> Iterator[Finding]:
    if spec.crds.table_of(obj, *spec.crds.NEWEST) is not None and not spec.crds.validate(obj, *spec.crds.NEWEST):
        text = f"nothing is wrong with the {obj['kind']}, so that admission would not refuse it"
        yield (), text, "break the rule that the check is about"


def _validated(obj: Obj) -> Iterator[Finding]:
    for error in spec.crds.validate(obj, *spec.crds.NEWEST):
        yield path_of(error.path), f"{error.path or obj['kind']}: {error.message}", "correct the object"


def _service(body: Mapping[str, Any]) -> Iterator[Finding]:
    for key in body:
        if key not in _SERVICE:
            yield ("spec", key), f"the Service has {key!r}", f"allowed: {', '.join(_SERVICE)}"
    for index, port in enumerate(body["ports"]):
        yield from _port(port, ("spec", "ports", index), named=len(body["ports"]) > 1)


def _port(port: Mapping[str, Any], place: Path, *, named: bool) -> Iterator[Finding]:
    for key in port:
        if key not in _PORT:
            yield (*place, key), f"the port has {key!r}", f"allowed: {', '.join(_PORT)}"
    if named and not port.get("name"):
        yield place, "one of several ports has no name", "Kubernetes wants a name for each"
    target = port.get("targetPort", port["port"])
    if target not in APP_PROTOCOLS:
        listening = ", ".join(map(str, APP_PROTOCOLS))
        yield (*place, "targetPort"), f"no pod listens on {target!r}", f"target one of: {listening}"
    elif port.get("appProtocol") != APP_PROTOCOLS[target]:
        wanted = APP_PROTOCOLS[target]
        text = f"appProtocol {port.get('appProtocol')!r} for the pod port {target}"
        fix = f"write appProtocol: {wanted}" if wanted else "leave appProtocol out"
        yield (*place, "appProtocol"), text, f"{fix}: every Service gives a pod port the same one"
