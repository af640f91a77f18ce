"""Another namespace prefix than ``gamma-``: for several runs on one cluster."""

from __future__ import annotations

import re
from typing import Any, TypeVar, overload

from harness.scenario.model import NAMESPACE_PREFIX, ROLES, Outcome, PatchStatus, Scenario, Status, Unchanged

T = TypeVar("T", dict[str, Any], list[Any], str)

# The longest role first, and only as a whole DNS label: gamma-consumer-bread is somebody else's.
_ROLES = "|".join(sorted(ROLES, key=len, reverse=True))
_NAMESPACE = re.compile(rf"(?<![A-Za-z0-9-]){re.escape(NAMESPACE_PREFIX)}(?=({_ROLES})(?![A-Za-z0-9-]))")

_PREFIX = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def is_prefix(text: str) -> bool:
    """Whether namespaces may begin like this."""
    return _PREFIX.fullmatch(text) is not None


@overload
def with_prefix(thing: Scenario, prefix: str) -> Scenario: ...
@overload
def with_prefix(thing: T, prefix: str) -> T: ...
def with_prefix(thing: Any, prefix: str) -> Any:
    """The same scenario, object or text with the prefix in place of ``gamma-`` in the names of our namespaces."""
    if prefix == NAMESPACE_PREFIX:
        return thing
    if isinstance(thing, Scenario):
        probes = {name: probe.model_copy(update=_changed(probe, prefix)) for name, probe in thing.probes.items()}
        outcomes = {name: _outcome(outcome, prefix) for name, outcome in thing.outcomes.items()}
        manifests = _mapped(thing.manifests, prefix)
        steps = tuple(_step(step, prefix) for step in thing.steps)
        changed = {"probes": probes, "outcomes": outcomes, "manifests": manifests, "steps": steps}
        return thing.model_copy(update=changed)
    return _mapped(thing, prefix)


def _changed(probe: Any, prefix: str) -> dict[str, Any]:
    return {name: _mapped(getattr(probe, name), prefix) for name in ("url", "headers", "body", "sni")}


def _step(step: Any, prefix: str) -> Any:
    """Steps name namespaces in the objects that they read, and in what they write to a status."""
    if isinstance(step, Status | Unchanged):
        checks = tuple(check.model_copy(update=_reading(check, prefix)) for check in step.checks)
        return step.model_copy(update={"checks": checks})
    if isinstance(step, PatchStatus):
        fields = ("of", "entry", "condition")
        return step.model_copy(update={name: _mapped(getattr(step, name), prefix) for name in fields})
    return step


def _reading(check: Any, prefix: str) -> dict[str, Any]:
    changed: dict[str, Any] = {"of": _mapped(check.of, prefix)}
    parent = getattr(check, "parent", None)
    if parent is not None and parent.namespace is not None:
        changed["parent"] = parent.model_copy(update={"namespace": _mapped(parent.namespace, prefix)})
    return changed


def _outcome(outcome: Outcome, prefix: str) -> Outcome:
    mapped = Outcome.model_validate(_mapped(outcome.model_dump(exclude_unset=True), prefix))
    mapped.stands_at(outcome.mark)
    return mapped


def _mapped(value: Any, prefix: str) -> Any:
    if isinstance(value, str):
        return _NAMESPACE.sub(prefix, value)
    if isinstance(value, dict):
        return {_mapped(key, prefix): _mapped(item, prefix) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_mapped(item, prefix) for item in value)
    return value
