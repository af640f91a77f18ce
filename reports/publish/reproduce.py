"""How a run can be played again, told by the run itself. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

import yaml

from harness.evidence.report import Report
from reports.text import visible

#: Where the reports went says nothing about the run, and names the machine of whoever played it.
_LEFT_OUT = "--report-dir"


def command(report: Report) -> str:
    """The recorded command line, with the seed by which everything that is drawn by chance is drawn again."""
    words = [_own_profile(word) for word in _kept(report.header.command or ("pytest",))]
    if not any(word == "--seed" or word.startswith("--seed=") for word in words):
        words.append(f"--seed={report.header.seed}")
    return visible(shlex.join(words))


def _kept(words: tuple[str, ...]) -> Iterator[str]:
    skipped = False
    for word in words:
        if skipped or word.startswith(f"{_LEFT_OUT}="):
            skipped = False
        elif word == _LEFT_OUT:
            skipped = True
        else:
            yield word


def _own_profile(word: str) -> str:
    """A profile's file is named without its path: what was in it stands below the command."""
    option, _, value = word.partition("=")
    path = PurePosixPath(value if option == "--mesh" else word)
    if path.suffix in (".yaml", ".yml") and option in ("--mesh", word):
        return f"--mesh=./{path.name}" if option == "--mesh" else f"./{path.name}"
    return word


def options(report: Report) -> list[tuple[str, str]]:
    """The options that the run was started with, defaults included, as the header keeps them."""
    return [(name.replace("_", " "), str(value)) for name, value in sorted(report.header.options.items())]


def profile(report: Report) -> str:
    """The mesh profile as it was in force, as YAML: with it, `--mesh=FILE` needs no file of whoever played."""
    return yaml.safe_dump(report.header.mesh, sort_keys=False, allow_unicode=False, width=100)
