"""Lint of mesh profiles: what the model cannot say, with file, line and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import Problem
from harness.mesh_profile.model import ByRole, DataPlane, MeshProfile
from harness.mesh_profile.reading import MESHES, Reading, files, read
from harness.scenario.yamltree import Path as Place
from harness.stage.layout import LISTENERS
from spec import crds

HEADER = "# yaml-language-server: $schema=profile.schema.json"
_OURS = "gamma.test/"
_ENFORCE = "pod-security.kubernetes.io/enforce"
_NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_DOMAIN = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
_KEY = re.compile(rf"({_DOMAIN}/)?{_NAME}")
_VALUE = re.compile(rf"({_NAME})?")
_CONTROLLER = re.compile(rf"{_DOMAIN}/[A-Za-z0-9/._~%!$&'()*+,;=:-]+")
_CONTAINER = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PROTOCOL = re.compile(rf"({_DOMAIN}/)?[A-Za-z0-9]([A-Za-z0-9.-]{{0,61}}[A-Za-z0-9])?")

Finding = tuple[Place, str, str]
"""Where, what, and what to do."""


def lint_profiles(places: Iterable[Path] = (MESHES,)) -> list[Problem]:
    """Everything that is wrong with the profiles in these files and folders. Raises UsageError for unreadable ones."""
    return [problem for place in places for path in files(place) for problem in lint_profile(path)]


def lint_profile(path: Path) -> list[Problem]:
    """Everything that is wrong with one profile. Raises UsageError where it cannot be opened."""
    reading = read(path)
    if reading.profile is None:
        return list(reading.problems)
    findings = [*_form(reading, reading.profile, path), *_content(reading.profile)]
    return [Problem(reading.tree.at(place), text, fix, "profile") for place, text, fix in findings]


def _form(reading: Reading, profile: MeshProfile, path: Path) -> Iterator[Finding]:
    """What only the suite's own profiles have to keep to."""
    if path.resolve().parent != MESHES:
        return
    if not reading.text.startswith(f"{HEADER}\n"):
        yield (), "editors do not know the schema of this file", f"begin with {HEADER!r}"
    if profile.name != path.stem:
        yield ("name",), f"{profile.name!r} is not the file's name", f"write {path.stem}"


def _content(profile: MeshProfile) -> Iterator[Finding]:
    yield from _by_role("labels", profile.labels, values=True)
    yield from _by_role("annotations", profile.annotations, values=False)
    for index, extra in enumerate(profile.afterNamespaces):
        at: Place = ("afterNamespaces", index)
        yield from _entries((*at, "labels"), extra.labels, values=True)
        if extra.manifest is not None:
            yield from _manifest((*at, "manifest"), extra.manifest)
    yield from _data_plane(profile.dataPlane)
    yield from _protocols(profile.appProtocol)
    if profile.controllerName and not _CONTROLLER.fullmatch(profile.controllerName):
        yield ("controllerName",), f"{profile.controllerName!r} is no controllerName", "it has the form DOMAIN/PATH"
    named = profile.meshResource.controllerName
    if named and not _CONTROLLER.fullmatch(named):
        yield ("meshResource", "controllerName"), f"{named!r} is no controllerName", "it has the form DOMAIN/PATH"


def _by_role(field: str, by_role: ByRole, *, values: bool) -> Iterator[Finding]:
    yield from _entries((field, "enrolled"), by_role.enrolled, values=values)
    for role, entries in by_role.roles.items():
        yield from _entries((field, "roles", role), entries, values=values)


def _data_plane(plane: DataPlane) -> Iterator[Finding]:
    yield from _entries(("dataPlane", "podAnnotations"), plane.podAnnotations, values=False)
    for name in plane.serviceConditions:
        if not _KEY.fullmatch(name):
            yield ("dataPlane", "serviceConditions", name), f"{name!r} is no type of condition", _KEY_FORM
    for index, name in enumerate(plane.containers):
        if not _CONTAINER.fullmatch(name):
            yield ("dataPlane", "containers", index), f"no container can be called {name!r}", "use a-z, 0-9 and -"


def _protocols(by_port: Mapping[int, str]) -> Iterator[Finding]:
    for port, protocol in by_port.items():
        if port not in LISTENERS:
            known = ", ".join(map(str, LISTENERS))
            yield ("appProtocol", str(port)), f"no echo listens on port {port}", f"the ports are {known}"
        if not _PROTOCOL.fullmatch(protocol):
            yield ("appProtocol", str(port)), f"{protocol!r} is no appProtocol", "use a name, or DOMAIN/NAME"


_KEY_FORM = "it has the form NAME or DOMAIN/NAME, NAME with at most 63 of A-Z, a-z, 0-9, -, _ and ."


def _entries(place: Place, entries: Mapping[str, Any], *, values: bool) -> Iterator[Finding]:
    """Labels (whose values are limited, too) or annotations."""
    for key, value in entries.items():
        at = (*place, key)
        if not _KEY.fullmatch(key):
            yield at, f"{key!r} cannot be a key", _KEY_FORM
        if key.startswith(_OURS):
            yield at, f"{key} is the suite's own", "leave it out: it says which objects are ours"
        if key == _ENFORCE:
            yield at, f"{key} keeps sidecars out whose init container needs NET_ADMIN", "leave it out"
        if not isinstance(value, str):
            yield at, f"{value!r} is no text", "quote it"
        elif values and (not _VALUE.fullmatch(value) or len(value) > 63):
            yield at, f"{value!r} cannot be the value of a label", "use at most 63 of A-Z, a-z, 0-9, -, _ and ."


def _manifest(place: Place, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    labels = manifest["metadata"].get("labels") or {}
    if isinstance(labels, Mapping):
        yield from _entries((*place, "metadata", "labels"), labels, values=True)
    else:
        yield (*place, "metadata", "labels"), "labels are a mapping", "write KEY: VALUE"
    for error in crds.validate(dict(manifest), *crds.NEWEST):
        parts = [part for part in re.split(r"[.\[\]]+", error.path) if part]
        steps: Place = tuple(int(part) if part.isdigit() else part for part in parts)
        yield (*place, *steps), f"{error.path}: {error.message}", "the API would refuse the object"
