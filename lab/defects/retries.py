"""Defects in what the area retries is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lab.defects.changes import forwards
from lab.defects.model import Defect, defect
from lab.defects.proxy import each_route, scripted, told
from lab.mesh.envoy.types import Resource
from lab.mesh.model.actions import Forward, RetryPlan
from lab.mesh.model.retries import retry_plan
from lab.mesh.model.timeouts import Limits
from lab.mesh.world.policies import Retry

# Answers with 200 in place of an error that would have been tried again.
_HIDE = """
function envoy_on_response(handle)
  local codes, status = handle:metadata():get("codes"), handle:headers():get(":status")
  if codes and string.find(codes, status, 1, true) then handle:headers():replace(":status", "200") end
end
"""

Decide = Callable[[Retry | None], RetryPlan | None]
_SERVER_ERRORS = tuple(range(500, 600))
# The header that tells the second hop how long to wait; without it the proxy's own pause is all there is.
_PAUSE = "x-lab-pause"


def planned(change: Callable[[RetryPlan], RetryPlan | None]) -> Decide:
    """What a rule asks for is done otherwise, or not at all (None)."""

    def decide(retry: Retry | None) -> RetryPlan | None:
        plan = retry_plan(retry)
        return plan and change(plan)

    return decide


def without(code: int) -> Decide:
    """Answers with that code are never tried again."""
    return planned(lambda plan: replace(plan, codes=tuple(each for each in plan.codes if each != code)))


def one_less(plan: RetryPlan) -> RetryPlan | None:
    """The first try counts."""
    return replace(plan, attempts=plan.attempts - 1) if plan.attempts > 1 else None


def limit_of_each_try(action: Forward) -> Forward:
    """The limit of the request is one of each try."""
    if action.retry is None or action.limits.request is None:
        return action
    return replace(action, limits=Limits(attempt=action.limits.request))


def no_limit(action: Forward) -> Forward:
    """Where there are retries the limit of the request is not looked at."""
    return action if action.retry is None else replace(action, limits=replace(action.limits, request=None))


def limit_of_all_tries(action: Forward) -> Forward:
    """The limit of an attempt is one of the request."""
    if action.retry is None or action.limits.attempt is None:
        return action
    request = min(filter(None, (action.limits.request, action.limits.attempt)))
    return replace(action, limits=Limits(request=request))


def random_pause(route: Resource) -> Resource:
    """The pause is drawn between nothing and what is configured, as the proxy does by itself."""
    added = route.get("request_headers_to_add", [])
    pause = next((each["header"]["value"] for each in added if each["header"]["key"] == _PAUSE), "")
    if not pause:
        return route
    interval = f"{int(pause) / 1000:.3f}s"
    policy = {**route["route"]["retry_policy"], "retry_back_off": {"base_interval": interval, "max_interval": interval}}
    kept = [each for each in added if each["header"]["key"] != _PAUSE]
    return {**route, "route": {**route["route"], "retry_policy": policy}, "request_headers_to_add": kept}


def hides_failure(route: Resource) -> Resource:
    """The script is told which answers are left when the retries are used up."""
    policy = route.get("route", {}).get("retry_policy")
    if not policy:
        return route
    return told(route, codes=",".join(str(code) for code in policy.get("retriable_status_codes", ())))


DEFECTS: tuple[Defect, ...] = (
    defect(
        "retry-ignored",
        "Nothing is tried again, whatever a rule says",
        breaks=("retries.listed-code-retried", "retries.mandatory-codes", "retries.connection-errors"),
        cause="The field is experimental, accepted because its definition is installed, and not translated.",
        retry=planned(lambda plan: None),  # noqa: ARG005 - the point of it
    ),
    defect(
        "retry-once-more",
        "A request is tried once more than the rule allows",
        breaks=("retries.attempts-bound",),
        cause="A loop that counts from zero to the number of attempts, with both ends.",
        retry=planned(lambda plan: replace(plan, attempts=plan.attempts + 1)),
    ),
    defect(
        "retry-counts-first-try",
        "The first try counts as one of the retries",
        breaks=("retries.attempts-bound",),
        cause="The proxy's field limits tries, the API's field limits what comes after the first.",
        retry=planned(one_less),
    ),
    defect(
        "retry-hides-failure",
        "When all tries have failed the client gets the last answer with status 200",
        breaks=("retries.exhausted-returns-error",),
        cause="A fallback for pages that may be missing was put behind the retries of every rule.",
        resource=scripted(_HIDE, each_route(hides_failure)),
    ),
    defect(
        "retry-any-5xx",
        "Every 5xx answer is tried again, whatever codes a rule lists",
        breaks=("retries.unlisted-code-not-retried",),
        cause="The proxy's condition 5xx was there before the list of codes.",
        retry=planned(lambda plan: replace(plan, codes=_SERVER_ERRORS)),
    ),
    defect(
        "retry-not-500",
        "An answer with 500 is not tried again although it is listed",
        breaks=("retries.mandatory-codes", "retries.listed-code-retried"),
        cause="The codes are mapped to the proxy's condition gateway-error, which has 502, 503 and 504.",
        retry=without(500),
    ),
    defect(
        "retry-not-502",
        "An answer with 502 is not tried again although it is listed",
        breaks=("retries.mandatory-codes",),
        cause="502 was taken for the proxy's own word for a broken connection, which has a condition of its own.",
        retry=without(502),
    ),
    defect(
        "retry-not-503",
        "An answer with 503 is not tried again although it is listed",
        breaks=("retries.mandatory-codes",),
        cause="503 is what an overloaded backend says, and it is protected from retries by a rule of the mesh's own.",
        retry=without(503),
    ),
    defect(
        "retry-not-504",
        "An answer with 504 is not tried again although it is listed",
        breaks=("retries.mandatory-codes",),
        cause="504 was taken for the end of the request's own deadline, after which no try makes sense.",
        retry=without(504),
    ),
    defect(
        "retry-answers-only",
        "Only answers are tried again, not connections that break",
        breaks=("retries.connection-errors",),
        cause="The list of codes is all that is translated, and a broken connection has none.",
        retry=planned(lambda plan: replace(plan, connection_errors=False)),
    ),
    defect(
        "retry-one-deadline",
        "The timeout of an attempt is one of all attempts together",
        breaks=("retries.backend-timeout-retried",),
        cause="The proxy's route has one timeout, and the shorter of the two goes there.",
        rules=forwards(limit_of_all_tries),
    ),
    defect(
        "retry-without-pause",
        "Retries begin at once, whatever backoff a rule sets",
        breaks=("retries.backoff-minimum",),
        cause="The field is read and kept in a structure that nobody looks at.",
        retry=planned(lambda plan: replace(plan, backoff=0)),
    ),
    defect(
        "retry-random-pause",
        "The backoff is the longest pause before a retry, not the shortest",
        breaks=("retries.backoff-minimum",),
        cause="The proxy draws its pauses between nothing and the interval that it is given.",
        resource=each_route(random_pause),
    ),
    defect(
        "retry-renews-deadline",
        "The timeout of the request begins anew with every try",
        breaks=("retries.bounded-by-request-timeout",),
        cause="The timer is part of a try, and the request is nothing but its tries.",
        rules=forwards(limit_of_each_try),
    ),
    defect(
        "retry-without-deadline",
        "A rule with retries has no timeout of the request",
        breaks=("retries.bounded-by-request-timeout",),
        cause="The proxy's retries and its timeout exclude each other in the control plane's own types.",
        rules=forwards(no_limit),
    ),
)
