"""The least that every object of a scenario must be, so that all else may rely on it: known kind, right types.

Told when the file is loaded; whether the object also makes sense is the business of lint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import spec.crds
from harness.errors import Problem
from harness.scenario.derived import Obj
from harness.scenario.model import Scenario
from harness.scenario.suggest import suggest

#: Kind -> the version that manifests use.
KINDS = {"Service": "v1", "EndpointSlice": "discovery.k8s.io/v1"} | {
    kind: f"{table.group}/{table.versions[0].name}" for kind, table in spec.crds.tables(*spec.crds.NEWEST).items()
}
#: Kinds that can have a Service as their parent.
ROUTES = ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute")

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]
"""Where in the object, what was found, what to do."""
_RULE = "objects"


def shapes(scenario: Scenario) -> list[Problem]:
    """Objects that are none, or whose fields have the wrong types."""
    return [
        Problem(scenario.at("manifests", name, index, *path), text, fix, _RULE)
        for name, listed in scenario.manifests.items()
        for index, obj in enumerate(listed)
        for path, text, fix in _findings(obj, refused=name in scenario.refused_lists)
    ]


def path_of(text: str) -> Path:
    """``spec.rules[0].name`` as the steps that lead there."""
    return tuple(int(part) if part.isdecimal() else part for part in re.findall(r"[^.\[\]]+", text))


def _findings(obj: Obj, *, refused: bool) -> Iterator[Finding]:
    """What is wrong; an object that admission has to refuse may have any content."""
    kind = obj.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        yield ("kind",), f"kind {kind!r} is not one that scenarios use", suggest(str(kind), KINDS)
    elif obj.get("apiVersion") != KINDS[kind]:
        yield ("apiVersion",), f"apiVersion {obj.get('apiVersion')!r} of a {kind}", f"write {KINDS[kind]}"
    else:
        yield from _metadata(kind, obj.get("metadata"))
        if kind == "Service":
            yield from _service(obj.get("spec"))
        elif kind == "EndpointSlice":
            yield from _slice(obj)
        elif not refused:
            yield from _typed(obj)


def cluster_wide(kind: str) -> bool:
    """Whether objects of the kind live in no namespace."""
    table = spec.crds.tables(*spec.crds.NEWEST).get(kind)
    return table is not None and table.scope == "Cluster"


def _metadata(kind: str, metadata: Any) -> Iterator[Finding]:
    fix = "write metadata: {name: NAME, namespace: gamma-producer}"
    if not isinstance(metadata, dict):
        yield ("metadata",), f"the {kind} has no metadata", fix
        return
    for key in ("name",) if cluster_wide(kind) else ("name", "namespace"):
        if not isinstance(metadata.get(key), str):
            yield ("metadata", key), f"the {key} of the {kind} is {metadata.get(key)!r}", fix
    for key in ("labels", "annotations"):
        if not _words(metadata.get(key, {})):
            yield ("metadata", key), f"{key} of the {kind} are {metadata[key]!r}", "write a mapping of texts"


def _service(body: Any) -> Iterator[Finding]:
    ports = body.get("ports") if isinstance(body, dict) else None
    if not isinstance(ports, list) or not ports:
        yield ("spec", "ports"), "the Service has no ports", "list one: {name: http, port: 80, targetPort: 8080, ...}"
        return
    if not _words(body.get("selector", {})):
        fix = "select pods: {app: echo-v1}, or leave it out"
        yield ("spec", "selector"), "the Service has no selector of labels", fix
    for index, port in enumerate(ports):
        number = port.get("port") if isinstance(port, dict) else None
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 65536:
            text = f"the port number is {number!r}" if isinstance(port, dict) else f"a port is {port!r}"
            yield ("spec", "ports", index, "port"), text, "write {port: NUMBER, ...} with a number from 1 to 65535"
        elif not isinstance(port.get("targetPort", number), int | str):
            place: Path = ("spec", "ports", index, "targetPort")
            yield place, f"targetPort is {port['targetPort']!r}", "write the number of a container port"


def _slice(obj: Obj) -> Iterator[Finding]:
    """An EndpointSlice: lists of endpoints, each with addresses, and of ports."""
    for key, fix in (("endpoints", "[{addresses: [podip://echo-v2.gamma-producer]}]"), ("ports", "[{port: 8080}]")):
        listed = obj.get(key)
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            yield (key,), f"{key} of the EndpointSlice are {listed!r}", f"write {key}: {fix}"
        elif key == "endpoints":
            for index, endpoint in enumerate(listed):
                addresses = endpoint.get("addresses")
                if not isinstance(addresses, list) or not all(isinstance(item, str) for item in addresses):
                    yield (key, index, "addresses"), f"the addresses are {addresses!r}", f"write {key}: {fix}"


def _words(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _typed(obj: Obj) -> Iterator[Finding]:
    for error in spec.crds.validate(obj, *spec.crds.NEWEST):
        if error.rule in ("type", "required"):
            yield path_of(error.path), f"{error.path}: {error.message}", "correct the object"
