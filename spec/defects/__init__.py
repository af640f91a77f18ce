"""Which checks must turn red under which defect of a mesh, and what no check may mind.

``spec/defects.yaml`` has the defects whose red checks are listed to the last one, ``spec/defects/AREA.yaml`` all
others, ``spec/variations.yaml`` the harmless deviations. Data only: what each defect does is the lab's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from spec import requirements
from spec.documents import ROOM, SpecError, check_keys, read, text


@dataclass(frozen=True, slots=True)
class Defect:
    """A deviation that breaks requirements.

    `kills` are ids of checks (SCENARIO/CHECK), each of which turns red; with `exact` no other check does. `also` are
    globs over check ids: what may turn red besides. `over` says why a defect turns more red than that.
    """

    id: str
    breaks: tuple[str, ...]
    story: str
    kills: tuple[str, ...]
    also: tuple[str, ...] = ()
    over: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Variation:
    """A deviation that breaks nothing. `excused`: glob over check ids -> why its verdict may be another than pass."""

    id: str
    story: str
    excused: Mapping[str, str]


@cache
def load() -> dict[str, Defect]:
    """Every defect by id, in the order of the files; raises SpecError where a file is wrong."""
    found: dict[str, Defect] = {}
    for name in ("defects.yaml", *sorted(f"defects/{path.name}" for path in (ROOM / "defects").glob("*.yaml"))):
        for defect in parse(name, read(name)):
            if defect.id in found:
                raise SpecError(f"spec/{name}: {defect.id} is there twice")
            found[defect.id] = defect
    return found


@cache
def variations() -> dict[str, Variation]:
    """Every harmless variation by id; raises SpecError where the file is wrong."""
    return {each.id: each for each in parse_variations(read("variations.yaml"))}


def parse(name: str, document: object) -> Iterator[Defect]:
    """Turn the parsed file ``name`` into defects; raises SpecError."""
    for index, given in enumerate(_list(name, document)):
        where = f"spec/{name}: entry {index + 1}"
        entry = check_keys(where, given, ("id", "breaks", "story", "kills"), ("also", "over"))
        where = f"spec/{name}: {entry['id']}"
        for broken in entry["breaks"]:
            if broken not in requirements.load():
                raise SpecError(f"{where}: {broken} is no requirement")
        if not entry["breaks"]:
            raise SpecError(f"{where}: breaks no requirement; what breaks none is a variation")
        if not entry["kills"]:
            raise SpecError(f"{where}: names no check; a defect that no check kills is a hole in the catalogue")
        yield Defect(
            id=text(where, "id", entry["id"]),
            breaks=tuple(entry["breaks"]),
            story=text(where, "story", entry["story"]),
            kills=tuple(_check_id(where, each) for each in entry["kills"]),
            also=tuple(entry.get("also", ())),
            over=entry.get("over", ""),
            exact=name == "defects.yaml",
        )


def parse_variations(document: object) -> Iterator[Variation]:
    """Turn the parsed file into variations; raises SpecError."""
    for index, given in enumerate(_list("variations.yaml", document)):
        where = f"spec/variations.yaml: entry {index + 1}"
        entry = check_keys(where, given, ("id", "story"), ("excused",))
        yield Variation(
            id=text(where, "id", entry["id"]),
            story=text(where, "story", entry["story"]),
            excused={glob: text(where, glob, reason) for glob, reason in (entry.get("excused") or {}).items()},
        )


def _list(name: str, document: object) -> list[object]:
    if document is None:
        return []
    if not isinstance(document, list):
        raise SpecError(f"spec/{name}: expected a list, found {type(document).__name__}")
    return document


def _check_id(where: str, value: object) -> str:
    if not isinstance(value, str) or value.count("/") != 1:
        raise SpecError(f"{where}: {value!r} is no check; expected SCENARIO/CHECK")
    return value
