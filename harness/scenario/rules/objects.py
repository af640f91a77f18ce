"""Objects: names and namespaces that are ours, pod ports with their one protocol, valid by the Gateway API's tables.

That they have a known kind and the right types was told when the file was loaded (``harness.scenario.shape``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import spec.crds
from harness.errors import Problem
from harness.scenario.basics import NAMESPACE_PREFIX
from harness.scenario.derived import MESH_CONTROLLER, Obj, is_of_the_mesh
from harness.scenario.gateway_api import objections, replaced
from harness.scenario.model import Refused, Scenario
from harness.scenario.places import NAMESPACES
from harness.scenario.rules import core
from harness.scenario.shape import Finding, Path, cluster_wide, path_of
from harness.scenario.suggest import suggest

_METADATA = ("name", "namespace", "labels", "annotations")
_PARTS = {"EndpointSlice": ("apiVersion", "kind", "metadata", "addressType", "endpoints", "ports")}
_PARTS_OF_OTHERS = ("apiVersion", "kind", "metadata", "spec")
_NOBODYS = "example.net/"  # a domain that is nobody's by agreement
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
    yield from _refusable(scenario)


def _findings(obj: Obj, *, refused: bool) -> Iterator[Finding]:
    parts = _PARTS.get(obj["kind"], _PARTS_OF_OTHERS)
    for key in obj:
        if key not in parts:
            yield (key,), f"the {obj['kind']} has {key!r}", f"an object is {', '.join(parts[:-1])} and {parts[-1]}"
    yield from _metadata(obj["kind"], obj["metadata"])
    yield from _namespaces(obj.get("spec"), ("spec",))
    if obj["kind"] == "Service":
        yield from core.service(obj["spec"])
    elif obj["kind"] == "EndpointSlice":
        yield from core.endpoint_slice(obj)
    elif not refused:
        yield from _validated(obj)
        yield from _controller(obj)


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
        if not name.startswith(NAMESPACE_PREFIX):
            text = f"the {kind} {name!r} belongs to the whole cluster, and its name does not show that it is ours"
            yield ("metadata", "name"), text, f"begin it with {NAMESPACE_PREFIX}, which other prefixes replace"
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


def _refusable(scenario: Scenario) -> Iterator[Problem]:
    """Objects that admission has to refuse, but would let through, new or in place of what is there by then."""
    newest = [(spec.crds.NEWEST[0], channel) for channel in spec.crds.CHANNELS]
    for number, step in enumerate(scenario.steps):
        if not isinstance(step, Refused):
            continue
        for index, obj in enumerate(scenario.manifests.get(step.refused, ())):
            known = spec.crds.table_of(obj, *spec.crds.NEWEST) is not None
            old = replaced(scenario, number, obj)
            if known and not any(objections(obj, old, bundle) for bundle in newest):
                text = f"nothing is wrong with the {obj['kind']}, so that admission would not refuse it"
                place = scenario.at("manifests", step.refused, index)
                yield Problem(place, text, "break the rule that the check is about")


def _controller(obj: Obj) -> Iterator[Finding]:
    """Whose a Mesh is: the mesh's that is played on, or nobody's."""
    if obj["kind"] == "XMesh" and not is_of_the_mesh(obj):
        name = str(obj["spec"].get("controllerName", ""))
        if not name.startswith(_NOBODYS):
            text = f"controllerName {name!r} may be that of a real mesh"
            fix = f"write {MESH_CONTROLLER}, for which the profile's name is put, or one that begins with {_NOBODYS}"
            yield ("spec", "controllerName"), text, fix


def _validated(obj: Obj) -> Iterator[Finding]:
    for error in spec.crds.validate(obj, *spec.crds.NEWEST):
        yield path_of(error.path), f"{error.path or obj['kind']}: {error.message}", "correct the object"
