"""What a mesh needs once the namespaces exist: objects of its own (a waypoint), then labels that refer to them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from harness.cluster import Cluster, Obj, Ref, WaitTimeoutError, wait_for
from harness.errors import TargetError
from harness.mesh_profile import Extra
from harness.settings import Settings
from harness.stage import manifests
from harness.stage.ownership import is_prepared

Progress = Callable[[str], None]


def objects(settings: Settings) -> list[Obj]:
    """The profile's further objects, in its order, labelled as ours. Pure."""
    return [obj for extra in settings.mesh.afterNamespaces for obj in objects_of(extra, settings)]


def objects_of(extra: Extra, settings: Settings) -> list[Obj]:
    """One copy for each role's namespace; none where the entry is about labels. Pure."""
    return [_placed(extra.manifest, role, settings) for role in extra.roles] if extra.manifest is not None else []


def later_labels(settings: Settings) -> dict[str, dict[str, str]]:
    """Role -> the labels that its namespace gets after the further objects are ready. Pure."""
    found: dict[str, dict[str, str]] = {}
    for extra in settings.mesh.afterNamespaces:
        for role in extra.roles if extra.labels else ():
            found.setdefault(role, {}).update(extra.labels)
    return found


def namespaces(settings: Settings) -> list[Obj]:
    """The namespaces with all labels that they have in the end. Pure."""
    later = {settings.namespace(role): labels for role, labels in later_labels(settings).items()}
    found = manifests.namespaces(settings)
    for namespace in found:
        namespace["metadata"]["labels"].update(later.get(namespace["metadata"]["name"], {}))
    return found


def put(cluster: Cluster, settings: Settings, patience: float, progress: Progress) -> None:
    """Apply the further objects, wait for each as the profile says, then label the namespaces.

    ``patience`` are the seconds to wait for each object. Raises TargetError, ClusterError.
    """
    for extra in settings.mesh.afterNamespaces:
        made = objects_of(extra, settings)
        for obj in made:
            cluster.apply(obj)
        for obj in made if extra.ready else ():
            progress(f"waiting for {Ref.of(obj)} to be {_listed(extra.ready or {})}")
            _wait(cluster, obj, extra.ready or {}, patience)
    if not later_labels(settings):
        return
    for namespace in namespaces(settings):
        present = cluster.get(Ref.of(namespace)) or {"metadata": {}}
        wanted = namespace["metadata"]["labels"]
        if not is_prepared(present) and not wanted.items() <= (present["metadata"].get("labels") or {}).items():
            cluster.apply(namespace)


def unmet(obj: Mapping[str, Any] | None, wanted: Mapping[str, str]) -> list[str]:
    """Which of these conditions the object does not have for its present generation, each with what it says. Pure."""
    if obj is None:
        return ["it does not exist"]
    generation = obj["metadata"].get("generation", 0)
    conditions = {condition["type"]: condition for condition in (obj.get("status") or {}).get("conditions") or ()}
    found = []
    for name, status in wanted.items():
        condition = conditions.get(name)
        if condition is None:
            found.append(f"condition {name} is missing")
        elif condition.get("observedGeneration", generation) < generation:
            found.append(f"condition {name} is about an earlier generation")
        elif condition.get("status") != status:
            about = ": ".join(str(condition[key]) for key in ("reason", "message") if condition.get(key))
            found.append(f"condition {name} is {condition.get('status')}, not {status}{f' ({about})' if about else ''}")
    return found


def _wait(cluster: Cluster, obj: Obj, wanted: Mapping[str, str], patience: float) -> None:
    ref = Ref.of(obj)
    try:
        wait_for(cluster, ref, lambda it: not unmet(it, wanted), patience, f"{ref} to be {_listed(wanted)}")
    except WaitTimeoutError as error:
        seen = error.items.get((ref.namespace, ref.name))
        raise TargetError(
            f"{error.message}: {'; '.join(unmet(seen, wanted))}",
            f"the mesh profile asks for it (afterNamespaces): kubectl -n {ref.namespace} describe "
            f"{ref.kind.lower()} {ref.name}",
        ) from None


def _placed(manifest: Mapping[str, Any], role: str, settings: Settings) -> Obj:
    obj: Obj = copy.deepcopy(dict(manifest))
    labels = obj["metadata"].get("labels") or {}
    obj["metadata"] |= {"namespace": settings.namespace(role), "labels": {**labels, **settings.labels()}}
    return obj


def _listed(conditions: Mapping[str, str]) -> str:
    return ", ".join(name if status == "True" else f"{name}={status}" for name, status in conditions.items())
