"""Objects: kinds and namespaces that the suite uses, valid by the tables of the Gateway API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import spec.crds
from harness.errors import Problem
from harness.scenario.derived import Obj
from harness.scenario.model import Scenario
from harness.scenario.places import APP_PROTOCOLS, NAMESPACES
from harness.scenario.suggest import suggest

#: Kind -> the version that manifests use.
KINDS = {"Service": "v1", "HTTPRoute": "gateway.networking.k8s.io/v1"}
_METADATA = ("name", "namespace", "labels", "annotations")
_SERVICE = ("selector", "ports", "type", "clusterIP", "publishNotReadyAddresses")
_PORT = ("name", "port", "targetPort", "appProtocol", "protocol")
_LABEL = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]
"""Where in the object, what was found, what to do."""


def objects(scenario: Scenario) -> Iterator[Problem]:
    """Every object is complete, of a known kind, in one of our namespaces, and valid."""
    for name, listed in scenario.manifests.items():
        if not listed:
            yield Problem(scenario.at("manifests", name), f"the list {name!r} is empty", "fill or remove it")
        for index, obj in enumerate(listed):
            for path, text, fix in _findings(obj):
                yield Problem(scenario.at("manifests", name, index, *path), text, fix)


def _findings(obj: Obj) -> Iterator[Finding]:
    kind = obj.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        yield ("kind",), f"kind {kind!r} is not one that scenarios use", suggest(str(kind), KINDS)
        return
    if obj.get("apiVersion") != KINDS[kind]:
        yield ("apiVersion",), f"apiVersion {obj.get('apiVersion')!r} of a {kind}", f"write {KINDS[kind]}"
        return
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict):
        yield ("metadata",), f"the {kind} has no metadata", "write metadata: {name: NAME, namespace: gamma-producer}"
        return
    yield from _metadata(kind, metadata)
    yield from _namespaces(obj.get("spec"), ("spec",))
    yield from _service(obj) if kind == "Service" else _validated(obj)


def _metadata(kind: str, metadata: Mapping[str, Any]) -> Iterator[Finding]:
    for key in metadata:
        if key not in _METADATA:
            yield ("metadata", key), f"metadata of the {kind} has {key!r}", f"allowed: {', '.join(_METADATA)}"
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if not isinstance(name, str) or not _LABEL.fullmatch(name):
        fix = "lower-case letters, digits and hyphens, at most 63, beginning with a letter"
        yield ("metadata", "name"), f"the name of the {kind} is {name!r}", fix
    if namespace not in NAMESPACES:
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


def _validated(obj: Obj) -> Iterator[Finding]:
    for error in spec.crds.validate(obj):
        yield path_of(error.path), f"{error.path or obj['kind']}: {error.message}", "correct the object"


def path_of(text: str) -> Path:
    """``spec.rules[0].name`` as the steps that lead there."""
    return tuple(int(part) if part.isdecimal() else part for part in re.findall(r"[^.\[\]]+", text))


def _service(obj: Obj) -> Iterator[Finding]:
    spec_ = obj.get("spec")
    if not isinstance(spec_, dict) or not isinstance(spec_.get("ports"), list) or not spec_["ports"]:
        yield ("spec",), "the Service has no ports", "list at least one: {name: http, port: 80, targetPort: 8080, ...}"
        return
    for key in [*spec_.keys() - set(_SERVICE)]:
        yield ("spec", key), f"the Service has {key!r}", f"allowed: {', '.join(_SERVICE)}"
    selector = spec_.get("selector")
    if not isinstance(selector, dict) or not all(isinstance(value, str) for value in selector.values()):
        yield ("spec", "selector"), "the Service has no selector of labels", "select pods: {app: echo-v1}"
    for index, port in enumerate(spec_["ports"]):
        place: Path = ("spec", "ports", index)
        if isinstance(port, dict):
            yield from _port(port, place, named=len(spec_["ports"]) > 1)
        else:
            yield place, f"a port is {port!r}", "write a mapping"


def _port(port: Mapping[str, Any], place: Path, *, named: bool) -> Iterator[Finding]:
    for key in [*port.keys() - set(_PORT)]:
        yield (*place, key), f"the port has {key!r}", f"allowed: {', '.join(_PORT)}"
    if named and not port.get("name"):
        yield place, "one of several ports has no name", "Kubernetes wants a name for each"
    number, target = port.get("port"), port.get("targetPort", port.get("port"))
    if not isinstance(number, int) or not 0 < number < 65536:
        yield (*place, "port"), f"the port number is {number!r}", "write a number from 1 to 65535"
    elif target not in APP_PROTOCOLS:
        listening = ", ".join(map(str, APP_PROTOCOLS))
        yield (*place, "targetPort"), f"no pod listens on {target!r}", f"target one of: {listening}"
    elif port.get("appProtocol") != APP_PROTOCOLS[target]:
        wanted = APP_PROTOCOLS[target]
        text = f"appProtocol {port.get('appProtocol')!r} for the pod port {target}"
        fix = f"write appProtocol: {wanted}" if wanted else "leave appProtocol out"
        yield (*place, "appProtocol"), text, f"{fix}: every Service gives a pod port the same one"
