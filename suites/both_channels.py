"""Plays the catalogue on the embedded lab twice: the standard channel, then what needs the experimental one.

``python -m suites.both_channels [PYTEST ARGUMENTS]``; the arguments go to both runs, and a report directory gets a
sibling for the second one. The exit status is that of the first run that did not succeed. A selection in which there is
nothing experimental is played once.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence

_NOTHING_SELECTED = 5
_PYTEST = (sys.executable, "-m", "pytest", "--mesh", "lab")
_SECOND = "experimental"


def main(arguments: Sequence[str] | None = None) -> int:
    """Both runs, one after the other; a first run that does not succeed is the last one."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    first = _play(given)
    if first not in (0, _NOTHING_SELECTED):
        return first
    second = _play(for_second_run(given))
    return first if second == _NOTHING_SELECTED else second


def for_second_run(given: Sequence[str]) -> list[str]:
    """The arguments of the second run: only what is experimental, on definitions that have it."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-m", dest="marks")
    parser.add_argument("--report-dir")
    known, others = parser.parse_known_args(list(given))
    marks = f"{_SECOND} and ({known.marks})" if known.marks else _SECOND
    folder = [f"--report-dir={known.report_dir}-{_SECOND}"] if known.report_dir else []
    return ["--lab-gateway-api", "v1.6/experimental", "-m", marks, *folder, *others]


def _play(arguments: Sequence[str]) -> int:
    return subprocess.run([*_PYTEST, *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
