"""The scenario as typed, frozen objects; the JSON schema for editors is generated from here.

Field names are those of the YAML file. Every object carries the place it was written at (``mark``), so that lint and
failure texts can name file and line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    WithJsonSchema,
)

from harness.scenario.duration import parse_duration

Role = Literal["producer", "consumer", "consumer-b", "bystander", "outside"]
ROLES: tuple[Role, ...] = ("producer", "consumer", "consumer-b", "bystander", "outside")
NAMESPACE_PREFIX = "gamma-"

#: Outcomes that exist in every scenario without being declared (see docs/architecture.md, "Outcomes").
UNDECLARED = ("other", "broken", "silent", "unsent", "void")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; ``line`` and ``column`` count from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Client:
    """One sending workload: ``consumer`` is ``consumer/client``; ``consumer/client-b`` names the second one."""

    role: str
    workload: str = "client"

    @property
    def namespace(self) -> str:
        """The namespace with the default prefix; the session maps it when another prefix is in use."""
        return NAMESPACE_PREFIX + self.role

    def __str__(self) -> str:
        return self.role if self.workload == "client" else f"{self.role}/{self.workload}"

    @classmethod
    def parse(cls, text: str) -> Client:
        """``consumer`` or ``consumer/client-b``."""
        role, _, workload = text.partition("/")
        return cls(role, workload or "client")


def _seconds(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    WithJsonSchema({"type": "string", "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"}),
]
"""Seconds; written as a GEP-2257 duration."""


def _one_or_many(item: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]})


Strings = Annotated[tuple[str, ...], BeforeValidator(_listed), _one_or_many({"type": "string"})]
Codes = Annotated[tuple[int, ...], BeforeValidator(_listed), _one_or_many({"type": "integer"})]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=63)]


class Node(BaseModel):
    """A part of a scenario file; knows where it stands."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    _mark: Mark | None = PrivateAttr(default=None)

    @property
    def mark(self) -> Mark:
        """Where this was written; objects made in code (tests, generated fences) stand nowhere."""
        return self._mark or Mark("<built in code>", 0)

    def stands_at(self, mark: Mark) -> None:
        """Remember where this was written; for the loader."""
        self._mark = mark


class Probe(Node):
    """A request, and the clients that send it. Redirects are never followed."""

    from_: Strings = Field(alias="from", description="One role or several; `consumer/client-b` names a second client.")
    url: str = Field(description="Any DNS form of a Service; clusterip:// and podip:// dial the literal address.")
    method: str = "GET"
    headers: dict[str, Strings] = Field(default_factory=dict)
    body: str | None = None
    protocol: Literal["http1"] = "http1"
    count: int | None = Field(default=None, ge=1, description="Answers wanted at least in a hold, instead of 60.")
    rate: float = Field(default=30.0, gt=0, le=1000, description="Requests a second and client in a hold.")
    over: Literal["fresh", "one"] = Field(default="fresh", description="A new connection for each request, or one.")
    deadline: Duration = Field(default=10.0, description="Without an answer by then the outcome is `silent`.")

    @property
    def clients(self) -> tuple[Client, ...]:
        """The sending workloads, in the order written."""
        return tuple(Client.parse(text) for text in self.from_)


class BackendSees(Node):
    """What the request looked like when it reached the backend."""

    headers: dict[str, Strings] = Field(default_factory=dict, description="Exactly these values, in order.")
    absent: tuple[str, ...] = ()
    path: str | None = Field(default=None, description="Path with query.")
    host: str | None = None
    method: str | None = None
    protocol: str | None = None


class ClientSees(Node):
    """What the answer looked like when it reached the client."""

    status: Codes | None = None
    headers: dict[str, Strings] = Field(default_factory=dict)
    absent: tuple[str, ...] = ()
    body: str | None = None


class TimedOut(Node):
    """The mesh gave up: a time-out not before ``after - early``, and before the backend would have answered."""

    after: Duration
    early: Duration = Field(default=0.0, description="How much sooner than `after` still counts (clock granularity).")
    status: Codes = (504,)


class Elapsed(Node):
    """Bounds for the time between sending and the whole answer, by the client's clock."""

    min: Duration | None = None
    max: Duration | None = None


class Hits(Node):
    """How often backends journalled the request."""

    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)


