"""The verbs: what a step of a scenario may do."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, model_validator

from harness.scenario.basics import Duration, Name, Node, Strings
from harness.scenario.checks import AdmissionCheck, Check, Judged, StatusCheck, UnchangedCheck


class Apply(Node):
    """Apply a named list of manifests; optionally wait until the clients of the fence show that they are current."""

    apply: Name = Field(description="The list of `manifests` to apply.")
    fence: Strings | None = Field(
        default=None,
        description="Clients that the change must not affect: a throw-away route on a Service of its own shows that "
        "their configuration is alive.",
    )
    together: bool = Field(
        default=False,
        description="All objects get one creation time, by which routes are told to be of the same age.",
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


class Scale(Node):
    """Scale a workload of the scenario's own; returns when Deployment and EndpointSlices agree."""

    scale: Name = Field(description="One of the scenario's `workloads`.")
    to: int = Field(ge=0, le=4, description="How many pods it has from then on.")


class Stream(Node):
    """Begin to send probes in the background, each at its rate; a later `join` judges and ends them."""

    stream: tuple[Name, ...] = Field(min_length=1, description="The probes that are sent.")


class Join(Node):
    """Go on streaming for this long, judge that final stretch, and end all streams."""

    join: Duration = Field(description="How long the final stretch is; lengthened like a hold.")
    checks: tuple[Check, ...] = Field(min_length=1, description="What is judged over the final stretch.")


class Status(Node):
    """Wait until statuses are reached, by watch; they then hold for this long."""

    status: Duration = Field(description="How long the statuses must last once they are reached.")
    checks: tuple[StatusCheck, ...] = Field(min_length=1, description="What is judged by reading the API.")


class PatchStatus(Node):
    """Write to an object's status what another controller might: an entry, or a condition in the mesh's entry."""

    patchStatus: Name = Field(description="A name, by which `keeps` of a later check refers to what is written.")
    of: str = Field(
        pattern=r"^[A-Za-z]+/[a-z0-9.-]+(/[a-z0-9.-]+)?$",
        description="The object: `HTTPRoute/NAME`, or `HTTPRoute/NAMESPACE/NAME` where two have that name.",
    )
    entry: dict[str, Any] | None = Field(
        default=None, description="The entry of `status.parents` that is added: parentRef, controllerName, conditions."
    )
    condition: dict[str, Any] | None = Field(
        default=None, description="The condition that is added to the mesh's own entry for the only parent."
    )

    @model_validator(mode="after")
    def _one(self) -> PatchStatus:
        if (self.entry is None) == (self.condition is None):
            raise ValueError("give either an entry or a condition")
        return self


class Unchanged(Node):
    """Read specs back: they stay what was written for this long."""

    unchanged: Duration = Field(description="For how long.")
    checks: tuple[UnchangedCheck, ...] = Field(min_length=1, description="What is judged by reading the API.")


class Refused(Node):
    """Every object of the list is refused by admission, in a server-side dry run."""

    refused: Name = Field(description="The list of `manifests`; it is never applied.")
    checks: tuple[AdmissionCheck, ...] = Field(min_length=1, description="What is judged by the refusals.")


class Accepted(Node):
    """Every object of the list is accepted by admission, in a server-side dry run."""

    accepted: Name = Field(description="The list of `manifests`.")
    checks: tuple[AdmissionCheck, ...] = Field(min_length=1, description="What is judged by the answers.")


#: The verbs of steps, each with what such a step holds.
VERBS: dict[str, type[Node]] = {
    "apply": Apply,
    "delete": Delete,
    "await": Await,
    "hold": Hold,
    "mix": Mix,
    "scale": Scale,
    "stream": Stream,
    "join": Join,
    "status": Status,
    "patchStatus": PatchStatus,
    "unchanged": Unchanged,
    "refused": Refused,
    "accepted": Accepted,
}

#: Verbs whose checks are about what probes got.
Traffic = Hold | Mix | Join
#: Verbs whose checks are about what the Kubernetes API says.
Reading = Status | Unchanged | Refused | Accepted

#: The classes of checks by verb, for the verbs that have any.
CHECKS: dict[str, type[Judged]] = {
    "hold": Check,
    "mix": Check,
    "join": Check,
    "status": StatusCheck,
    "unchanged": UnchangedCheck,
    "refused": AdmissionCheck,
    "accepted": AdmissionCheck,
}


def _verb(step: object) -> str | None:
    if isinstance(step, Node):
        return next((verb for verb, kind in VERBS.items() if type(step) is kind), None)
    return next((verb for verb in VERBS if verb in step), None) if isinstance(step, dict) else None


Step = Annotated[
    Annotated[Apply, Tag("apply")]
    | Annotated[Delete, Tag("delete")]
    | Annotated[Await, Tag("await")]
    | Annotated[Hold, Tag("hold")]
    | Annotated[Mix, Tag("mix")]
    | Annotated[Scale, Tag("scale")]
    | Annotated[Stream, Tag("stream")]
    | Annotated[Join, Tag("join")]
    | Annotated[Status, Tag("status")]
    | Annotated[PatchStatus, Tag("patchStatus")]
    | Annotated[Unchanged, Tag("unchanged")]
    | Annotated[Refused, Tag("refused")]
    | Annotated[Accepted, Tag("accepted")],
    Discriminator(_verb),
]


def checks_of(step: Step) -> tuple[Judged, ...]:
    """The checks that a step carries, of whatever kind."""
    return step.checks if isinstance(step, Traffic | Reading) else ()


def traffic_checks_of(step: Step) -> tuple[Check, ...]:
    """The checks of a step that are about what probes got."""
    return step.checks if isinstance(step, Traffic) else ()
