"""``gamma lint``: everything that is wrong with scenarios and mesh profiles, each with file, line and what to do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from cli.catalogue import SCENARIOS, add_scenarios_option, directories
from harness import mesh_profile
from harness.errors import Problem, ScenarioError, UsageError
from harness.expectations import lint as known
from harness.mesh_profile.lint import lint_profile
from harness.scenario import killers
from harness.scenario.lint import lint
from harness.scenario.load import read_catalogue, scenario_files
from harness.scenario.model import Scenario
from spec import defects


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("lint", help="check scenarios and mesh profiles beyond their schema")
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files or directories to report on (default: all, and the mesh profiles); names are compared with the "
        "whole catalogue",
    )
    add_scenarios_option(parser)
    parser.add_argument(
        "--mesh", action="append", default=[], type=Path, metavar="FILE", help="check this mesh profile alone"
    )
    parser.add_argument(
        "--expectations", action="append", default=[], type=Path, metavar="FILE", help="check these expectations alone"
    )


def run(options: argparse.Namespace) -> int:
    """Print the problems; 4 where there are any, else 0. Raises UsageError for a path without scenarios."""
    profiles, problems = _profiles(options)
    expectations, about_expectations = _expectations(options)
    problems += about_expectations
    # Beside --expectations, --scenarios says what their entries are about.
    only_others = not options.paths and (options.expectations or (options.mesh and not options.scenarios))
    read: list[str] = []
    if not only_others:
        catalogue, about_scenarios = _scenarios(options.paths, directories(options))
        problems = [*about_scenarios, *problems]
        checks = sum(len(scenario.checks) for scenario in catalogue.values())
        read = [_count(len(catalogue), "scenario"), _count(checks, "check")]
    if profiles:
        read.append(_count(len(profiles), "mesh profile"))
    if expectations:
        read.append(_count(len(expectations), "file of expectations", "files of expectations"))
    for problem in problems:
        sys.stdout.write(_shown(problem) + "\n")
    if problems:
        files = len({problem.mark.file for problem in problems})
        sys.stdout.write(f"\n{_count(len(problems), 'problem')} in {_count(files, 'file')}\n")
        return ScenarioError.exit_status
    sys.stdout.write(f"{', '.join(read)}, clean\n")
    return 0


def _profiles(options: argparse.Namespace) -> tuple[list[Path], list[Problem]]:
    """The profiles that are meant, and what is wrong with them: those named, or the suite's own beside everything."""
    everything = not (options.paths or options.scenarios or options.mesh or options.expectations)
    chosen = mesh_profile.files(mesh_profile.MESHES) if everything else list(options.mesh)
    return chosen, _in_order(problem for path in chosen for problem in lint_profile(path))


def _expectations(options: argparse.Namespace) -> tuple[list[Path], list[Problem]]:
    """Likewise files of expectations: those named, or those beside the suite's own profiles."""
    everything = not (options.paths or options.scenarios or options.mesh or options.expectations)
    chosen = known.files(mesh_profile.MESHES) if everything else list(options.expectations)
    catalogue = read_catalogue(directories(options))[0] if chosen else {}
    return chosen, _in_order(problem for path in chosen for problem in known.lint(path, catalogue))


def _scenarios(given: list[Path], catalogues: list[Path]) -> tuple[dict[str, Scenario], list[Problem]]:
    """The scenarios that are meant, and what is wrong with them. Raises UsageError for a path without any."""
    for path in given:
        if not scenario_files(path):
            raise UsageError(f"there is no scenario at {path}", "name a file, an area or a catalogue")
    catalogue, problems = read_catalogue([*catalogues, *(path for path in given if not _below(path, catalogues))])
    problems += lint(catalogue)
    if catalogues == [SCENARIOS]:  # the defects are about the suite's own
        own = {name: one for name, one in catalogue.items() if _below(Path(one.mark.file), catalogues)}
        problems += killers.problems(own, defects.load(), defects.variations(), killers.in_files())
    problems = _in_order(problems)
    if given:
        problems = [problem for problem in problems if _below(Path(problem.mark.file), given)]
        catalogue = {name: one for name, one in catalogue.items() if _below(Path(one.mark.file), given)}
    return catalogue, problems


def _below(path: Path, places: Iterable[Path]) -> bool:
    return any(path.resolve().is_relative_to(place.resolve()) for place in places)


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.mark.file, problem.mark.line, problem.mark.column))


def _shown(problem: Problem) -> str:
    rule = f"  [{problem.rule}]" if problem.rule else ""
    fix = f"\n    {problem.fix}" if problem.fix else ""
    return f"{problem.mark}:{problem.mark.column}: {problem.text}{rule}{fix}"


def _count(number: int, noun: str, many: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {many or noun + 's'}"
