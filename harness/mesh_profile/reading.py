"""From ``meshes/NAME.yaml``, or a file of the user's, to a profile; every mistake with file and line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from harness.errors import Problem, UsageError
from harness.mesh_profile.model import MeshProfile
from harness.scenario.basics import Mark
from harness.scenario.yamltree import Tree, parse

MESHES = Path(__file__).resolve().parents[2] / "meshes"
#: How the names of files end that stand beside profiles and are none.
EXPECTATIONS = ".expectations.yaml"
_COMPARE = "compare with meshes/lab.yaml; meshes/profile.schema.json says what there is"


def names() -> list[str]:
    """The profiles that come with the suite."""
    return [path.stem for path in files(MESHES)]


def files(place: Path) -> list[Path]:
    """The profiles in a folder, or the one that is named; expectations are none."""
    found = sorted(place.glob("*.yaml")) if place.is_dir() else [place]
    return [path for path in found if not path.name.endswith(EXPECTATIONS)]


def load(name_or_path: str | Path) -> MeshProfile:
    """Read a profile by its name (``lab``) or its path (``./my-mesh.yaml``).

    Raises UsageError for an unknown name, an unreadable file, broken YAML and fields that do not fit, with file:line.
    """
    path = _locate(str(name_or_path))
    reading = read(path)
    if reading.profile is None:
        raise UsageError("\n".join(f"{one.mark}: {one.text}" for one in reading.problems), _COMPARE)
    return reading.profile


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in a file: the profile, or the problems that keep it from being one."""

    tree: Tree
    text: str
    profile: MeshProfile | None
    problems: tuple[Problem, ...]


def read(path: Path) -> Reading:
    """Read one file. Raises UsageError where it cannot be opened."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the mesh profile {path}: {error}") from None
    tree = parse(text, str(path)) if text.strip() else Tree(str(path))
    if tree.problems:
        return Reading(tree, text, None, tuple(tree.problems))
    if not isinstance(tree.data, dict):
        problem = Problem(Mark(str(path), 1), "a mesh profile is a mapping with at least `name`", _COMPARE)
        return Reading(tree, text, None, (problem,))
    try:
        profile = MeshProfile.model_validate({"name": path.stem, **tree.data})
    except ValidationError as error:
        return Reading(tree, text, None, tuple(_problems(tree, error)))
    return Reading(tree, text, profile, ())


def _locate(name_or_path: str) -> Path:
    if "/" in name_or_path or name_or_path.endswith((".yaml", ".yml")):
        path = Path(name_or_path)
        if not path.is_file():
            raise UsageError(f"there is no mesh profile {path}", f"profiles of the suite: {', '.join(names())}")
        return path
    if name_or_path not in names():
        raise UsageError(
            f"there is no mesh profile named {name_or_path!r}",
            f"choose one of: {', '.join(names())}; or give a path: --mesh ./my-mesh.yaml",
        )
    return MESHES / f"{name_or_path}.yaml"


def _problems(tree: Tree, error: ValidationError) -> list[Problem]:
    found = []
    for problem in error.errors():
        place = tuple(part for part in problem["loc"] if part != "[key]")
        name = ".".join(str(part) for part in place)
        text = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
        found.append(Problem(tree.at(place), f"{name}: {text}", _COMPARE))
    return found
