"""Scenario files to model objects; everything wrong with all files is reported at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from harness.errors import Problem, ScenarioError, UsageError
from harness.scenario import yamltree
from harness.scenario.basics import WRITTEN
from harness.scenario.explain import empty_values, explain
from harness.scenario.model import VERBS, Mark, Node, Scenario
from harness.scenario.shape import shapes

Catalogue = Mapping[str, Scenario]


def load_file(path: Path) -> Scenario:
    """One scenario. Raises ScenarioError with every problem of the file."""
    scenario, problems = _read(path)
    if scenario is None or problems:
        raise ScenarioError(problems)
    return scenario


def load_catalogue(directories: Iterable[Path]) -> dict[str, Scenario]:
    """All scenarios below the directories by id, ordered by area and name.

    Raises ScenarioError with the problems of all files, and UsageError where a directory holds no scenario.
    """
    found, problems = read_catalogue(directories)
    if problems:
        raise ScenarioError(problems)
    return found


def read_catalogue(paths: Iterable[Path]) -> tuple[dict[str, Scenario], list[Problem]]:
    """What can be loaded of catalogues, single areas and single files, and the problems of the rest.

    Raises UsageError where there is nothing, or no scenario.
    """
    found: dict[str, Scenario] = {}
    problems: list[Problem] = []
    for path in paths:
        files = scenario_files(path)
        if not files:
            what = "no scenario in" if path.is_dir() else "there is no"
            raise UsageError(f"{what} {path}", "a catalogue is a directory with scenarios AREA/NAME.yaml")
        problems += [_misplaced(file) for file in sorted({*path.rglob("*.y*ml")} - {*files})]
        for file in files:
            scenario, troubles = _read(file)
            problems += troubles
            if scenario is not None and scenario.id in found:
                other = found[scenario.id].mark
                text = f"duplicate scenario name {scenario.id!r}: {other} has it already"
                problems.append(Problem(scenario.at("scenario"), text, "names are unique over the whole catalogue"))
            elif scenario is not None:
                found[scenario.id] = scenario
    return found, problems


def scenario_files(path: Path) -> list[Path]:
    """The scenarios of a catalogue or of one of its areas; a file is one by itself."""
    if path.is_file():
        return [path]
    return sorted(path.glob("*/*.yaml")) or sorted(path.glob("*.yaml"))


def _misplaced(file: Path) -> Problem:
    return Problem(
        Mark(_shown(file), 1), "this file is not read", "scenarios are files AREA/NAME.yaml of the catalogue"
    )


def _read(path: Path) -> tuple[Scenario | None, list[Problem]]:
    shown = _shown(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return None, [Problem(Mark(shown, 1), f"cannot be read: {error}")]
    return parse_scenario(text, shown, area=path.parent.name)


def parse_scenario(text: str, file: str, area: str = "") -> tuple[Scenario | None, list[Problem]]:
    """The scenario in a text, or None with the problems that prevent it."""
    tree = yamltree.parse(text, file)
    if tree.problems:
        return None, tree.problems
    if not isinstance(tree.data, dict):
        return None, [Problem(Mark(file, 1), "a scenario is a mapping", "begin with `scenario: NAME`")]
    if problems := [*empty_values(tree), *_step_problems(tree)]:
        return None, problems
    try:
        scenario = Scenario.model_validate(tree.data, context=WRITTEN)
    except ValidationError as error:
        return None, explain(error, tree)
    _place(scenario, (), tree)
    scenario.placed(area, tree.marks, text)
    problems = shapes(scenario)
    return (None, problems) if problems else (scenario, [])


def _step_problems(tree: yamltree.Tree) -> list[Problem]:
    """Steps without a verb or with several, told before the model would tell it for every verb in turn."""
    steps = tree.data.get("steps")
    verbs = ", ".join(VERBS)
    problems = []
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        mark = tree.at(("steps", index))
        if not isinstance(step, dict):
            problems.append(Problem(mark, f"step {index + 1} is no mapping", f"a step has one of the keys {verbs}"))
            continue
        named = [verb for verb in VERBS if verb in step]
        if len(named) != 1:
            what = (
                f"has the verbs {' and '.join(named)}" if named else f"has no verb, but {', '.join(step) or 'nothing'}"
            )
            problems.append(Problem(mark, f"step {index + 1} {what}", f"a step has exactly one of: {verbs}"))
    return problems


def _place(value: Any, path: yamltree.Path, tree: yamltree.Tree) -> None:
    """Tell every model object where it stands."""
    if isinstance(value, Node):
        value.stands_at(tree.at(path))
        for name, field in type(value).model_fields.items():
            _place(getattr(value, name), (*path, field.alias or name), tree)
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, BaseModel):
                _place(item, (*path, key), tree)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            _place(item, (*path, index), tree)


def _shown(path: Path) -> str:
    """As short as it can be found from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
