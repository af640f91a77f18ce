"""``gamma report DIR``: renders the reports of a run again, from its ``report.jsonl`` alone."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import reports
import spec.upstream
from cli.output import add_output_option, put
from harness.errors import UsageError
from harness.evidence import load
from reports import terminal


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("report", help="render the reports of a run again")
    parser.add_argument("directory", type=Path, metavar="DIR", help="the run's directory, or its report.jsonl")
    parser.add_argument(
        "--format",
        choices=tuple(reports.renderers(spec.upstream.load())),
        help="only this one, to standard output (default: all of them, as files beside the report)",
    )
    add_output_option(parser)
    parser.add_argument(
        "--incomplete", action="store_true", help="also the report of an interrupted run; every format says so"
    )


def run(options: argparse.Namespace) -> int:
    """Write the files and print the summary, or print one format; returns 0 whatever the run came to.

    Raises ReportError for a file that is absent, incomplete, or not what the run wrote.
    """
    if options.output and not options.format:
        raise UsageError("--output goes with --format", "without both, all formats are written beside the report")
    report = load(options.directory, allow_incomplete=options.incomplete)
    upstream = spec.upstream.load()
    if options.format:
        put(reports.renderers(upstream)[options.format][1](report), options.output)
        return 0
    files = [str(terminal.shown(path)) for path in reports.render_all(report, upstream)]
    width = min(shutil.get_terminal_size((terminal.WIDTH, 24)).columns, 120)
    sys.stdout.write(terminal.summary(report, files, width=max(width, 60)) + "\n")
    return 0
