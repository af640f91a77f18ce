"""``gamma compare A.jsonl B.jsonl ...``: meshes, or versions of one mesh, side by side."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from cli.output import add_output_option, put
from harness.errors import UsageError
from harness.evidence import load
from reports.compare import Comparison, compare, html, markdown

_RENDERERS: dict[str, Callable[[Comparison], str]] = {
    "markdown": markdown.render,
    "html": html.render,
    "json": lambda found: found.model_dump_json(indent=2) + "\n",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("compare", help="several reports side by side, differences first")
    parser.add_argument(
        "reports", nargs="+", type=Path, metavar="REPORT", help="report.jsonl files or directories of runs, two or more"
    )
    parser.add_argument("--format", choices=tuple(_RENDERERS), default="markdown", help="(default: %(default)s)")
    add_output_option(parser)
    parser.add_argument(
        "--fail-on",
        choices=("regression", "difference"),
        help="end with 1 where a check passed in the first report and fails or is not judged any more in the last, "
        "or where anything differs",
    )


def run(options: argparse.Namespace) -> int:
    """Print the comparison; returns 1 where there is what ``--fail-on`` names, else 0.

    Raises ReportError for a file that cannot be used, UsageError where there is nothing to compare.
    """
    if len(options.reports) < 2:
        raise UsageError(
            "one report cannot be compared", "name two or more: the first is the old one, the last the new"
        )
    found = compare([load(path) for path in options.reports])
    if not found.scenarios:
        raise UsageError(
            "these reports have no scenario in common whose file was the same",
            "play the same version of the suite on both; only checks of equal scenarios say something about two meshes",
        )
    put(_RENDERERS[options.format](found), options.output)
    return int(_fails(found, options.fail_on))


def _fails(found: Comparison, fail_on: str | None) -> bool:
    if fail_on == "regression":
        return bool(found.regressions)
    return fail_on == "difference" and bool(found.differences)
