"""The features that a mesh can claim or disclaim (``features.yaml``), and which of them a manifest needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from spec.documents import SpecError, check_keys, one_of, read, text

FeatureSupport = Literal["core", "extended", "experimental"]

_FILE = "spec/features.yaml"
_SINCE = re.compile(r"v\d+\.\d+\.\d+/(standard|experimental)")
_RELEASE = re.compile(r"v\d+\.\d+\.\d+")
_WORD = re.compile(r"H2C|[A-Z]+(?![a-z])|[A-Z][a-z]+|\d+")
_FIELD = re.compile(r"[A-Za-z]+(\[\])?(\.[A-Za-z]+(\[\])?)*")
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Use:
    """What shows in a manifest that a feature is needed; the fields are explained in ``features.yaml``."""

    kinds: tuple[str, ...]
    field: str = ""
    within: str = ""
    value: Any = _ABSENT
    differs_from: str = ""
    together: str = ""
    times: int = 1

    def found_in(self, manifest: Mapping[str, Any]) -> bool:
        """Whether the manifest shows it."""
        if manifest.get("kind") not in self.kinds:
            return False
        if not self.field:
            return True
        scopes = values_at(manifest, self.within) if self.within else iter((manifest,))
        return any(self._shows(scope, manifest) for scope in scopes)

    def _shows(self, scope: Any, manifest: Mapping[str, Any]) -> bool:
        if self.together and not list(values_at(scope, self.together)):
            return False
        return self._occurrences(scope, manifest) >= self.times

    def _occurrences(self, scope: Any, manifest: Mapping[str, Any]) -> int:
        found = list(values_at(scope, self.field))
        if self.value is not _ABSENT:
            found = [one for one in found if one == self.value]
        if self.differs_from:
            others = list(values_at(manifest, self.differs_from))
            found = [one for one in found if one not in others]
        return len(found)


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of the Gateway API that applies to a mesh; the fields are those of ``features.yaml``."""

    name: str
    support: FeatureSupport
    since: str
    doc: str
    gateway_name: str | None
    experimental: str
    used_by: tuple[Use, ...]

    @property
    def channel(self) -> str:
        """The channel that the feature belongs to: ``standard`` or ``experimental``."""
        return self.since.partition("/")[2]

    @property
    def releases(self) -> dict[str, str]:
        """The first release line of each channel that has what the feature is about; standard things are in both."""
        releases = {self.channel: self.since}
        if self.experimental:
            releases["experimental"] = self.experimental
        return {channel: release.rpartition(".")[0] for channel, release in releases.items()}

    @property
    def marker(self) -> str:
        """The name of its pytest marker: MeshConsumerRoute is ``mesh_consumer_route``."""
        return marker(self.name)


def marker(name: str) -> str:
    """The pytest marker of a feature name: its words in lower case, joined by underscores."""
    return "_".join(_WORD.findall(name)).lower()


@cache
def load() -> dict[str, Feature]:
    """All features by name, in the order of the file; raises SpecError where the file is wrong."""
    return parse(read("features.yaml"))


def parse(document: object) -> dict[str, Feature]:
    """Turn the parsed file into features by name; raises SpecError naming the entry that is wrong."""
    entries = check_keys(_FILE, document, ("features",))["features"]
    return {name: _feature(name, raw) for name, raw in entries.items()}


def features_of(manifest: Mapping[str, Any]) -> set[str]:
    """The features that a mesh needs to obey the object, read from its fields as they are written, without defaults."""
    return {name for name, use in _shown_by(manifest.get("kind")) if use.found_in(manifest)}


@cache
def _shown_by(kind: object) -> tuple[tuple[str, Use], ...]:
    """The features that objects of a kind can show, with what shows them."""
    return tuple((one.name, use) for one in load().values() for use in one.used_by if kind in use.kinds)


def values_at(value: Any, path: str) -> Iterator[Any]:
    """Every value at ``path`` (``spec.rules[].name``) that is set; what has another form than the path has none."""
    step, _, rest = path.partition(".")
    name = step.removesuffix("[]")
    if not isinstance(value, Mapping) or value.get(name) is None:
        return
    found = [value[name]]
    if step.endswith("[]"):
        found = found[0] if isinstance(found[0], list) else []
    for one in found:
        yield from values_at(one, rest) if rest else (one,)


def _feature(name: str, raw: object) -> Feature:
    where = f"{_FILE}: {name}"
    entry = check_keys(where, raw, ("support", "since", "doc"), ("gateway_name", "experimental", "used_by"))
    one_of(where, "support", entry["support"], get_args(FeatureSupport))
    if "".join(_WORD.findall(name)) != name:
        raise SpecError(f"{where}: the name does not consist of words that begin with a capital")
    if not _SINCE.fullmatch(str(entry["since"])):
        raise SpecError(f"{where}: since is {entry['since']!r}, expected for example v1.4.0/standard")
    experimental = str(entry.get("experimental", ""))
    if experimental and not _RELEASE.fullmatch(experimental):
        raise SpecError(f"{where}: experimental is {experimental!r}, expected for example v1.3.0")
    return Feature(
        name=name,
        support=entry["support"],
        since=entry["since"],
        doc=text(where, "doc", entry["doc"]),
        gateway_name=entry.get("gateway_name"),
        experimental=experimental,
        used_by=tuple(_use(where, use) for use in entry.get("used_by", ())),
    )


def _use(where: str, raw: object) -> Use:
    entry = check_keys(f"{where}: used_by", raw, ("kind",), ("field", "within", "is", "differs_from", "with", "times"))
    for key in ("field", "within", "differs_from", "with"):
        if key in entry and not _FIELD.fullmatch(str(entry[key])):
            raise SpecError(f"{where}: used_by: {key} is {entry[key]!r}, expected for example spec.rules[].name")
    if "field" not in entry and len(entry) > 1:
        raise SpecError(f"{where}: used_by: a condition without field")
    kinds = entry["kind"]
    return Use(
        kinds=tuple(kinds) if isinstance(kinds, list) else (kinds,),
        field=entry.get("field", ""),
        within=entry.get("within", ""),
        value=entry.get("is", _ABSENT),
        differs_from=entry.get("differs_from", ""),
        together=entry.get("with", ""),
        times=entry.get("times", 1),
    )
