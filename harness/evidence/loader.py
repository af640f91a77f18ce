"""Reads ``report.jsonl`` and refuses every file that is not exactly what a run wrote."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from harness.evidence.errors import (
    DigestMismatch,
    DuplicateCheck,
    EmptyReport,
    Incomplete,
    MalformedRecord,
    MergedReports,
    MissingCheck,
    MissingFooter,
    ReportNotFound,
    UnknownCheck,
    UnknownFormat,
    Unreadable,
    WrongCounts,
)
from harness.evidence.lines import decode, digest, encode
from harness.evidence.model import FORMAT, CheckRecord, Footer, Header, ScenarioRecord
from harness.evidence.report import Report, count

FILE = "report.jsonl"


def load(path: Path, *, allow_incomplete: bool = False) -> Report:
    """The report at `path`, which is a ``report.jsonl`` or the directory it lies in.

    Raises a `ReportError`: `Incomplete` for a sound file of an interrupted run unless that is allowed, another subclass
    for every file that is not whole, not ours, or not as it was written.
    """
    path = path / FILE if path.is_dir() else path
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise ReportNotFound(path) from None
    except OSError as error:
        raise Unreadable(path, error.strerror or type(error).__name__) from None
    if not content.strip():
        raise EmptyReport(path)
    *complete, rest = content.split(b"\n")
    lines = [line + b"\n" for line in complete]
    header = _header(path, lines[0] if lines else rest)
    if rest:
        raise MissingFooter(path)
    footer = _footer(path, lines)
    _one_run(path, lines)
    if footer.digest != digest(b"".join(lines[:-1]), footer):
        raise DigestMismatch(path)
    records = [_body(path, number, line) for number, line in enumerate(lines[1:-1], start=2)]
    scenarios = [record for record in records if isinstance(record, ScenarioRecord)]
    checks = [record for record in records if isinstance(record, CheckRecord)]
    _match_plan(path, header, footer, [*scenarios, *checks])
    _match_counts(path, header, footer, checks)
    if not footer.complete and not allow_incomplete:
        raise Incomplete(path, footer.why_incomplete)
    order = {name: place for place, name in enumerate(_planned(header))}
    return Report(
        path=path,
        header=header,
        scenarios=tuple(sorted(scenarios, key=lambda record: order[record.id])),
        checks=tuple(sorted(checks, key=lambda record: order[record.id])),
        footer=footer,
    )


def _header(path: Path, line: bytes) -> Header:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        raise MalformedRecord(path, 1, "not JSON") from None
    if not isinstance(raw, dict) or raw.get("record") != "header":
        raise UnknownFormat(path, "the first line is not the header of a report")
    if raw.get("format") != FORMAT:
        raise UnknownFormat(path, f"the format is {raw.get('format')!r}, this version of the suite reads {FORMAT}")
    try:
        return Header.model_validate_json(line)
    except ValidationError as error:
        raise MalformedRecord(path, 1, _first(error)) from None


def _footer(path: Path, lines: list[bytes]) -> Footer:
    try:
        footer = Footer.model_validate_json(lines[-1])
    except ValidationError:
        raise MissingFooter(path) from None
    if lines[-1] != encode(footer):
        raise DigestMismatch(path)
    return footer


def _one_run(path: Path, lines: list[bytes]) -> None:
    """Header and footer stand once each; the digest would not fit either, but this says what was done."""
    for number, line in enumerate(lines[1:-1], start=2):
        for kind in ("header", "footer"):
            if line.startswith(f'{{"record":"{kind}"'.encode()):
                raise MergedReports(path, number, kind)


def _body(path: Path, number: int, line: bytes) -> ScenarioRecord | CheckRecord:
    try:
        return decode(line)
    except ValidationError as error:
        raise MalformedRecord(path, number, _first(error)) from None


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}" if place else str(problem["msg"])


def _planned(header: Header) -> Iterable[str]:
    for scenario in header.scenarios:
        yield scenario.id
        for check in scenario.checks:
            yield check.id


def _match_plan(path: Path, header: Header, footer: Footer, records: list[ScenarioRecord | CheckRecord]) -> None:
    planned = tuple(_planned(header))
    scenarios = {scenario.id for scenario in header.scenarios}
    checks = set(planned) - scenarios
    for name in (*_repeated(planned), *_repeated(record.id for record in records)):
        raise DuplicateCheck(path, name)
    for record in records:
        known = scenarios if isinstance(record, ScenarioRecord) else checks
        if record.id not in known or (isinstance(record, CheckRecord) and not _named(record)):
            raise UnknownCheck(path, record.id)
    missing = (scenarios | checks) - {record.id for record in records}
    if missing and footer.complete:
        raise MissingCheck(path, sorted(missing))


def _named(record: CheckRecord) -> bool:
    return record.id == f"{record.scenario}/{record.check}"


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def _match_counts(path: Path, header: Header, footer: Footer, checks: list[CheckRecord]) -> None:
    found = {verdict.value: number for verdict, number in count(checks).items()}
    if footer.counts != found:
        raise WrongCounts(path, footer.counts, found)
    for check in checks:
        if sum(check.repetitions.values()) != (header.repeat if header.repeat > 1 else 0):
            raise WrongCounts(path, {f"repetitions of {check.id}": header.repeat}, check.repetitions)
