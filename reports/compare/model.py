"""What a comparison says; as JSON it is for programs, and every page of it is made from it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from harness.evidence.model import Kind, Record, Verdict

FORMAT = 1


class Result(StrEnum):
    """What the checks of one report say of a requirement."""

    PROVEN = "proven"  # every check passed
    PARTLY = "partly proven"  # some passed, the others were skipped
    REFUTED = "refuted"  # a check failed, expected or not
    DEVIATES = "deviates"  # a check deviated, none failed
    UNJUDGED = "not judged"  # a check could not be observed or was not run, none failed
    SKIPPED = "skipped"
    OBSERVED = "observed"  # looked at, without a verdict


class Side(Record):
    """One of the reports that are compared."""

    label: str  # mesh and version, unique in the comparison
    mesh: str
    version: str
    run: str
    started: str
    suite_version: str
    gateway_api: str
    channel: str
    counts: dict[str, int]  # of the whole report: verdict -> number of checks


class LeftOut(Record):
    """A scenario that is not compared."""

    scenario: str
    why: Literal["not the same file", "not in every report"]
    digests: tuple[str, ...]  # by report; empty where the report does not have it


class ComparedCheck(Record):
    """One check, by report."""

    id: str
    scenario: str
    proves: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    kinds: tuple[Kind | None, ...]
    reasons: tuple[str, ...]
    differs: bool  # the mesh did not behave alike; an expected failure is a failure here
    regression: bool  # it passed in the first report, and fails or is not judged any more in the last


class ComparedRequirement(Record):
    """One statement, by report, as far as the compared checks prove it."""

    id: str
    strength: str
    support: str
    contested: bool
    statement: str
    source: str
    results: tuple[Result, ...]
    checks: tuple[str, ...]
    differs: bool


class Comparison(Record):
    """Reports in the order in which they were given, what differs first."""

    record: Literal["comparison"] = "comparison"
    format: int = FORMAT
    reports: tuple[Side, ...]
    scenarios: tuple[str, ...]  # that are compared
    left_out: tuple[LeftOut, ...] = Field(default=())
    checks: tuple[ComparedCheck, ...]
    requirements: tuple[ComparedRequirement, ...]

    @property
    def differences(self) -> tuple[ComparedCheck, ...]:
        """The checks that differ."""
        return tuple(check for check in self.checks if check.differs)

    @property
    def regressions(self) -> tuple[ComparedCheck, ...]:
        """The checks that passed in the first report and do not in the last."""
        return tuple(check for check in self.checks if check.regression)
