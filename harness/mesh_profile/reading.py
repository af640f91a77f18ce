"""From ``meshes/NAME.yaml``, or a file of the user's, to a profile; every mistake with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from harness.errors import UsageError
from harness.mesh_profile.model import MeshProfile

MESHES = Path(__file__).resolve().parents[2] / "meshes"
#: How the names of files end that stand beside profiles and are none.
EXPECTATIONS = ".expectations.yaml"


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
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the mesh profile {path}: {error}") from None
    try:
        data, tree = yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UsageError(f"{path}:{line}: not valid YAML: {error.problem}", "correct the mesh profile") from None
    except yaml.YAMLError as error:
        raise UsageError(f"{path}:1: not valid YAML: {error}", "correct the mesh profile") from None
    if not isinstance(data, dict):
        raise UsageError(f"{path}:1: a mesh profile is a mapping with at least `name`", "compare with meshes/lab.yaml")
    data.setdefault("name", path.stem)
    try:
        return MeshProfile.model_validate(data)
    except ValidationError as error:
        raise UsageError(_explain(path, tree, error), "compare with meshes/lab.yaml") from None


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


def _explain(path: Path, tree: Any, error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        place = ".".join(str(part) for part in problem["loc"] if part != "[key]")
        text = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
        lines.append(f"{path}:{_line(tree, problem['loc'])}: {place}: {text}")
    return "\n".join(lines)


def _line(node: Any, location: tuple[int | str, ...]) -> int:
    """The line of the deepest part of ``location`` that exists in the YAML tree, from 1."""
    line: int = node.start_mark.line + 1 if node is not None else 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line
