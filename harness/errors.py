"""Mistakes and obstacles that end a run, each with its exit status and what to do next.

GammaError
├── UsageError      4  bad option, profile, selection or configuration
├── ScenarioError   4  a scenario file that does not hold water; carries every problem found
└── TargetError     3  the cluster or mesh cannot be used as it is
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the scenario package raises these errors itself
    from harness.scenario.model import Mark


class GammaError(Exception):
    """A problem told to the user as ``message`` and ``hint`` (what to do next), without a traceback."""

    exit_status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class UsageError(GammaError):
    """A bad option, profile, selection or configuration."""

    exit_status = 4


class TargetError(GammaError):
    """The cluster or the mesh is not ready to be judged."""

    exit_status = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of the loader or of lint."""

    mark: Mark
    text: str
    fix: str = ""
    rule: str = ""

    def __str__(self) -> str:
        fix = f"\n    {self.fix}" if self.fix else ""
        return f"{self.mark}: {self.text}{fix}"


class ScenarioError(GammaError):
    """One or more scenario files are invalid."""

    exit_status = 4

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
