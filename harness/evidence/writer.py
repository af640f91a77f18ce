"""Writes ``report.jsonl`` while the run goes on, so that even a killed run leaves what it had seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from harness.evidence.errors import DuplicateCheck, UnknownCheck
from harness.evidence.lines import digest, encode
from harness.evidence.model import CheckRecord, Footer, Header, Record, ScenarioRecord
from harness.evidence.report import count


class ReportWriter:
    """One report file from header to footer; every record is on its way to the disk when the call returns.

    `also` is handed each line after it was written: for whoever follows the run.
    """

    def __init__(self, path: Path, header: Header, also: Callable[[bytes], None] | None = None) -> None:
        self.path = path
        self._also = also
        self._planned = {check.id for scenario in header.scenarios for check in scenario.checks}
        self._scenarios = {scenario.id for scenario in header.scenarios}
        self._seen: set[str] = set()
        self._checks: list[CheckRecord] = []
        self._written = bytearray()
        self._started = time.monotonic()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("xb")
        self._write(header)

    @property
    def checks(self) -> tuple[CheckRecord, ...]:
        """The check records so far, in the order in which they came."""
        return tuple(self._checks)

    @property
    def missing(self) -> tuple[str, ...]:
        """Planned checks and scenarios without a record so far."""
        return tuple(sorted((self._planned | self._scenarios) - self._seen))

    def add(self, *records: ScenarioRecord | CheckRecord) -> None:
        """Append records.

        Raises UnknownCheck or DuplicateCheck rather than write a file that would not load.
        """
        for record in records:
            known = self._planned if isinstance(record, CheckRecord) else self._scenarios
            if record.id not in known:
                raise UnknownCheck(self.path, record.id)
            if record.id in self._seen:
                raise DuplicateCheck(self.path, record.id)
            self._seen.add(record.id)
            if isinstance(record, CheckRecord):
                self._checks.append(record)
            self._write(record)

    def finish(self, exit_status: int, why_incomplete: str = "") -> Footer:
        """Append the footer and close the file; a run with missing records is incomplete whatever the caller knows."""
        if self.missing and not why_incomplete:
            why_incomplete = f"no record of {', '.join(self.missing[:3])}" + (", ..." if len(self.missing) > 3 else "")
        footer = Footer(
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            duration=round(time.monotonic() - self._started, 3),
            complete=not why_incomplete,
            why_incomplete=why_incomplete,
            counts={verdict.value: number for verdict, number in count(self._checks).items()},
            exit_status=exit_status,
            digest="",
        )
        footer = footer.model_copy(update={"digest": digest(self._written, footer)})
        self._write(footer)
        self._file.close()
        return footer

    def _write(self, record: Record) -> None:
        line = encode(record)
        self._written += line
        self._file.write(line)
        self._file.flush()
        if self._also:
            self._also(line)
