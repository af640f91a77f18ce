"""A good scenario, spoilt by replacing pieces of its text; and what the loader and lint say about the result."""

from __future__ import annotations

from pathlib import Path

from harness.errors import Problem
from harness.scenario.lint import lint
from harness.scenario.load import parse_scenario
from harness.scenario.model import Scenario

CATALOGUE = Path(__file__).parent / "catalogue"
GOOD = (CATALOGUE / "examples" / "good.yaml").read_text(encoding="utf-8")
FILE = "examples/good.yaml"

Edit = tuple[str, str]
"""A piece of the good text (its first occurrence counts), and what stands there instead."""


def edited(*edits: Edit) -> str:
    text = GOOD
    for old, new in edits:
        assert old in text, f"the good scenario lacks {old!r}"
        text = text.replace(old, new, 1)
    return text


def line_of(text: str, fragment: str) -> int:
    """The first line with the fragment, from 1."""
    return next(number for number, line in enumerate(text.splitlines(), start=1) if fragment in line)


def parsed(text: str, file: str = FILE) -> Scenario:
    scenario, problems = parse_scenario(text, file, "examples")
    assert scenario is not None, [str(problem) for problem in problems]
    return scenario


def good(*edits: Edit) -> Scenario:
    return parsed(edited(*edits))


def load_problems(text: str) -> list[Problem]:
    return parse_scenario(text, FILE, "examples")[1]


def lint_problems(*texts: str) -> list[Problem]:
    """Of a catalogue of these files, whose paths are ``examples/NAME.yaml``; or what prevents one from loading."""
    catalogue = {}
    if problems := [problem for text in texts for problem in load_problems(text)]:
        return problems
    for text in texts:
        scenario = parsed(text)
        catalogue[scenario.id] = parsed(text, f"examples/{scenario.id}.yaml")
    return lint(catalogue)
