"""``gamma report DIR``: renders the reports of a run again, from its ``report.jsonl`` alone."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import reports
from harness.evidence import load
from reports import terminal


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("report", help="render the reports of a run again")
    parser.add_argument("directory", type=Path, metavar="DIR", help="the run's directory, or its report.jsonl")


def run(options: argparse.Namespace) -> int:
    """Write the files and print the summary; returns 0 whatever the run came to.

    Raises ReportError for a file that is absent, incomplete, or not what the run wrote.
    """
    report = load(options.directory)
    files = [str(terminal.shown(path)) for path in reports.render_all(report)]
    width = min(shutil.get_terminal_size((terminal.WIDTH, 24)).columns, 120)
    sys.stdout.write(terminal.summary(report, files, width=max(width, 60)) + "\n")
    return 0
