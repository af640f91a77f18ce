"""Told apart early: an option's path that pytest takes for a directory of tests.

pytest looks for its root directory before it knows our options, among everything that looks like an existing path. With
``--report-dir /elsewhere`` it looks elsewhere, and finds neither our settings nor our options.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from suites.plugin.stream import claim_stdout

ROOT = Path(__file__).resolve().parents[2]
_TAKE_DASHES = ("--features", "--events")
_TAKE_PATHS = ("--baseline", "--expectations", "--failed-in", "--mesh", "--report-dir", "--scenarios")


@pytest.hookimpl(wrapper=True, tryfirst=True)  # before output is captured
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> Generator[None]:
    """Stop with the spelling that works, where pytest was led astray; join what it would tear apart."""
    args[:] = joined(args)
    if early_config.rootpath == ROOT:
        claim_stdout(args)
    elif early_config.invocation_params.dir.resolve() == ROOT:
        _check_paths(args)
    return (yield)


def _check_paths(args: Sequence[str]) -> None:
    for option, value in itertools.pairwise(args):
        if option in _TAKE_PATHS and Path(value).exists():
            raise pytest.UsageError(
                f"{option} {value}: pytest takes this path for a directory of tests\n"
                f"  write it with an equals sign: {option}={value}"
            )


def joined(args: Sequence[str]) -> list[str]:
    """With ``--features -NAME`` as ``--features=-NAME``: else the value would be taken for an option or a path."""
    words: list[str] = []
    for word in args:
        if words and words[-1] in _TAKE_DASHES and word.startswith("-") and not word.startswith("--"):
            words[-1] = f"{words[-1]}={word}"
        else:
            words.append(word)
    return words
