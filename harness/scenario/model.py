"""The scenario as typed, frozen objects; the JSON schema for editors is generated from here.

Field names are those of the YAML file. Every object carries the place it was written at (``mark``), so that lint and
failure texts can name file and line.
"""

from __future__ import annotations

import hashlib
from typing import Any

from pydantic import Field, PrivateAttr

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
from harness.scenario.checks import (
    AdmissionCheck,
    Check,
    Condition,
    Judged,
    Parent,
    StatusCheck,
    Supported,
    UnchangedCheck,
)
from harness.scenario.outcomes import (
    BackendSees,
    ClientSees,
    Elapsed,
    Hits,
    Location,
    Outcome,
    TimedOut,
    WorkloadHits,
)
from harness.scenario.probes import STREAM_PROTOCOLS, OwnWorkload, Probe, Protocol
from harness.scenario.steps import (
    CHECKS,
    VERBS,
    Accepted,
    Apply,
    Await,
    Delete,
    Hold,
    Join,
    Mix,
    MixSample,
    PatchStatus,
    Reading,
    Refused,
    Scale,
    Status,
    Step,
    Stream,
    Traffic,
    Unchanged,
    checks_of,
    traffic_checks_of,
)

__all__ = [
    "CHECKS",
    "NAMESPACE_PREFIX",
    "ROLES",
    "STREAM_PROTOCOLS",
    "UNDECLARED",
    "VERBS",
    "Accepted",
    "AdmissionCheck",
    "Apply",
    "Await",
    "BackendSees",
    "Check",
    "Client",
    "ClientSees",
    "Codes",
    "Condition",
    "Delete",
    "Duration",
    "Elapsed",
    "Hits",
    "Hold",
    "Join",
    "Judged",
    "Location",
    "Mark",
    "Mix",
    "MixSample",
    "Name",
    "Node",
    "Outcome",
    "OwnWorkload",
    "Parent",
    "PatchStatus",
    "Probe",
    "Protocol",
    "Reading",
    "Refused",
    "Role",
    "Scale",
    "Scenario",
    "Status",
    "StatusCheck",
    "Step",
    "Stream",
    "Strings",
    "Supported",
    "TimedOut",
    "Traffic",
    "Unchanged",
    "UnchangedCheck",
    "WorkloadHits",
    "checks_of",
    "traffic_checks_of",
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
    workloads: dict[Name, OwnWorkload] = Field(
        default_factory=dict,
        description="Echo workloads of this scenario's own, which it may scale; started before step 1 and removed at "
        "the end. Their pods have the label `app: NAME`.",
    )
    probes: dict[Name, Probe] = Field(default_factory=dict, description="What clients send.")
    outcomes: dict[Name, Outcome] = Field(
        default_factory=dict, description="What an answer may turn out to be; the first one that matches wins."
    )
    steps: tuple[Step, ...] = Field(min_length=1, description=f"What happens, in this order: {', '.join(VERBS)}.")

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
    def checks(self) -> tuple[Judged, ...]:
        """All checks, in the order of their steps."""
        return tuple(check for step in self.steps for check in checks_of(step))

    @property
    def traffic_checks(self) -> tuple[Check, ...]:
        """The checks that are about what probes got, in the order of their steps."""
        return tuple(check for step in self.steps for check in traffic_checks_of(step))

    @property
    def dry_lists(self) -> frozenset[str]:
        """The lists of manifests that admission is only asked about."""
        applied = {step.apply for step in self.steps if isinstance(step, Apply)}
        asked = {step.refused for step in self.steps if isinstance(step, Refused)}
        asked |= {step.accepted for step in self.steps if isinstance(step, Accepted)}
        return frozenset(asked - applied)

    @property
    def refused_lists(self) -> frozenset[str]:
        """The lists of manifests that admission has to refuse."""
        return frozenset(step.refused for step in self.steps if isinstance(step, Refused))
