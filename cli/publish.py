"""``gamma publish``: reports laid out for others to read, and a static site made of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.errors import UsageError
from harness.evidence import FILE, load
from reports.publish import folder, site
from reports.publish.layout import published

_TO = Path("results")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("publish", help="lay reports out for others to read, and make a site of them")
    parser.add_argument(
        "reports",
        nargs="*",
        type=Path,
        metavar="DIR",
        help="runs (directories or report.jsonl) to publish; or the folder of what is published",
    )
    parser.add_argument(
        "--to", type=Path, metavar="FOLDER", help=f"where SUITE-VERSION/MESH/VERSION.jsonl lies (default: {_TO})"
    )
    parser.add_argument("--replace", action="store_true", help="overwrite other reports of the same mesh version")
    parser.add_argument("--site", type=Path, metavar="OUT", help="write a static site of the whole folder to OUT")


def run(options: argparse.Namespace) -> int:
    """Publish the reports, write the generated pages, and the site if there is to be one; returns 0.

    Raises ReportError for a file that cannot be used, UsageError where a different report is published already.
    """
    target, runs = _targets(options.reports, options.to)
    new = [published(load(path)) for path in runs]
    try:
        written = [folder.add(target, one, replace=options.replace) for one in new]
        found = folder.read(target)
        if not found:
            raise UsageError(f"{target}: nothing is published there", "name a run: gamma publish runs/TIMESTAMP")
        folder.write_readmes(target, found)
        for file in written:
            sys.stdout.write(f"published {file}\n")
        if options.site:
            number = folder.write(options.site, site.pages(found))
            sys.stdout.write(f"{number} files in {options.site}; begin with {options.site / 'index.html'}\n")
    except folder.OtherReport as error:
        raise UsageError(str(error), "look at both with `gamma compare`; --replace overwrites the older one") from None
    except folder.NotInPlace as error:
        raise UsageError(
            str(error), "reports are found by their place: move it there, or publish the run again"
        ) from None
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from None
    return 0


def _targets(given: Sequence[Path], to: Path | None) -> tuple[Path, list[Path]]:
    """The folder of what is published, and the runs to add; a folder may be named like a run, alone."""
    folders = [
        path for path in given if path.is_dir() and not (path / FILE).is_file() and any(path.glob("*/*/*.jsonl"))
    ]
    runs = [path for path in given if path not in folders]
    if len(folders) + (to is not None) > 1:
        raise UsageError("more than one folder of what is published", "name one of them, with --to")
    return to or next(iter(folders), _TO), runs
