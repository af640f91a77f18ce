"""The decisions that make the mesh conformant, as functions that a defect may replace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lab.admission import AS_DEFINED, Admission
from lab.mesh.model.actions import Action, ClusterKey, Forward, FrontendRules, Respond, RetryPlan
from lab.mesh.model.attachment import Refusal, RouteGroups, group_routes
from lab.mesh.model.backends import resolve_backend, weight
from lab.mesh.model.conflicts import prevailing_routes
from lab.mesh.model.delivery import PROMPT, DeliveryPolicy
from lab.mesh.model.history import History
from lab.mesh.model.precedence import Candidate, precedence
from lab.mesh.model.protocols import Upstream, upstream_protocol
from lab.mesh.model.published import ours
from lab.mesh.model.retries import retry_plan
from lab.mesh.model.timeouts import Limits, limits
from lab.mesh.model.views import View, seen_alike
from lab.mesh.world.policies import Retry
from lab.mesh.world.route import BackendRef, Route, RouteKind, Timeouts
from lab.mesh.world.service import Pod, Service, ServicePort
from lab.mesh.world.snapshot import World

Resource = dict[str, Any]

# What the general decisions are: of the cluster, of one frontend's rules, of one Envoy resource.
Worlds = Callable[[World, History], World]
Rules = Callable[[World, Service, ServicePort, FrontendRules], FrontendRules]
Resources = Callable[[str, str, Resource], Resource]


def reject_unmatched(plain: Forward) -> Action:  # noqa: ARG001 - part of the decision's signature, for those who differ
    """A request that no attached rule matches is refused (attachment.unmatched-rejected, unmatched-many-routes)."""
    return Respond(404)


def answer_with_error(kind: RouteKind, refusal: Refusal | None, plain: Forward) -> Action:  # noqa: ARG001
    """The answer in place of a backend that cannot be used; `refusal` says why, None where a rule has none at all.

    500 (backends.nonexistent-service-500, unknown-kind-500, omitted-gives-500). The data plane turns the status of an
    answer of its own to a gRPC call into gRPC's: 503 is UNAVAILABLE (grpc.invalid-backend-unavailable).
    """
    return Respond(503 if kind is RouteKind.GRPC else 500)


def leave_pods_alone(world: World) -> tuple[Pod, ...]:  # noqa: ARG001 - part of the decision's signature
    """The pods whose own addresses the mesh takes over: none (frontend-backend.pod-ip-bypasses-routes)."""
    return ()


def survive(world: World) -> bool:  # noqa: ARG001 - part of the decision's signature
    """Whether the control plane stops working at this state of the cluster: never."""
    return False


def as_shown(world: World) -> World:
    """The cluster as the mesh reads it, in what it does and in what it says."""
    return world


def as_it_is(world: World, history: History) -> World:  # noqa: ARG001 - part of the decision's signature
    """The cluster that the data plane is to follow: what the API shows now (lifecycle.route-update-replaces)."""
    return world


def as_computed(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:  # noqa: ARG001
    """The rules of one frontend, once all other decisions have been made."""
    return rules


def as_translated(type_url: str, name: str, resource: Resource) -> Resource:  # noqa: ARG001 - part of the signature
    """What Envoy is told, once the rules have been put into its words."""
    return resource


def as_judged(world: World, route: Route, current: list[Any], wanted: list[Any]) -> list[Any]:  # noqa: ARG001
    """`status.parents` to write: `wanted` follows from the cluster, `current` is what stands there."""
    return wanted


def as_written(obj: Resource) -> Resource:
    """The route or Mesh to store in place of the one that users wrote: theirs (mesh-resource.spec-never-modified)."""
    return obj


def as_described(obj: Resource, wanted: Resource) -> Resource:  # noqa: ARG001 - part of the decision's signature
    """The `status` of a Mesh object: `wanted` follows from its spec. It may be what is there, to write nothing."""
    return wanted


@dataclass(frozen=True, slots=True)
class Decisions:
    """One function for each decision, and how what was decided is delivered; the defaults follow the specification.

    `ignored` names features whose parts of a route are accepted and have no effect. `every` is for decisions that
    depend on time: the seconds after which everything is decided anew though nothing has changed (0: never).
    `status_delay` is the time in seconds from a decision to its status. `views` are for decisions that differ from
    caller to caller. `rewrites` sees every route and every Mesh
    object as the API has it, `mesh_status` those Mesh objects that `mesh_is_ours` says are. `admission` is obeyed by
    the API server, not by the mesh. `numbered` is for rules that depend on what came before on the same connection:
    they may look at the headers of `lab.mesh.envoy.numbering`.
    """

    group_routes: Callable[[Service, Sequence[Route]], RouteGroups] = group_routes
    prevailing: Callable[[Sequence[Route]], tuple[Route, ...]] = prevailing_routes
    unmatched: Callable[[Forward], Action] = reject_unmatched
    timeout: Callable[[Timeouts], Limits] = limits
    retry: Callable[[Retry | None], RetryPlan | None] = retry_plan
    weight: Callable[[BackendRef], int] = weight
    precedence: Callable[[Candidate], tuple[object, ...]] = precedence
    backend: Callable[[World, BackendRef], ClusterKey | Refusal] = resolve_backend
    unusable: Callable[[RouteKind, Refusal | None, Forward], Action] = answer_with_error
    upstream: Callable[[str | None], Upstream] = upstream_protocol
    intercepted_pods: Callable[[World], tuple[Pod, ...]] = leave_pods_alone
    delivery: DeliveryPolicy = PROMPT
    ignored: frozenset[str] = frozenset()
    stalls: Callable[[World], bool] = survive
    seen: Callable[[World], World] = as_shown
    world: Worlds = as_it_is
    views: Callable[[World, History], tuple[View, ...]] = seen_alike
    rules: Rules = as_computed
    resource: Resources = as_translated
    status: Callable[[World, Route, list[Any], list[Any]], list[Any]] = as_judged
    status_delay: float = 0.0
    rewrites: Callable[[Resource], Resource] = as_written
    mesh_is_ours: Callable[[Resource], bool] = ours
    mesh_status: Callable[[Resource, Resource], Resource] = as_described
    admission: Admission = AS_DEFINED
    every: float = 0.0
    numbered: bool = False


CONFORMANT = Decisions()
