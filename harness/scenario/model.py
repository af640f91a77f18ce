"""The scenario as typed, frozen objects; the JSON schema for editors is generated from here.

Field names are those of the YAML file. Every object carries the place it was written at (``mark``), so that lint and
failure texts can name file and line.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, PrivateAttr, Tag

from harness.scenario.basics import (
    NAMESPACE_PREFIX,
    ROLES,
    UNDECLARED,
    Client,
    Codes,
    Duration,
    Mark,
    Name,
    Node,
    Role,
    Strings,
)
from harness.scenario.outcomes import BackendSees, ClientSees, Elapsed, Hits, Outcome, TimedOut

__all__ = [
    "NAMESPACE_PREFIX",
    "ROLES",
    "UNDECLARED",
    "VERBS",
    "Apply",
    "Await",
    "BackendSees",
    "Check",
    "Client",
    "ClientSees",
    "Codes",
    "Delete",
    "Duration",
    "Elapsed",
    "Hits",
    "Hold",
    "Mark",
    "Mix",
    "MixSample",
    "Name",
    "Node",
    "Outcome",
    "Probe",
    "Role",
    "Scenario",
    "Step",
    "Strings",
    "TimedOut",
]


class Probe(Node):
    """A request, and the clients that send it. Redirects are never followed."""

    from_: Strings = Field(
        alias="from",
        description="The sending clients: one role or several; `consumer/client-b` is a second one of that namespace.",
    )
    url: str = Field(
        description="Any DNS form of a Service of this scenario: `http://NAME.gamma-producer/path`. "
        "`clusterip://NAME.NAMESPACE:PORT/path` and `podip://WORKLOAD.NAMESPACE:PORT/path` dial the literal address "
        "and send it as Host."
    )
    method: str = Field(default="GET", pattern=r"^[A-Z]+$", description="The request's method, in capitals.")
    headers: dict[str, Strings] = Field(
        default_factory=dict,
        description="Request headers, each with a value or a list of values. `x-gamma-echo-delay: 2s` makes the "
        "backend wait before it answers, `x-gamma-echo-status: 503` makes it answer with that status.",
    )
    body: str | None = Field(default=None, description="The request's body.")
    protocol: Literal["http1"] = Field(default="http1", description="What the client speaks.")
    count: int | None = Field(
        default=None, ge=1, description="Answers wanted in a hold from each client at least, instead of 60."
    )
    rate: float = Field(
        default=30.0,
        gt=0,
        le=1000,
        description="Requests a second and client in a hold; slow answers do not slow it.",
    )
    over: Literal["fresh", "one"] = Field(
        default="fresh", description="`fresh`: a new connection for each request; `one`: all requests over one."
    )
    deadline: Duration = Field(default=10.0, description="Without an answer by then the outcome is `silent`.")

    @property
    def clients(self) -> tuple[Client, ...]:
        """The sending workloads, in the order written."""
        return tuple(Client.parse(text) for text in self.from_)


class Check(Node):
    """One named judgement: the unit that is counted, reported and expected to fail."""

    check: Name = Field(description="The check's name, unique in the scenario; reports call it SCENARIO/CHECK.")
    proves: tuple[str, ...] = Field(min_length=1, description="Requirements of spec/requirements.yaml, by id.")
    probe: Name = Field(description="The probe that is judged.")
    expect: Name | dict[Name, float] = Field(
        description="The outcome of every answer; in a mix, the share of each outcome in percent."
    )
    ifInstead: dict[str, str] = Field(
        default_factory=dict,
        description="Wrong outcome -> the mistake that a mesh with this outcome probably makes; shown where it fails.",
    )

    @property
    def id(self) -> str:
        """The name inside the scenario; reports prepend the scenario: ``unmatched-rejected/plain-unaffected``."""
        return self.check


class Apply(Node):
    """Apply a named list of manifests; optionally wait until the clients of the fence show that they are current."""

    apply: Name = Field(description="The list of `manifests` to apply.")
    fence: Strings | None = Field(
        default=None,
        description="Clients that the change must not affect: a throw-away route on a Service of its own shows that "
        "their configuration is alive.",
    )


class Delete(Node):
    """Delete the objects of a named list."""

    delete: Name = Field(description="The list of `manifests` whose objects are deleted.")


class Await(Node):
    """Wait until every probe has its outcome for every client: a witness or a baseline; carries no check."""

    await_: dict[Name, Name] = Field(alias="await", min_length=1, description="Probe -> the outcome to wait for.")


class Hold(Node):
    """Send every check's probe and every witness for this long; one other outcome fails the check."""

    hold: Duration = Field(description="How long; at least three times the slowest propagation of the run is added up.")
    checks: tuple[Check, ...] = Field(min_length=1, description="What is judged during this time.")


class MixSample(Node):
    """The probe that is sampled, and the shift in percentage points that the sample must be able to detect."""

    probe: Name = Field(description="The probe that is sampled.")
    detects: float = Field(
        ge=1, le=50, description="The shift in percentage points that the check must catch; the sample's size follows."
    )


class Mix(Node):
    """Draw one sample of a probe and judge the proportions of its outcomes."""

    mix: MixSample = Field(description="What is drawn.")
    checks: tuple[Check, ...] = Field(min_length=1, description="What is judged by the sample.")


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
    """One scenario file: set-up, traffic and judgement, in the order in which they happen."""

    scenario: Name = Field(description="The scenario's name, unique over the catalogue; the file is named like it.")
    title: str = Field(min_length=10, max_length=110, description="What a right mesh does, as a statement.")
    why: str = Field(min_length=40, description="Whom it hurts when a mesh does otherwise.")
    since: str | None = Field(
        default=None,
        pattern=r"^v\d+\.\d+$",
        description="The first Gateway API release that has what is used, as v1.4, where it cannot be derived.",
    )
    unless: tuple[str, ...] = Field(default=(), description="Played only where these features are disclaimed.")
    hazard: bool = Field(default=False, description="Uses what a mesh may not understand: runs last, alone.")
    manifests: dict[Name, tuple[dict[str, Any], ...]] = Field(
        description="Named lists of complete Kubernetes objects, applied as they stand."
    )
    probes: dict[Name, Probe] = Field(min_length=1, description="What clients send.")
    outcomes: dict[Name, Outcome] = Field(
        min_length=1, description="What an answer may turn out to be; the first one that matches wins."
    )
    steps: tuple[Step, ...] = Field(
        min_length=1, description="What happens, in this order: apply, delete, await, hold, mix."
    )

    _area: str = PrivateAttr(default="")
    _text: str = PrivateAttr(default="")
    _marks: dict[tuple[str | int, ...], Mark] = PrivateAttr(default_factory=dict)

    def placed(self, area: str, marks: dict[tuple[str | int, ...], Mark], text: str = "") -> None:
        """Remember the area, where every part was written, and the file's text; for the loader."""
        self._area, self._marks, self._text = area, marks, text

    def at(self, *path: str | int) -> Mark:
        """Where a path of the file was written, as ``at("manifests", "route", 0)``, or the deepest part that exists."""
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
    def text(self) -> str:
        """The file as it was read; empty for scenarios made in code."""
        return self._text

    @property
    def digest(self) -> str:
        """SHA-256 of the file, in hexadecimal."""
        return hashlib.sha256(self._text.encode()).hexdigest()

    @property
    def checks(self) -> tuple[Check, ...]:
        """All checks, in the order of their steps."""
        return tuple(check for step in self.steps if isinstance(step, Hold | Mix) for check in step.checks)
