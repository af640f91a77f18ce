"""The decisions that make the mesh conformant, as functions that a defect may replace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.mesh.model.actions import Action, Forward, Respond, RetryPlan
from lab.mesh.model.attachment import RouteGroups, group_routes
from lab.mesh.model.backends import weight
from lab.mesh.model.conflicts import prevailing_routes
from lab.mesh.model.delivery import PROMPT, DeliveryPolicy
from lab.mesh.model.retries import retry_plan
from lab.mesh.model.timeouts import Limits, limits
from lab.mesh.world.policies import Retry
from lab.mesh.world.route import BackendRef, Route, Timeouts
from lab.mesh.world.service import Pod, Service
from lab.mesh.world.snapshot import World


def reject_unmatched(plain: Forward) -> Action:  # noqa: ARG001 - part of the decision's signature, for those who differ
    """A request that no attached rule matches is refused (attachment.unmatched-rejected, unmatched-many-routes)."""
    return Respond(404)


def leave_pods_alone(world: World) -> tuple[Pod, ...]:  # noqa: ARG001 - part of the decision's signature
    """The pods whose own addresses the mesh takes over: none (frontend-backend.pod-ip-bypasses-routes)."""
    return ()


def survive(world: World) -> bool:  # noqa: ARG001 - part of the decision's signature
    """Whether the control plane stops working at this state of the cluster: never."""
    return False


@dataclass(frozen=True, slots=True)
class Decisions:
    """One function for each decision, and how what was decided is delivered; the defaults follow the specification.

    `ignored` names features whose parts of a route are accepted and have no effect.
    """

    group_routes: Callable[[Service, Sequence[Route]], RouteGroups] = group_routes
    prevailing: Callable[[Sequence[Route]], tuple[Route, ...]] = prevailing_routes
    unmatched: Callable[[Forward], Action] = reject_unmatched
    timeout: Callable[[Timeouts], Limits] = limits
    retry: Callable[[Retry | None], RetryPlan | None] = retry_plan
    weight: Callable[[BackendRef], int] = weight
    intercepted_pods: Callable[[World], tuple[Pod, ...]] = leave_pods_alone
    delivery: DeliveryPolicy = PROMPT
    ignored: frozenset[str] = frozenset()
    stalls: Callable[[World], bool] = survive


CONFORMANT = Decisions()
