"""Whether a mesh with other decisions would have done anything else in a scene: computed, not played. Pure.

What a mesh does is what it tells its proxies, what it writes into the API, and what the API server lets pass. Where
all of that is the same at every moment of a scene, nobody who sends requests in it can tell the two meshes apart.
Where it cannot be known without playing, the answer is that it would.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from harness.scenario.model import Scenario
from harness.scenario.steps import Accepted, Refused
from lab.admission import AS_DEFINED, Admission
from lab.defects.proxy import REUSED, SCRIPT
from lab.mesh.envoy.types import ROUTES, Resource
from lab.mesh.model.decisions import CONFORMANT, Decisions
from lab.mesh.model.history import History
from lab.mesh.model.ignoring import accepted_world
from lab.mesh.model.posing import in_force, reported
from lab.mesh.model.published import desired_status
from lab.mesh.plan import Plan, Planner
from lab.mesh.status import desired_parents
from lab.mesh.world.snapshot import World
from lab.poses import LAB
from mutants.scenes import Scene, Snapshot

_NOW = "2026-01-01T00:00:00Z"  # in both readings, so that it makes no difference
#: What the plan for the proxies does not depend on.
_BESIDE_THE_PLAN = frozenset(
    {"status", "status_delay", "rewrites", "mesh_is_ours", "mesh_status", "admission", "every", "numbered", "delivery"}
)


@dataclass
class Original:
    """The conformant mesh in all scenes, computed once; with numbered requests too, which change nothing."""

    scenes: Sequence[Scene]
    _plans: dict[bool, list[list[Plan]]] = field(default_factory=dict)

    def plans(self, *, numbered: bool) -> list[list[Plan]]:
        """For each scene the plan for each of its worlds."""
        if numbered not in self._plans:
            planner = Planner(replace(CONFORMANT, numbered=numbered))
            self._plans[numbered] = [
                [planner.plan(in_force(world, LAB)) for _, world in scene.worlds] for scene in self.scenes
            ]
        return self._plans[numbered]


def differs(original: Original, decisions: Decisions, catalogue: Mapping[str, Scenario], scale: float) -> list[str]:
    """The scenarios in which a mesh with these decisions might be told from the conformant one.

    `scale` is the factor on all seconds of decisions, as when the scenes were recorded.
    """
    found = [
        scene.scenario for scene in original.scenes if _says_otherwise(decisions, scene, catalogue[scene.scenario])
    ]
    changed = {
        one.name for one in fields(Decisions) if getattr(decisions, one.name) is not getattr(CONFORMANT, one.name)
    }
    if changed <= _BESIDE_THE_PLAN:
        return found
    planner = Planner(decisions)
    same = _Same()
    for scene, plans in zip(original.scenes, original.plans(numbered=decisions.numbered), strict=True):
        if scene.scenario not in found and any(
            not same(ours, theirs) for ours, theirs in _followed(planner, scene, plans, scale)
        ):
            found.append(scene.scenario)
    return found


def _followed(planner: Planner, scene: Scene, plans: Sequence[Plan], scale: float) -> Iterator[tuple[Plan, Plan]]:
    """What a mesh with these decisions plans at every moment of the scene, beside what the conformant one does."""
    decisions = planner.decisions
    now = 0.0
    history = History(scale, lambda: now)
    ends = [*(at for at, _ in scene.worlds[1:]), scene.ended]
    for (begun, seen), end, plan in zip(scene.worlds, ends, plans, strict=True):
        world = in_force(decisions.seen(seen), LAB)
        for now in _moments(begun, end, decisions.every * scale):  # noqa: B007 - the history's clock reads it
            history.observe(world)
            followed = decisions.world(world, history)
            # Callers who see the same as everybody are told the same, though in resources of their own.
            views = [view for view in decisions.views(world, history) if view.world != followed]
            yield planner.plan(followed, views), plan


def _moments(begin: float, end: float, every: float) -> Iterator[float]:
    """When a mesh decides between two changes: at once, and then again and again if its decisions depend on time."""
    yield begin
    moment = begin + every
    while every and moment < end:
        yield moment
        moment += every


class _Same:
    """Whether two plans are equal. Resources that have been compared once are not compared again."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[object, object]] = {}

    def __call__(self, ours: Plan, theirs: Plan) -> bool:
        if ours.intercepted != theirs.intercepted:
            return False
        idle: bool | None = None
        for kind, named in theirs.resources.items():
            mine = ours.resources[kind]
            if mine.keys() != named.keys():
                return False
            for name, resource in named.items():
                pair = self._known.get((kind, name))
                if pair is not None and pair[0] is mine[name] and pair[1] is resource:
                    continue
                if mine[name] != resource:
                    idle = _script_is_idle(ours) if idle is None else idle
                    if not idle or _without_script(mine[name]) != resource:
                        return False
                    continue  # not remembered: whether the script is idle depends on all of the plan
                self._known[kind, name] = (mine[name], resource)
        return True


