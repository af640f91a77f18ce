"""Steps, and checks that read the Kubernetes API, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from harness.scenario.model import (
    Accepted,
    AdmissionCheck,
    Apply,
    Await,
    Condition,
    Delete,
    Hold,
    Join,
    Judged,
    Mix,
    Parent,
    PatchStatus,
    Refused,
    Scale,
    Status,
    StatusCheck,
    Step,
    Stream,
    UnchangedCheck,
)


def step(what: Step) -> str:  # noqa: C901, PLR0911, PLR0912 - one line for each verb
    """``hold 2s``, ``delete route``: a step in one line."""
    match what:
        case Apply():
            together = " together" if what.together else ""
            return f"apply {what.apply}{together}" + (
                f", with a fence for {', '.join(what.fence)}" if what.fence else ""
            )
        case Delete():
            return f"delete {what.delete}"
        case Await():
            return "await " + ", ".join(f"{probe}: {outcome}" for probe, outcome in what.await_.items())
        case Hold():
            return f"hold {what.hold:g}s"
        case Mix():
            return f"mix of {what.mix.probe}, detects {what.mix.detects:g} points"
        case Scale():
            return f"scale {what.scale} to {what.to}"
        case Stream():
            return f"stream {', '.join(what.stream)}"
        case Join():
            return f"join {what.join:g}s"
        case Status():
            return f"status {what.status:g}s"
        case PatchStatus():
            kind = "an entry" if what.entry is not None else "a condition"
            return f"patch the status of {what.of} with {kind} ({what.patchStatus})"
        case Refused():
            return f"ask admission to refuse {what.refused}"
        case Accepted():
            return f"ask admission to accept {what.accepted}"
        case _:
            return f"unchanged {what.unchanged:g}s"


def expected_reading(check: Judged) -> str:
    """What a check expects of the API: ``HTTPRoute/x: Accepted=True``."""
    match check:
        case StatusCheck():
            return f"{check.of}: {'; '.join(_status(check)) or 'an entry of the mesh'}"
        case UnchangedCheck():
            added = ", and nothing else" if check.exact else ""
            return f"{check.of}: {', '.join(check.fields) or 'the whole spec'} as it was written{added}"
        case AdmissionCheck():
            because = f", because of {' or '.join(map(repr, check.because))}" if check.because else ""
            return f"the answer that the step names, to each object{because}"
        case _:
            return check.id


def conditions(wanted: Mapping[str, Condition]) -> str:
    """``Accepted=True, ResolvedRefs=False (BackendNotFound)``."""
    return ", ".join(_condition(name, condition) for name, condition in wanted.items())


def parent(wanted: Parent | None) -> str:
    """Of whom an entry is: ``for Service x port 80``; empty where every parent is meant."""
    if wanted is None:
        return ""
    given = {name: getattr(wanted, name) for name in type(wanted).model_fields}
    return "for " + " ".join(f"{name} {value}" for name, value in given.items() if value is not None)


def _status(check: StatusCheck) -> list[str]:
    place = f" {parent(check.parent)}" if check.parent else ""
    parts = [f"{conditions(check.conditions)}{place}"] if check.conditions else []
    if check.notConditions:
        parts.append(f"none of {conditions(check.notConditions)}{place}")
    if check.entries == "exact":
        parts.append("one entry for each parentRef, and no other")
    if check.entries == "none":
        parts.append(f"no entry{place}")
    if check.keeps is not None:
        parts.append(f"what the step {check.keeps} wrote is still there")
    if check.supportedFeatures is not None:
        ordered = "in ascending order" if check.supportedFeatures.sorted else "in any order"
        most = "" if check.supportedFeatures.atMost is None else f" and at most {check.supportedFeatures.atMost}"
        parts.append(f"at least {check.supportedFeatures.atLeast}{most} supportedFeatures, {ordered}")
    return parts


def _condition(name: str, condition: Condition) -> str:
    if condition.status == "absent":
        return f"no {name}"
    reason = f" ({' or '.join(condition.reason)})" if condition.reason else ""
    message = f" saying {' and '.join(map(repr, condition.messageHas))}" if condition.messageHas else ""
    message += " with a message" if condition.hasMessage else ""
    return f"{name}={condition.status}{reason}{message}"
