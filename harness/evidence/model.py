"""The records of ``report.jsonl``: one header, scenario and check records, one footer.

Every other report is rendered from these records alone, so all that a reader needs stands in them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 1


class Verdict(StrEnum):
    """What became of a check."""

    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    FAIL = "fail"
    DEVIATION = "deviation"  # a SHOULD, or a contested MUST, not met
    OBSERVED = "observed"  # a MAY, informational or implementation-specific: no verdict
    ERROR = "error"  # we could not observe: never the mesh's fault, never a pass
    SKIP = "skip"
    XFAIL = "xfail"
    XPASS = "xpass"
    NOT_RUN = "not-run"


class Kind(StrEnum):
    """How a check went wrong."""

    NEVER_CONVERGED = "never-converged"  # an await before it never arrived
    WRONG = "wrong"  # another outcome from the first answer on
    REGRESSED = "regressed"  # right at first, wrong later
    LEAKED = "leaked"  # the answer looked right, but a backend was reached
    STALLED = "stalled"  # the mesh takes in no configuration at all any more
    IGNORED = "ignored"  # the route was accepted, and what it asks for was silently left out


class Record(BaseModel):
    """A frozen part of the report; a field that this version does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Requirement(Record):
    """The statement a check proves, quoted so that a report needs no catalogue."""

    id: str
    strength: str
    support: str
    contested: bool = False
    statement: str
    source: str


class PlannedCheck(Record):
    """A check that the run has to account for."""

    id: str  # "scenario/check"
    line: int
    proves: tuple[Requirement, ...]


class PlannedScenario(Record):
    """A selected scenario, as it was read from its file."""

    id: str
    area: str
    title: str
    why: str = ""
    file: str  # relative to the project, or as the user gave it
    digest: str  # sha256 of the file
    support: str  # core, extended or experimental
    features: tuple[str, ...] = ()
    checks: tuple[PlannedCheck, ...]


class FeatureClaim(Record):
    """What the mesh says about a feature, and who told us."""

    name: str
    support: str  # core, extended or experimental
    state: Literal["claimed", "disclaimed", "undeclared"]
    by: str = ""  # specification (core), profile (or options), cluster (published there); empty: nobody


class Expectation(Record):
    """Why a check is known to fail, as somebody wrote it down."""

    place: str  # file:line of the entry
    outcome: tuple[str, ...]  # the wrong outcomes, or the kinds of failure, that are expected
    reason: str
    issue: str = ""  # URL
    versions: str = ""  # of the mesh, such as ">=1.20,<1.22"; empty: every version


class ExpectedChecks(Record):
    """An entry of the expectations that is about the mesh's version, and the checks that it names."""

    expectation: Expectation
    checks: tuple[str, ...]  # ids of this run's checks; none: nothing of it was selected
    whole: bool = True  # false: it names checks that were not selected


class Compared(Record):
    """What an earlier run says of a failure."""

    result: Literal["known", "regression", "new"]
    run: str
    verdict: Verdict | None = None  # then; None: that run did not have the check
    note: str = ""  # what makes the comparison less certain


class PreflightLine(Record):
    """One thing that was looked at before the first scenario."""

    check: str  # "permissions"
    grade: Literal["pass", "warn", "fail"]
    text: str  # what was found
    hint: str = ""  # what to do about it


class Excused(Record):
    """A statement of the specification that no check of the suite proves, and why."""

    requirement: Requirement
    reason: str


class Header(Record):
    """The first line: what is played, on what, by which version of the suite."""

    record: Literal["header"] = "header"
    format: int = FORMAT
    run: str
    suite_version: str
    started: str  # RFC 3339
    seed: int
    command: tuple[str, ...] = ()  # the command line of the run
    mesh: dict[str, Any] = Field(default_factory=dict)  # identity and settings of the profile
    features: tuple[FeatureClaim, ...] = ()  # every feature that we know, with its state
    cluster: dict[str, Any] = Field(default_factory=dict)  # server version, Gateway API version and channel, nodes
    preflight: tuple[PreflightLine, ...] = ()  # what was found before the first scenario; empty: nobody looked
    expectations: tuple[ExpectedChecks, ...] = ()  # those that are about this version of the mesh
    baseline: str = ""  # the run that failures are compared with
    repeat: int = 1  # how often each scenario was played
    shard: str = ""  # "2/3": the second of three parts of the selection; empty: all of it
    options: dict[str, Any] = Field(default_factory=dict)  # what else the run was started with, for `gamma replay`
    excused: tuple[Excused, ...] = ()  # what no check of the whole catalogue proves
    scenarios: tuple[PlannedScenario, ...]


