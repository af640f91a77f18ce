"""Where a command's text goes: to standard output, or into a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from harness.errors import UsageError


def add_output_option(parser: argparse.ArgumentParser) -> None:
    """Declare ``--output``."""
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it there instead of to standard output")


def put(text: str, file: Path | None) -> None:
    """Print or write the text, as UTF-8 everywhere; raises UsageError where the file cannot be written."""
    if file is None:
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from None
