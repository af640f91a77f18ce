"""``--events``: the records of a run as JSON lines while it goes on, into a file or to standard output.

The lines are those of ``report.jsonl``. With ``-`` standard output carries them and nothing else: whatever pytest, its
plugins and the programs that it starts would have written there goes to standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import pytest

STANDARD_OUTPUT = "-"
KEY = pytest.StashKey["Stream"]()
_WORKER = "PYTEST_XDIST_WORKER"
_claimed: list[int] = []  # what was standard output, once it is claimed


def claim_stdout(args: Sequence[str]) -> None:
    """Keep standard output for the stream, if it was asked for; called before anybody else can write or capture it."""
    if f"--events={STANDARD_OUTPUT}" in args and _WORKER not in os.environ and not _claimed:
        sys.stdout.flush()
        _claimed.append(os.dup(1))  # not inherited by the programs that we start
        os.dup2(2, 1)


class Stream:
    """Where the records go. Once nobody reads any more, it says so once, and the run goes on without it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file: BinaryIO | None = file

    def write(self, line: bytes) -> None:
        """Pass a line on at once."""
        if self._file is None:
            return
        try:
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            self.close()
            sys.stderr.write(f"--events: {error.strerror}; the report is written all the same\n")

    def close(self) -> None:
        """Say that nothing more comes."""
        if self._file:
            with suppress(OSError):
                self._file.close()
            self._file = None


def open_stream(given: str, start: Path) -> Stream:
    """The stream that ``--events`` names, relative to `start`; raises pytest.UsageError where it cannot be written."""
    if given == STANDARD_OUTPUT:
        if not _claimed:
            raise pytest.UsageError("--events -: standard output is in use already; write --events=FILE")
        return Stream(os.fdopen(_claimed[0], "wb", buffering=0))
    try:
        return Stream((start / given).open("wb", buffering=0))
    except OSError as error:
        raise pytest.UsageError(f"--events {given}: {error.strerror}") from None