class Outcome(Node):
    """A named class of observations; all that is given must hold. The first outcome that matches wins."""

    backend: str | None = Field(
        default=None, description="Workload that answered: `echo-v1` (producer namespace) or `consumer/echo-v1`."
    )
    backendSees: BackendSees | None = None
    clientSees: ClientSees | None = None
    rejected: Codes | None = Field(
        default=None, description="One of these codes, without the echo's mark, and no backend journalled the request."
    )
    timedOut: TimedOut | None = None
    elapsed: Elapsed | None = None
    backendHits: Hits | None = None

    @property
    def negative(self) -> bool:
        """Whether the outcome asserts that something did not happen (it then needs a witness, and sensitivity)."""
        return self.rejected is not None or self.timedOut is not None


class Check(Node):
    """One named judgement: the unit that is counted, reported and expected to fail."""

    check: Name
    proves: tuple[str, ...] = Field(min_length=1)
    probe: Name
    expect: Name | dict[Name, float] = Field(description="An outcome; in a mix, the share of each outcome.")
    ifInstead: dict[str, str] = Field(default_factory=dict, description="Wrong outcome -> the likely mistake.")

    @property
    def id(self) -> str:
        """The name inside the scenario; reports prepend the scenario: ``unmatched-rejected/plain-unaffected``."""
        return self.check


class Condition(Node):
    """An expected condition of a route for one parent; the observedGeneration is always compared."""

    type: str
    status: Literal["True", "False", "Unknown"]
    reason: Strings | None = None
    messageHas: str | None = None


class Apply(Node):
    """Apply a named list of manifests; optionally wait until the clients of the fence show that they are current."""

    apply: Name
    fence: Strings | None = Field(
        default=None,
        description="Clients whose configuration must be shown alive by a throw-away route on a Service of its own.",
    )


class Delete(Node):
    """Delete the objects of a named list."""

    delete: Name


class Await(Node):
    """Wait until every probe has its outcome for every client: a witness or a baseline; carries no check."""

    await_: dict[Name, Name] = Field(alias="await", min_length=1)


class Hold(Node):
    """Send every check's probe and every witness for this long; one other outcome fails the check."""

    hold: Duration
    checks: tuple[Check, ...] = Field(min_length=1)


class MixSample(Node):
    """The probe that is sampled, and the shift in percentage points that the sample must be able to detect."""

    probe: Name
    detects: float = Field(ge=1, le=50)


class Mix(Node):
    """Draw one sample of a probe on fresh connections and judge the proportions of its outcomes."""

    mix: MixSample
    checks: tuple[Check, ...] = Field(min_length=1)


#: The verbs of steps, each with what such a step holds.
VERBS: dict[str, type[Node]] = {"apply": Apply, "delete": Delete, "await": Await, "hold": Hold, "mix": Mix}


def _verb(step: object) -> str | None:
    if isinstance(step, Node):
        return type(step).__name__.lower()
    return next((verb for verb in VERBS if verb in step), None) if isinstance(step, dict) else None


Step = Annotated[
    Annotated[Apply, Tag("apply")]
    | Annotated[Delete, Tag("delete")]
    | Annotated[Await, Tag("await")]
    | Annotated[Hold, Tag("hold")]
    | Annotated[Mix, Tag("mix")],
    Discriminator(_verb),
]


class Scenario(Node):
    """One scenario file."""

    scenario: Name
    title: str = Field(min_length=10, max_length=110)
    why: str = Field(min_length=40)
    since: str | None = Field(default=None, description="First Gateway API version that has what is used, as v1.4.")
    unless: tuple[str, ...] = Field(default=(), description="Played only where these features are disclaimed.")
    hazard: bool = Field(default=False, description="Uses what a mesh may not understand: runs last, alone.")
    manifests: dict[Name, tuple[dict[str, Any], ...]]
    probes: dict[Name, Probe] = Field(min_length=1)
    outcomes: dict[Name, Outcome] = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)

    _area: str = PrivateAttr(default="")
    _marks: dict[tuple[str | int, ...], Mark] = PrivateAttr(default_factory=dict)

    def placed(self, area: str, marks: dict[tuple[str | int, ...], Mark]) -> None:
        """Remember the area and where every part was written; for the loader."""
        self._area, self._marks = area, marks

    def at(self, *path: str | int) -> Mark:
        """Where a path such as ``("manifests", "route", 0)`` was written, or the deepest part of it that exists."""
        for end in range(len(path), 0, -1):
            if path[:end] in self._marks:
                return self._marks[path[:end]]
        return self.mark

    @property
    def id(self) -> str:
        """The scenario's name, unique over the catalogue."""
        return self.scenario

    @property
    def area(self) -> str:
        """The folder the file lies in."""
        return self._area

    @property
    def checks(self) -> tuple[Check, ...]:
        """All checks, in the order of their steps."""
        return tuple(check for step in self.steps if isinstance(step, Hold | Mix) for check in step.checks)
