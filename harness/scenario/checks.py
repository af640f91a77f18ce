"""Checks: what a step judges. By traffic (``Check``), or by what the Kubernetes API says (the others)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from harness.scenario.basics import Name, Node, Strings

Status = Literal["True", "False", "Unknown", "absent"]


class Judged(Node):
    """One named judgement: the unit that is counted, reported and expected to fail."""

    check: Name = Field(description="The check's name, unique in the scenario; reports call it SCENARIO/CHECK.")
    proves: tuple[str, ...] = Field(min_length=1, description="Requirements of spec/requirements.yaml, by id.")

    @property
    def id(self) -> str:
        """The name inside the scenario; reports prepend the scenario: ``unmatched-rejected/plain-unaffected``."""
        return self.check


class Check(Judged):
    """A judgement on what a probe got."""

    probe: Name = Field(description="The probe that is judged.")
    expect: Name | dict[Name, float] = Field(
        description="The outcome of every answer; in a mix, the share of each outcome in percent."
    )
    ifInstead: dict[str, str] = Field(
        default_factory=dict,
        description="Wrong outcome -> the mistake that a mesh with this outcome probably makes; shown where it fails.",
    )


def _condition(value: object) -> object:
    """A status alone stands for a condition with it; ``True`` without quotes is meant, too."""
    if isinstance(value, bool | str):
        return {"status": str(value)}
    return {**value, "status": str(value["status"])} if isinstance(value, dict) and "status" in value else value


def _condition_schema() -> dict[str, Any]:
    words = {"enum": ["True", "False", "Unknown", "absent", True, False]}
    texts = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    reason = {**texts, "description": "The reason: one, or a list of which any will do."}
    has = {**texts, "description": "Texts that the message holds, each."}
    says = {"type": "boolean", "description": "The message says something, whatever it is."}
    status = {**words, "description": "The condition's status; `absent`: there is no such condition."}
    mapping = {
        "type": "object",
        "additionalProperties": False,
        "required": ["status"],
        "properties": {"status": status, "reason": reason, "messageHas": has, "hasMessage": says},
    }
    return {"anyOf": [words, mapping]}


class Condition(Node):
    """What a status condition has to be."""

    status: Status = Field(description="The condition's status; `absent`: there is no such condition.")
    reason: Strings | None = Field(default=None, description="The reason: one, or a list of which any will do.")
    messageHas: Strings | None = Field(default=None, description="Texts that the message holds, each.")
    hasMessage: bool = Field(default=False, description="The message says something, whatever it is.")


Wanted = Annotated[Condition, BeforeValidator(_condition), WithJsonSchema(_condition_schema())]


class Parent(Node):
    """Some fields of a parentRef; an entry of the status is meant when its parentRef has all that are given."""

    name: str | None = Field(default=None, description="The name of the parent.")
    namespace: str | None = Field(default=None, description="Its namespace; the route's own where it has none.")
    kind: str | None = Field(default=None, description="Its kind.")
    group: str | None = Field(default=None, description="Its group; empty for the core group.")
    port: int | None = Field(default=None, description="The port that is named.")
    sectionName: str | None = Field(default=None, description="The section that is named.")


class Supported(Node):
    """What ``status.supportedFeatures`` of a Mesh has to be."""

    sorted: bool = Field(default=False, description="The names stand in ascending order.")
    atLeast: int = Field(default=0, ge=0, description="How many there are at least.")
    atMost: int | None = Field(default=None, ge=0, description="How many there are at most.")


class StatusCheck(Judged):
    """A judgement on the status of an object, as the API tells it."""

    of: str = Field(
        pattern=r"^[A-Za-z]+/[a-z0-9.-]+(/[a-z0-9.-]+)?$",
        description="The object: `HTTPRoute/NAME`, or `HTTPRoute/NAMESPACE/NAME` where two have that name.",
    )
    parent: Parent | None = Field(
        default=None, description="Whose entry is meant; every core Service of the route's parentRefs unless written."
    )
    conditions: dict[str, Wanted] = Field(
        default_factory=dict, description="Type -> True, False, Unknown, absent, or more about the condition."
    )
    notConditions: dict[str, Wanted] = Field(
        default_factory=dict, description="Conditions none of which may be in the mesh's entry, where there is one."
    )
    entries: Literal["exact", "none", "any"] = Field(
        default="any",
        description="`exact`: the mesh has one entry for each of our parentRefs, and no other; `none`: it has none for "
        "the parent.",
    )
    keeps: Name | None = Field(
        default=None, description="The name of a patchStatus step whose entry or condition is still there, unchanged."
    )
    supportedFeatures: Supported | None = Field(default=None, description="Of a Mesh: its list of features.")
    ifInstead: str = Field(default="", description="The mistake that a mesh with another status probably makes.")

    @property
    def negative(self) -> bool:
        """Whether it is satisfied by a status that nobody ever wrote: it then needs a positive one beside it."""
        # What the API itself writes into a new Mesh is that nobody knows yet.
        silent = {"absent", "Unknown"} if self.of.startswith(("Mesh/", "XMesh/")) else {"absent"}
        wanted = any(condition.status not in silent for condition in self.conditions.values())
        features = self.supportedFeatures is not None and self.supportedFeatures.atLeast > 0
        return not wanted and self.entries != "exact" and not features


class UnchangedCheck(Judged):
    """A judgement on the spec of an object: it still is what was written."""

    of: str = Field(
        pattern=r"^[A-Za-z]+/[a-z0-9.-]+(/[a-z0-9.-]+)?$",
        description="The object: `HTTPRoute/NAME`, or `HTTPRoute/NAMESPACE/NAME` where two have that name.",
    )
    fields: tuple[str, ...] = Field(
        default=(), description="Fields like `spec.rules[0].timeouts.request`; all of the spec unless written."
    )
    exact: bool = Field(
        default=False, description="Nothing was added either; only for kinds whose fields have no defaults."
    )
    ifInstead: str = Field(default="", description="The mistake that is probably made where it is not so.")


class AdmissionCheck(Judged):
    """A judgement on what admission says to a server-side dry run."""

    because: tuple[str, ...] = Field(default=(), description="Texts of which the refusal's message has one.")
    ifInstead: str = Field(default="", description="The mistake that is probably made where it is not so.")
