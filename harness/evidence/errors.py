"""Why a report file cannot be used.

Each class is one way a file can lie about its run; each says what to do next. They stand apart from the harness's other
errors so that renderers need nothing but the evidence.

ReportError                exit status 4
├── ReportNotFound         there is no such file
├── Unreadable             there is one, and it cannot be read
├── EmptyReport            nothing was written
├── UnknownFormat          written by another version of the suite, or not by the suite
├── MalformedRecord        a line is no record
├── MissingFooter          cut off: the run was killed, or the copy is partial
├── MergedReports          the records of several runs in one file
├── DigestMismatch         edited after the run
├── UnknownCheck           a record of a check or scenario that the run did not plan
├── DuplicateCheck         two records of one check or scenario
├── MissingCheck           a planned check or scenario has no record
├── WrongCounts            the footer's counts are not those of the records
└── Incomplete             the run was interrupted: the file is sound, the run is not whole
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

PLAY_AGAIN = "Play the scenarios again; the report is written while they are played."


class ReportError(Exception):
    """A report that cannot be used: ``message`` says why, ``hint`` what to do next."""

    exit_status = 4
    hint = PLAY_AGAIN

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem

    @property
    def message(self) -> str:
        """The file and what is wrong with it, without the hint."""
        return f"{self.path}: {self.problem}"

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}"


class ReportNotFound(ReportError):
    """There is no such file."""

    hint = "Name the run's directory (runs/TIMESTAMP) or its report.jsonl."

    def __init__(self, path: Path) -> None:
        super().__init__(path, "there is no report here")


class Unreadable(ReportError):
    """There is a file, and it cannot be read."""

    hint = "Name the run's directory or its report.jsonl, as somebody who may read it."

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(path, f"cannot be read: {why}")


class EmptyReport(ReportError):
    """Nothing was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "the file is empty")


class UnknownFormat(ReportError):
    """Written by another version of the suite, or not by the suite at all."""

    hint = "Read it with the version of the suite that wrote it, or play the scenarios again."


class MalformedRecord(ReportError):
    """A line is no record."""

    hint = "The file was changed after the run, or is not a report. Use the original, or play the scenarios again."

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(path, f"line {line} is no record: {problem}")


class MissingFooter(ReportError):
    """The file ends before its footer: the run was killed or is still going on, or the copy is partial."""

    hint = "Wait if the run is still going on, copy the file again if it is a copy; otherwise play the scenarios again."

    def __init__(self, path: Path) -> None:
        super().__init__(path, "the file is cut off: its footer is missing")


class MergedReports(ReportError):
    """The records of several runs in one file: no run wrote that."""

    hint = "Use the report of each run by itself; `gamma compare A.jsonl B.jsonl` takes several."

    def __init__(self, path: Path, line: int, kind: str) -> None:
        super().__init__(path, f"line {line} is another {kind}: several reports were merged into one file")


class DigestMismatch(ReportError):
    """The content is not what the run wrote."""

    hint = "The file was changed after the run. Use the original, or play the scenarios again."

    def __init__(self, path: Path) -> None:
        super().__init__(path, "the content does not fit the footer's digest")


class UnknownCheck(ReportError):
    """A record of something that the header does not plan."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(path, f"{what} has a record, but the header does not plan it")


class DuplicateCheck(ReportError):
    """Two records of one thing: which of them counts?"""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(path, f"{what} has two records")


class MissingCheck(ReportError):
    """Something planned has no record, though the footer calls the run complete."""

    def __init__(self, path: Path, missing: Iterable[str]) -> None:
        super().__init__(path, f"planned, but without a record: {', '.join(missing)}")


class WrongCounts(ReportError):
    """The footer's counts are not those of the records."""

    def __init__(self, path: Path, stated: dict[str, int], found: dict[str, int]) -> None:
        super().__init__(path, f"the footer counts {stated}, the records give {found}")


class Incomplete(ReportError):
    """The run was interrupted. The file is sound, but a run that is not whole proves no conformance."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(path, f"the run is incomplete: {why}")
