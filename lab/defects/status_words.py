"""What wrong meshes say in the status of routes, each beside the right thing in `lab.mesh.status`."""

from __future__ import annotations

from lab.defects.told import Case, Change, Json, before, each_entry, named, ours, with_status
from lab.mesh.model.attachment import Refusal, resolve_parent
from lab.mesh.model.backends import resolve_backend
from lab.mesh.status import CONTROLLER, OUR_CONDITIONS
from lab.mesh.world.route import Route, RouteKind
from lab.mesh.world.snapshot import World, is_service

Entries = list[Json]
RESOLVED = {"status": "True", "reason": "ResolvedRefs", "message": "All references are resolved"}
ACCEPTED = {"status": "True", "reason": "Accepted", "message": "The route governs its parent"}


def http_routes_only(case: Case) -> Json | None:
    """Nothing is written into GRPCRoutes."""
    return None if case.route.kind is RouteKind.GRPC else case.now


def own_reason(case: Case) -> Json:
    """A word of the mesh's own in place of the one that is prescribed."""
    return {**case.now, "reason": "Programmed"} if case.now["status"] == "True" else case.now


def only_if_false(case: Case) -> Json | None:
    """The condition is written only where something is wrong."""
    return case.now if case.now["status"] == "False" else None


def generation_kept(case: Case) -> Json:
    """A condition whose status stays is not touched, its generation included."""
    if case.old is None or case.old["status"] != case.now["status"]:
        return case.now
    return {**case.now, "observedGeneration": case.old.get("observedGeneration", 0)}


def frozen(case: Case) -> Json:
    """What was said first is said of every later generation."""
    return case.now if case.old is None else {**case.old, "observedGeneration": case.route.generation}


def without_generation(case: Case) -> Json:
    """Conditions of GRPCRoutes do not say which generation they are about."""
    if case.route.kind is not RouteKind.GRPC:
        return case.now
    return {name: value for name, value in case.now.items() if name != "observedGeneration"}


def useless_is_unaccepted(case: Case) -> Json:
    """A route none of whose backends resolves is not accepted."""
    refs = [ref for rule in case.route.rules for ref in rule.backends]
    found = [resolve_backend(case.world, ref, case.route.kind) for ref in refs]
    if not all(isinstance(each, Refusal) for each in found) or not found:
        return case.now
    return {**case.now, "status": "False", "reason": "Pending", "message": "No backend could be resolved"}


def own_entries_alone(world: World, route: Route, current: Entries, wanted: Entries) -> Entries:  # noqa: ARG001
    """The list of parents is written as if nobody else wrote there."""
    return [entry for entry in wanted if ours(entry)]


def all_entries_restamped(world: World, route: Route, current: Entries, wanted: Entries) -> Entries:  # noqa: ARG001
    """All entries are brought to the route's generation, those of others as well."""
    return [entry if ours(entry) else _stamped(entry, route.generation) for entry in wanted]


def _stamped(entry: Json, generation: int) -> Json:
    conditions = [{**each, "observedGeneration": generation} for each in entry.get("conditions") or ()]
    return {**entry, "conditions": conditions}


def own_conditions_alone(case: Case) -> Json:
    """The list of conditions is written as if nobody else wrote there."""
    return {**case.now, "conditions": [each for each in case.now["conditions"] if each["type"] in OUR_CONDITIONS]}


def restamped(case: Case) -> Json:
    """All conditions are brought to the route's generation, those of others as well."""
    return {**case.now, "observedGeneration": case.route.generation}


def _judging(route: Route, current: Entries, wanted: Entries, *, gateways: bool) -> Entries:
    """Parents that are not the mesh's get an entry: Gateways, or all others."""
    found = list(wanted)
    for parent in route.parents:
        if is_service(parent) or (parent.kind == "Gateway") is not gateways:
            continue
        entry = {"parentRef": dict(parent.raw), "controllerName": CONTROLLER}
        old = named(before(current, entry), "Accepted")
        refused = {
            "type": "Accepted",
            "status": "False",
            "reason": "NoMatchingParent",
            "message": f"{parent.kind} {parent.name} is not known",
            "observedGeneration": route.generation,
            "lastTransitionTime": old["lastTransitionTime"] if old else "2026-01-01T00:00:00Z",
        }
        found.append({**entry, "conditions": [refused]})
    return found


