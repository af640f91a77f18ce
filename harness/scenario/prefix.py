"""Another namespace prefix than ``gamma-``: for several runs on one cluster."""

from __future__ import annotations

import re
from typing import Any, TypeVar, overload

from harness.scenario.model import NAMESPACE_PREFIX, ROLES, Outcome, PatchStatus, Scenario, Status, Unchanged
from harness.scenario.naming import kind_of
from harness.scenario.shape import cluster_wide

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
    """The same scenario, object or text with the prefix in place of ``gamma-`` in the names of our namespaces.

    Objects that live in no namespace have it in their own names.
    """
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
        fields = {name: _mapped(getattr(step, name), prefix) for name in ("entry", "condition")}
        return step.model_copy(update={"of": _named(step.of, prefix), **fields})
    return step


def _reading(check: Any, prefix: str) -> dict[str, Any]:
    changed: dict[str, Any] = {"of": _named(check.of, prefix)}
    parent = getattr(check, "parent", None)
    if parent is not None and parent.namespace is not None:
        changed["parent"] = parent.model_copy(update={"namespace": _mapped(parent.namespace, prefix)})
    return changed


def _named(of: str, prefix: str) -> str:
    """``KIND/NAME`` or ``KIND/NAMESPACE/NAME``."""
    kind, _, name = of.partition("/")
    return f"{kind}/{_renamed(name, prefix)}" if cluster_wide(kind_of(of)) else str(_mapped(of, prefix))


def _renamed(name: str, prefix: str) -> str:
    return prefix + name.removeprefix(NAMESPACE_PREFIX) if name.startswith(NAMESPACE_PREFIX) else name


def _outcome(outcome: Outcome, prefix: str) -> Outcome:
    mapped = Outcome.model_validate(_mapped(outcome.model_dump(exclude_unset=True), prefix))
    mapped.stands_at(outcome.mark)
    return mapped


def _mapped(value: Any, prefix: str) -> Any:
    if isinstance(value, str):
        return _NAMESPACE.sub(prefix, value)
    if isinstance(value, dict):
        mapped = {_mapped(key, prefix): _mapped(item, prefix) for key, item in value.items()}
        return _of_the_cluster(mapped, prefix) if cluster_wide(str(value.get("kind"))) else mapped
    if isinstance(value, list | tuple):
        return type(value)(_mapped(item, prefix) for item in value)
    return value


def _of_the_cluster(obj: dict[str, Any], prefix: str) -> dict[str, Any]:
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        return obj  # a reference to an object, not one of ours
    return {**obj, "metadata": {**metadata, "name": _renamed(metadata["name"], prefix)}}
