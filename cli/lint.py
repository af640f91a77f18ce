"""``gamma lint``: everything that is wrong with scenario files, each with file, line and what to do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from cli.catalogue import add_scenarios_option, directories
from harness.errors import Problem, ScenarioError, UsageError
from harness.scenario.lint import lint
from harness.scenario.load import read_catalogue, scenario_files


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("lint", help="check scenarios beyond their schema")
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files or directories to report on (default: all); names are compared with the whole catalogue",
    )
    add_scenarios_option(parser)


def run(options: argparse.Namespace) -> int:
    """Print the problems; 4 where there are any, else 0. Raises UsageError for a path without scenarios."""
    given: list[Path] = options.paths
    catalogues = directories(options)
    for path in given:
        if not scenario_files(path):
            raise UsageError(f"there is no scenario at {path}", "name a file, an area or a catalogue")
    catalogue, problems = read_catalogue([*catalogues, *(path for path in given if not _below(path, catalogues))])
    problems = _in_order([*problems, *lint(catalogue)])
    if given:
        problems = [problem for problem in problems if _below(Path(problem.mark.file), given)]
        catalogue = {name: one for name, one in catalogue.items() if _below(Path(one.mark.file), given)}
    for problem in problems:
        sys.stdout.write(_shown(problem) + "\n")
    if problems:
        files = len({problem.mark.file for problem in problems})
        sys.stdout.write(f"\n{_count(len(problems), 'problem')} in {_count(files, 'file')}\n")
        return ScenarioError.exit_status
    checks = sum(len(scenario.checks) for scenario in catalogue.values())
    sys.stdout.write(f"{_count(len(catalogue), 'scenario')}, {_count(checks, 'check')}, clean\n")
    return 0


def _below(path: Path, places: Iterable[Path]) -> bool:
    return any(path.resolve().is_relative_to(place.resolve()) for place in places)


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.mark.file, problem.mark.line, problem.mark.column))


def _shown(problem: Problem) -> str:
    rule = f"  [{problem.rule}]" if problem.rule else ""
    fix = f"\n    {problem.fix}" if problem.fix else ""
    return f"{problem.mark}:{problem.mark.column}: {problem.text}{rule}{fix}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