class Sample(Record):
    """One request and its answer, as an example of an outcome."""

    id: str
    client: str
    address: str
    request: str  # "GET http://..."
    status: int | None = None
    backend: str | None = None  # "gamma-producer/echo-v1"
    summary: str  # one line: what came back
    elapsed_ms: float
    at: float  # seconds since the start of the scenario
    headers: tuple[tuple[str, str], ...] = ()  # of the answer
    trailers: tuple[tuple[str, str], ...] = ()  # likewise, where the protocol has some
    backend_saw: dict[str, Any] | None = None
    backend_hits: int | None = None


class Answer(Record):
    """One of a check's answers, in a few words; `at` and `elapsed_ms` as in a sample."""

    id: str
    client: str
    at: float
    elapsed_ms: float
    connection: int
    outcome: str  # "leaked" where a backend saw what looked rejected
    summary: str
    hits: int | None = None  # journal entries; None: the journals were not read


class Proportion(Record):
    """How often one client got an outcome of a mix, and how often is in order (both ends included)."""

    client: str
    outcome: str
    count: int
    size: int  # answers drawn
    low: int
    high: int


class OutcomeCount(Record):
    """One bar of the histogram: how often an outcome was observed, with an example."""

    outcome: str
    description: str  # what the outcome means, in words: "200 from echo-v1, x-gamma-route: unmatched"
    count: int
    by_client: dict[str, int] = Field(default_factory=dict)
    sample: Sample | None = None


class Event(Record):
    """A point on the scenario's timeline; ``at`` in seconds since its start."""

    at: float
    what: str


class CheckRecord(Record):
    """What became of one check, with all that a failure text needs."""

    record: Literal["check"] = "check"
    id: str  # "scenario/check"
    scenario: str
    check: str
    file: str
    line: int
    step: int | None = None  # from 1
    steps: int | None = None  # how many the scenario has
    step_text: str = ""  # "hold 2.0s, after witness \"matched\" (routed)"
    verdict: Verdict
    kind: Kind | None = None
    reason: str = ""  # why skipped, not run, or in error; for a failure one sentence
    request: str = ""  # "consumer -> GET http://unmatched.gamma-producer/elsewhere"
    expected: str = ""  # name and meaning of the outcome
    observed: tuple[OutcomeCount, ...] = ()  # most frequent first
    answers: tuple[Answer, ...] = ()  # of a check that was not met: at most 50, wrong ones first to be kept
    proportions: tuple[Proportion, ...] = ()  # of a mix
    samples: int = 0  # answers judged
    wrong: tuple[str, ...] = ()  # names of the observed outcomes that count against the check, most frequent first
    likely: str = ""  # the text of ifInstead
    expectation: Expectation | None = None  # where a failure is expected: confirmed (xfail) or not (anything else)
    baseline: Compared | None = None  # of a failure, where there is an earlier run to compare with
    repetitions: dict[str, int] = Field(default_factory=dict)  # verdict -> how often, where it was played repeatedly
    undeclared: tuple[str, ...] = ()  # features that were needed, and of which the mesh says nothing
    detectable: float | None = None  # smallest share of wrong answers that would have been seen with 95 %
    proves: tuple[Requirement, ...] = ()
    timeline: tuple[Event, ...] = ()
    reproduce: tuple[str, ...] = ()
    evidence: str = ""  # folder, relative to the report
    duration: float = 0.0


class Propagation(Record):
    """How long a change took until every client that was asked had seen it."""

    change: Literal["create", "update", "delete"]
    step: int  # the await that saw it arrive
    seconds: float
    bound: bool = False  # it was there when we first looked: it took at most so long


class Quality(Record):
    """What a scenario measured beside conformance; none of it is a verdict."""

    propagation: tuple[Propagation, ...] = ()
    late: tuple[float, ...] = ()  # seconds from a timeout's due time to its answer; negative: early
    asked: int = 0  # requests whose backends were asked how often they saw them, while no route asked for copies
    repeated: int = 0  # of these, seen more than once: retried by the mesh on its own account


class ScenarioRecord(Record):
    """What happened while a scenario was played, apart from its checks."""

    record: Literal["scenario"] = "scenario"
    id: str
    started: str
    duration: float
    worker: str = "main"
    evidence: str = ""
    timeline: tuple[Event, ...] = ()
    manifests: str = ""  # YAML documents as they were applied, in this order; the beginning, where there are very many
    statuses: tuple[dict[str, Any], ...] = ()  # route status changes seen
    problems: tuple[str, ...] = ()  # what the harness could not do
    measurements: dict[str, float] = Field(default_factory=dict)  # propagation_s, ...
    quality: Quality = Quality()


class Footer(Record):
    """The last line: a report without it is cut off."""

    record: Literal["footer"] = "footer"
    finished: str
    duration: float
    complete: bool
    why_incomplete: str = ""
    counts: dict[str, int]  # verdict -> number of checks
    exit_status: int
    digest: str  # sha256 over all earlier lines and this one without its digest
