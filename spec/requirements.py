"""The catalogue of testable statements (``requirements.yaml``), and what a wrong outcome of each one means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from spec.documents import SpecError, check_keys, one_of, read, text

Strength = Literal["MUST", "SHOULD", "MAY", "informational"]
Support = Literal["core", "extended", "experimental", "implementation-specific"]
Coverage = Literal["covered", "partial", "nominal", "gateway-only", "none"]
Judgement = Literal["fail", "deviation", "observed"]

_FILE = "spec/requirements.yaml"
_ID = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z0-9]+(-[a-z0-9]+)*")
_SINCE = re.compile(r"v\d+\.\d+\.\d+/(standard|experimental)")
_SOURCE = re.compile(r"[\w./-]+\.(go|md)( .+)?")
_REQUIRED = (
    "id",
    "strength",
    "support",
    "since",
    "sources",
    "statement",
    "how_to_test",
    "upstream_mesh_test",
    "upstream_coverage",
)
_OPTIONAL = ("contested", "feature", "since_note", "pitfalls")
#: From the weakest to the strongest consequence of a wrong outcome.
_SEVERITY: tuple[Judgement, ...] = ("observed", "deviation", "fail")


@dataclass(frozen=True, slots=True)
class Upstream:
    """The revision of the Gateway API's repository that the catalogue was read at."""

    repository: str
    commit: str
    release: str

    def link(self, path: str) -> str:
        """The address of ``path`` at this revision."""
        return f"{self.repository}/blob/{self.commit}/{path}"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One testable statement of the Gateway API as it applies to a mesh; the fields are those of the catalogue."""

    id: str
    strength: Strength
    support: Support
    contested: bool
    feature: str | None
    since: str
    since_note: str
    sources: tuple[str, ...]
    statement: str
    how_to_test: str
    pitfalls: str
    upstream_mesh_test: str
    upstream_coverage: Coverage
    upstream: Upstream

    @property
    def area(self) -> str:
        """The part of the id before the dot: ``attachment``."""
        return self.id.partition(".")[0]

    @property
    def source(self) -> str:
        """All sources in one line."""
        return "; ".join(self.sources)

    @property
    def links(self) -> tuple[str, ...]:
        """The address of each source, at the pinned revision."""
        return tuple(self.upstream.link(source.partition(" ")[0]) for source in self.sources)

    @property
    def link(self) -> str:
        """The address of the most authoritative source."""
        return self.links[0]

    @property
    def since_version(self) -> tuple[int, int]:
        """The first minor release that has it: ``(1, 4)``."""
        return release_of(self.since)

    @property
    def since_channel(self) -> str:
        """The channel of that release: ``standard`` or ``experimental``."""
        return self.since.partition("/")[2]

    @property
    def judged_as(self) -> Judgement:
        """What a wrong outcome is: a failure, a deviation (shown, counted), or an observation without verdict."""
        if self.support == "implementation-specific" or self.strength in ("MAY", "informational"):
            return "observed"
        return "deviation" if self.strength == "SHOULD" or self.contested else "fail"


def release_of(since: str) -> tuple[int, int]:
    """The minor release of a well-formed ``since``: ``v1.4.0/standard`` is ``(1, 4)``."""
    major, minor, _ = since.removeprefix("v").split(".", 2)
    return int(major), int(minor)


def strongest(requirements: Iterable[Requirement]) -> Judgement:
    """What a wrong outcome of a check means that proves all of these: the gravest judgement of any of them."""
    return max((requirement.judged_as for requirement in requirements), key=_SEVERITY.index, default="observed")


@cache
def load() -> dict[str, Requirement]:
    """The catalogue by id, in the order of the file; raises SpecError where the file is wrong."""
    return parse(read("requirements.yaml"))


def parse(document: object) -> dict[str, Requirement]:
    """Turn the parsed file into requirements by id; raises SpecError naming the entry that is wrong."""
    top = check_keys(_FILE, document, ("upstream", "requirements"))
    upstream = Upstream(**check_keys(f"{_FILE}: upstream", top["upstream"], ("repository", "commit", "release")))
    catalogue: dict[str, Requirement] = {}
    for number, entry in enumerate(top["requirements"], start=1):
        requirement = _requirement(number, entry, upstream)
        if requirement.id in catalogue:
            raise SpecError(f"{_FILE}: {requirement.id} occurs twice")
        catalogue[requirement.id] = requirement
    return catalogue


def _requirement(number: int, raw: object, upstream: Upstream) -> Requirement:
    name = raw.get("id", f"entry {number}") if isinstance(raw, dict) else f"entry {number}"
    where = f"{_FILE}: {name}"
    entry = check_keys(where, raw, _REQUIRED, _OPTIONAL)
    if not _ID.fullmatch(text(where, "id", entry["id"])):
        raise SpecError(f"{where}: an id is AREA.NAME in lower case")
    if not _SINCE.fullmatch(str(entry["since"])):
        raise SpecError(f"{where}: since is {entry['since']!r}, expected for example v1.4.0/standard")
    one_of(where, "strength", entry["strength"], get_args(Strength))
    one_of(where, "support", entry["support"], get_args(Support))
    one_of(where, "upstream_coverage", entry["upstream_coverage"], get_args(Coverage))
    for key in ("statement", "how_to_test", "upstream_mesh_test"):
        text(where, key, entry[key])
    contested = entry.get("contested", False)
    if not isinstance(contested, bool):
        raise SpecError(f"{where}: contested is true or left out")
    fields: dict[str, Any] = {key: entry.get(key, "") for key in ("since_note", "pitfalls")}
    fields |= {key: entry[key] for key in _REQUIRED if key != "sources"}
    sources = _sources(where, entry["sources"])
    return Requirement(**fields, contested=contested, feature=entry.get("feature"), sources=sources, upstream=upstream)


def _sources(where: str, raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not raw:
        raise SpecError(f"{where}: sources must list at least one place")
    for source in raw:
        if not isinstance(source, str) or not _SOURCE.fullmatch(source):
            raise SpecError(f"{where}: source {source!r} does not begin with a file of the upstream repository")
    return tuple(raw)