def gateways_judged(world: World, route: Route, current: Entries, wanted: Entries) -> Entries:  # noqa: ARG001
    """Gateways that are nobody's, as far as the mesh knows, are reported as missing."""
    return _judging(route, current, wanted, gateways=True)


def unknown_kinds_judged(world: World, route: Route, current: Entries, wanted: Entries) -> Entries:  # noqa: ARG001
    """Parents of kinds that the mesh does not know are reported as missing."""
    return _judging(route, current, wanted, gateways=False)


def nothing_beside_foreign(case: Case) -> Json | None:
    """A route with a parent that is not the mesh's is taken for somebody else's."""
    return case.now if all(is_service(parent) for parent in case.route.parents) else None


def repeating_without(*names: str) -> Change:
    """Entries repeat their reference without these fields."""

    def entry(case: Case) -> Json:
        kept = {name: value for name, value in case.now["parentRef"].items() if name not in names}
        return {**case.now, "parentRef": kept}

    return entry


def only_parent(index: int) -> Change:
    """Of several parents only one has an entry."""

    def entry(case: Case) -> Json | None:
        mine = [parent for parent in case.route.parents if is_service(parent)]
        return case.now if case.parent.identity == mine[index].identity else None

    return entry


def one_entry_a_service(case: Case) -> Json | None:
    """Of several references to one Service the first has an entry."""
    told = case.parent
    first = next(each for each in case.route.parents if (each.namespace, each.name) == (told.namespace, told.name))
    return case.now if first.identity == told.identity else None


def missing_parent_accepted(case: Case) -> Json:
    """A parent that does not exist is none of the route's faults."""
    exists = (case.parent.namespace, case.parent.name) in case.world.services
    return case.now if exists else with_status(case.now, "Accepted", **ACCEPTED)


def all_or_none(case: Case) -> Json:
    """One parent that is not right spoils the verdict about the others."""
    found = [resolve_parent(case.world, each, case.route.kind) for each in case.route.parents if is_service(each)]
    bad = next((each for each in found if isinstance(each, Refusal)), None)
    if bad is None or case.now["status"] == "False":
        return case.now
    return {**case.now, "status": "False", "reason": bad.reason, "message": bad.message}


def unsaid(case: Case) -> None:
    """Not a word."""


def bad_first_rule_unsaid(case: Case) -> Json | None:
    """Only bad rules behind a good one are reported."""
    return None if "rule 0:" in case.now["message"] else case.now


def partial_is_refused(case: Case) -> Json:
    """One bad rule makes the route as a whole unaccepted."""
    partial = named(case.now, "PartiallyInvalid")
    if partial is None:
        return case.now
    kept = [each for each in case.now["conditions"] if each is not partial]
    fields = {"status": "False", "reason": partial["reason"], "message": partial["message"]}
    return with_status({**case.now, "conditions": kept}, "Accepted", **fields)


def in_own_words(case: Case) -> Json:
    """The message does not begin with what became of the rule."""
    return {**case.now, "message": case.now["message"].removeprefix("Dropped Rule: ")}


def wholly_is_partly(case: Case) -> Json | None:
    """A route without any good rule is partially invalid, too."""
    accepted = named(case.now, "Accepted") or {}
    if accepted.get("reason") != "UnsupportedValue":
        return None
    return {"status": "True", "reason": "UnsupportedValue", "message": f"Dropped Rule: {accepted['message']}"}


def never_partly(case: Case) -> Json:  # noqa: ARG001 - the point of it
    """Every route says that it is not partially invalid."""
    return {"status": "False", "reason": "Valid"}


def nonsense_is_fine(case: Case) -> Json:
    """A route none of whose rules can be implemented is accepted."""
    return {**case.now, **ACCEPTED} if case.now["reason"] == "UnsupportedValue" else case.now


def never_cleaned(world: World, route: Route, current: Entries, wanted: Entries) -> Entries:  # noqa: ARG001
    """Entries are added and changed, and never taken out."""
    return [*wanted, *(each for each in current if ours(each) and before(wanted, each) is None)]


def two_names(case: Case) -> Json:
    """GRPCRoutes are another controller's."""
    return {**case.now, "controllerName": f"{CONTROLLER}-grpc"} if case.route.kind is RouteKind.GRPC else case.now


def renamed(world: World, route: Route, current: Entries, wanted: Entries) -> Entries:
    """Two controllers of one mesh, each under its own name."""
    kept = [entry for entry in wanted if entry.get("controllerName") != f"{CONTROLLER}-grpc"]
    return each_entry(two_names)(world, route, current, kept)
