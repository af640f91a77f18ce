"""What verdicts mean where a scenario needs features of which the mesh says nothing. Pure.

The scenario is played as any other. A pass says "works, not declared". A wrong outcome is no failure, because nobody
promised anything: it becomes a ``skip``. But a route that the mesh accepted, although it does not do what the route
asks for, misleads whoever wrote it: that is a ``deviation``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from harness.evidence.model import CheckRecord, Kind, Verdict
from harness.scenario import features_needed
from harness.scenario.derived import applied_objects, identity
from harness.scenario.model import Scenario
from spec import features

Status = Mapping[str, Any]

_GOOD = (Verdict.PASS, Verdict.OBSERVED)
_WRONG = (Verdict.FAIL, Verdict.DEVIATION)
#: Wrong from the first answer on, or never there. What was right for a while, or leaked, was not simply left out.
_WITHOUT_EFFECT = (Kind.WRONG, Kind.NEVER_CONVERGED)


def reconsider(
    scenario: Scenario,
    records: Sequence[CheckRecord],
    statuses: Sequence[Status],
    undeclared: Collection[str],
    controller: str = "",
) -> tuple[CheckRecord, ...]:
    """The records of a scenario that was played, as they count while these features are undeclared.

    `scenario` carries the namespaces it was played in, `statuses` are the status changes seen meanwhile, oldest first;
    `controller` is the mesh's name in them where it is known. Errors, and a mesh that takes in nothing any more, stay
    what they are.
    """
    needed = tuple(sorted(features_needed(scenario) & set(undeclared)))
    if not needed:
        return tuple(records)
    accepted = silently_accepted(scenario, statuses, needed, controller)
    gave_up = any(record.kind is Kind.NEVER_CONVERGED for record in records)
    return tuple(_reconsidered(record, needed, accepted=accepted, gave_up=gave_up) for record in records)


def _reconsidered(record: CheckRecord, needed: tuple[str, ...], *, accepted: bool, gave_up: bool) -> CheckRecord:
    names = ", ".join(needed)
    if record.kind is Kind.STALLED:
        return record
    if record.verdict in _GOOD:
        return _changed(record, needed, reason=_joined(f"works, not declared: {names}", record.reason))
    if record.verdict in _WRONG and accepted and record.kind in _WITHOUT_EFFECT:
        reason = _joined(f"accepted and silently ignored, not declared: {names}", record.reason)
        return _changed(record, needed, verdict=Verdict.DEVIATION, kind=Kind.IGNORED, reason=reason)
    if record.verdict in _WRONG:
        reason = _joined(f"not declared, does not work: {names}", record.reason)
        return _changed(record, needed, verdict=Verdict.SKIP, kind=None, reason=reason)
    if record.verdict is Verdict.NOT_RUN and gave_up:
        reason = _joined(f"not declared: {names}", record.reason)
        return _changed(record, needed, verdict=Verdict.SKIP, reason=reason)
    return record


def _changed(record: CheckRecord, needed: tuple[str, ...], **changes: object) -> CheckRecord:
    return record.model_copy(update={"undeclared": needed, **changes})


def _joined(first: str, then: str) -> str:
    return f"{first}; {then}" if then else first


def silently_accepted(
    scenario: Scenario, statuses: Sequence[Status], needed: Collection[str], controller: str = ""
) -> bool:
    """Whether the mesh accepted every route that asks for one of these features, and hinted at nothing.

    A route asks for a feature by its own fields or, where only a Service shows it, by being there. What is needed by
    probes alone is asked for by no route, so nothing was ever accepted.
    """
    objects = [obj for obj in applied_objects(scenario) if str(obj.get("kind", "")).endswith("Route")]
    asking = [obj for obj in objects if features.features_of(obj) & set(needed)]
    others = {name for obj in applied_objects(scenario) for name in features.features_of(obj)} & set(needed)
    routes = {"/".join(identity(obj)[1:]) for obj in asking or (objects if others else [])}
    last = _last(statuses)
    return bool(routes) and all(name in last and _says_yes(last[name], controller) for name in routes)


def _last(statuses: Iterable[Status]) -> dict[str, Status]:
    """``NAMESPACE/NAME`` -> the last status that a route had while it existed."""
    found: dict[str, Status] = {}
    for entry in statuses:
        if entry.get("status"):
            found["/".join(str(entry["route"]).split("/")[-2:])] = entry
    return found


def _says_yes(entry: Status, controller: str) -> bool:
    """Accepted for every parent and for the present spec, without a word about anything that is left out."""
    parents = [
        parent
        for parent in entry["status"].get("parents") or ()
        if not controller or parent.get("controllerName") == controller
    ]
    return bool(parents) and all(_accepted(parent, int(entry.get("generation", 0))) for parent in parents)


def _accepted(parent: Mapping[str, Any], generation: int) -> bool:
    current = {
        condition.get("type"): condition.get("status")
        for condition in parent.get("conditions") or ()
        if int(condition.get("observedGeneration", 0)) >= generation
    }
    hints = current.get("ResolvedRefs") == "False" or current.get("PartiallyInvalid") == "True"
    return current.get("Accepted") == "True" and not hints
