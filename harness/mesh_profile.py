"""Mesh profiles: how a mesh enrols namespaces, how long it takes, what it supports (``meshes/NAME.yaml``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.claims import Features
from harness.errors import UsageError
from harness.scenario.model import Duration, Name, Role

MESHES = Path(__file__).resolve().parents[1] / "meshes"
_EXPECTATIONS = ".expectations.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Identity(_Part):
    """Who makes the mesh; goes into every report."""

    organization: str = ""
    project: str = ""
    url: str = ""
    version: str = ""
    contact: tuple[str, ...] = ()


class ByRole(_Part):
    """Labels or annotations of the namespaces; ``enrolled`` stands for every role except ``outside``."""

    enrolled: dict[str, str] = Field(default_factory=dict)
    roles: dict[Role, dict[str, str]] = Field(default_factory=dict)

    def of(self, role: str) -> dict[str, str]:
        """What the namespace of this role gets; the role's own entries win."""
        shared = {} if role == "outside" else self.enrolled
        own = next((entries for name, entries in self.roles.items() if name == role), {})
        return {**shared, **own}


class MeshProfile(_Part):
    """One mesh. Field names are those of the YAML file."""

    name: Name
    identity: Identity = Identity()
    labels: ByRole = ByRole()
    annotations: ByRole = ByRole()
    features: Features = Features()
    timeScale: float = Field(default=1.0, gt=0, le=100, description="Factor on every waiting limit.")
    settledFor: Duration = Field(default=1.0, description="How long an outcome must last before it is believed.")
    newServiceQuiet: Duration = Field(default=2.0, description="How long nobody dials a new Service.")
    appProtocol: dict[int, str] = Field(default_factory=dict, description="Container port -> value to set instead.")
    controllerName: str = Field(default="", description="The controller that writes route status.")
    image: str = Field(default="python:3.12-slim", description="Image with python3 that runs the probe program.")


def names() -> list[str]:
    """The profiles that come with the suite."""
    return sorted(path.stem for path in MESHES.glob("*.yaml") if not path.name.endswith(_EXPECTATIONS))


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