def _script_is_idle(plan: Plan) -> bool:
    """Whether the script that a defect put into the listeners has nothing to do: it acts on what routes tell it."""
    hosts = json.dumps([resource["virtual_hosts"] for resource in plan.resources.get(ROUTES, {}).values()])
    return f'"{SCRIPT}"' not in hosts and f'"{REUSED}"' not in hosts


def _without_script(value: Any) -> Any:
    """A resource without that script, and without the removal of the header that it may add."""
    if isinstance(value, list):
        return [_without_script(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept: Resource = {}
    for key, inner in value.items():
        if key == "http_filters":
            kept[key] = [each for each in inner if each["name"] != SCRIPT]
        elif key == "request_headers_to_remove":
            if names := [each for each in inner if each != REUSED]:
                kept[key] = names
        else:
            kept[key] = _without_script(inner)
    return kept


def _says_otherwise(decisions: Decisions, scene: Scene, scenario: Scenario) -> bool:
    """Whether anything but the plan differs: delivery, status, what is written into the API, and what gets into it."""
    if decisions.delivery is not CONFORMANT.delivery or decisions.status_delay:
        return True
    tests: list[Callable[[Snapshot, Snapshot], bool]] = []  # of a moment, and the one before
    if decisions.stalls is not CONFORMANT.stalls:
        tests.append(lambda seen, _: decisions.stalls(decisions.seen(seen.world)))
    if decisions.rewrites is not CONFORMANT.rewrites:
        tests.append(lambda seen, _: any(decisions.rewrites(obj) != obj for obj in _stored(seen)))
    says_of_meshes = (decisions.mesh_is_ours, decisions.mesh_status)
    if says_of_meshes != (CONFORMANT.mesh_is_ours, CONFORMANT.mesh_status) and _asks_for_meshes(scenario):
        tests.append(lambda seen, before: _describes_otherwise(decisions, seen, before))
    if decisions.admission is not AS_DEFINED:
        if any(isinstance(step, Refused | Accepted) for step in scenario.steps):
            return True
        tests.append(lambda seen, _: any(_admits_otherwise(decisions.admission, obj) for obj in _stored(seen)))
    if decisions.status is not CONFORMANT.status or decisions.seen is not CONFORMANT.seen or decisions.ignored:
        tests.append(lambda seen, before: _judges_otherwise(decisions, seen, before))
    moments = list(zip(scene.snapshots, (scene.snapshots[0], *scene.snapshots), strict=False))
    return any(test(seen, before) for test in tests for seen, before in moments)


def _asks_for_meshes(scenario: Scenario) -> bool:
    """The lab describes itself whatever is played; only who asks for that, or writes such an object, sees it."""
    text = scenario.model_dump_json()
    return "XMesh" in text or "Mesh/" in text


def _stored(seen: Snapshot) -> Iterator[dict[str, object]]:
    yield from seen.routes.values()
    yield from seen.meshes.values()


def _admits_otherwise(admission: Admission, obj: dict[str, object]) -> bool:
    return admission.stores(obj) != obj or any(admission.refuses(obj, None))


def _describes_otherwise(decisions: Decisions, seen: Snapshot, before: Snapshot) -> bool:
    """As `_judges_otherwise`, for the object by which a mesh describes itself."""
    for name, obj in seen.meshes.items():
        if decisions.mesh_is_ours(obj) != CONFORMANT.mesh_is_ours(obj):
            return True
        if not CONFORMANT.mesh_is_ours(obj):
            continue
        for told in _told(obj, before.meshes.get(name)):
            found = {**obj, "status": told}
            wanted = desired_status(found, decisions.ignored, _NOW)
            if decisions.mesh_status(found, wanted) != desired_status(found, (), _NOW):
                return True
    return False


def _judges_otherwise(decisions: Decisions, seen: Snapshot, before: Snapshot) -> bool:
    """Whether a status differs, given what the conformant mesh had written until then; step by step, it never would.

    A mesh may answer a change before the change is recorded: then what it had found is in the moment before.
    """
    right = reported(seen.world, LAB)
    other: World = accepted_world(reported(decisions.seen(seen.world), LAB), decisions.ignored)
    if right.routes.keys() != other.routes.keys():
        return True
    for key, route in right.routes.items():
        for told in _told(seen.routes.get(key), before.routes.get(key)):
            current = told.get("parents") or []
            wanted = desired_parents(other, other.routes[key], current, _NOW)
            verdict = decisions.status(other, other.routes[key], current, wanted)
            if verdict != desired_parents(right, route, current, _NOW):
                return True
    return False


def _told(*written: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The different statuses of an object as it is and was."""
    found: list[Mapping[str, Any]] = []
    for obj in written:
        status = (obj or {}).get("status") or {}
        if status not in found:
            found.append(status)
    return found
