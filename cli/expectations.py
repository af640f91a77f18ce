"""``gamma expectations REPORT``: entries for the failures of a run, or a file brought up to date with it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from cli.catalogue import add_scenarios_option, directories
from harness.errors import UsageError
from harness.evidence import Report, load
from harness.expectations.propose import HEAD, failures, proposals, rendered
from harness.expectations.resolve import check_ids
from harness.expectations.update import Seen, Updated, update
from harness.scenario.load import load_catalogue


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("expectations", help="write down which failures are known")
    parser.add_argument("report", type=Path, metavar="REPORT", help="the run's directory, or its report.jsonl")
    parser.add_argument(
        "--update",
        type=Path,
        metavar="FILE",
        help="bring this file up to date: checks that passed go, new failures come; comments and reasons stay",
    )
    parser.add_argument("--deviations", action="store_true", help="write deviations down, too (for --strict runs)")
    add_scenarios_option(parser)


def run(options: argparse.Namespace) -> int:
    """Print the entries, or edit the file and say what changed; returns 0.

    Raises ReportError for a file that is absent, incomplete or not what the run wrote, UsageError for a file of
    expectations that is broken.
    """
    report = load(options.report)
    new = failures(report, deviations=options.deviations)
    if options.update is None:
        sys.stdout.write(HEAD + rendered(proposals(new, report.header.run)) if new else f"{HEAD.rstrip()} []\n")
        return 0
    file: Path = options.update
    known = check_ids(load_catalogue(directories(options)))
    seen = Seen(
        run=report.header.run,
        version=_version(report),
        records={record.id: record for record in report.checks},
        new=new,
        ids=tuple(dict.fromkeys([*known, *(record.id for record in report.checks)])),
    )
    done = update(_text(file), str(file), seen)
    try:
        file.write_text(done.text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from None
    for line in _told(done):
        sys.stdout.write(line + "\n")
    return 0


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return f"{HEAD.rstrip()} []\n"
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the expectations {file}: {error}") from None


def _version(report: Report) -> str:
    """The version of the mesh that was played on, as its profile named it."""
    return str(report.header.mesh.get("identity", {}).get("version", ""))


def _told(done: Updated) -> Iterator[str]:
    yield from (f"passes, not expected to fail any more: {name}" for name in done.passed)
    yield from (f"fails otherwise than it was expected to: {name}" for name in done.otherwise)
    for entry in done.added:
        yield f"new ({' or '.join(entry.outcome)}): {', '.join(entry.checks)}"
    if done.added:
        yield "say why in the new entries, and where it is tracked; `gamma lint` asks for both"
    if not (done.passed or done.otherwise or done.added):
        yield "nothing has changed"
