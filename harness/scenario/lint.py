"""Lint: what the schema cannot say. Run over the whole catalogue, since names are owned over all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from harness.errors import Problem, ScenarioError
from harness.scenario.load import read_catalogue
from harness.scenario.model import Scenario
from harness.scenario.rules import CATALOGUE_RULES, PROOF_RULES, SCENARIO_RULES, CatalogueRule, ScenarioRule


def load_linted(directories: Iterable[Path]) -> dict[str, Scenario]:
    """The catalogue, if it can be played and proves what it says; how the files read does not matter here.

    Raises ScenarioError with the problems of all files, and UsageError where a directory holds no scenario.
    """
    catalogue, problems = read_catalogue(directories)
    problems += lint(catalogue, PROOF_RULES)
    if problems:
        raise ScenarioError(problems)
    return catalogue


def lint(
    catalogue: Mapping[str, Scenario],
    scenario_rules: Mapping[str, ScenarioRule] = SCENARIO_RULES,
    catalogue_rules: Mapping[str, CatalogueRule] = CATALOGUE_RULES,
) -> list[Problem]:
    """Everything that is wrong with the scenarios, ordered by file and line."""
    found: dict[Problem, None] = {}
    for name, rule in scenario_rules.items():
        for scenario in catalogue.values():
            found.update((replace(problem, rule=name), None) for problem in rule(scenario))
    for name, compare in catalogue_rules.items():
        found.update((replace(problem, rule=name), None) for problem in compare(catalogue))
    return sorted(found, key=lambda problem: (problem.mark.file, problem.mark.line, problem.mark.column))
