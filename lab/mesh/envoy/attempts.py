"""Retries: a second hop inside the same Envoy, in which every attempt is a request of its own.

The first hop counts attempts and keeps to the limit of the whole exchange. The second makes one attempt: it waits out
the pause before all but the first, keeps to the limit of one attempt, and says of its own errors what they were, so
that the first can tell them from answers of the backend. Envoy's own pause between retries is drawn at random from
zero upwards, so that it promises no minimum (retries.backoff-minimum); and its limit of an attempt ends with the head
of the answer (timeouts.covers-full-response).
"""

from __future__ import annotations

from typing import NamedTuple

from lab.mesh.envoy.headers import overwrite
from lab.mesh.envoy.hops import hop_cluster, hop_listener, onward
from lab.mesh.envoy.types import ONWARD, Resource, typed
from lab.mesh.model.actions import RetryPlan
from lab.mesh.model.timeouts import Limits

HOP = "attempts"
_PAUSE, _LIMIT, _COUNT = "x-lab-pause", "x-lab-limit", "x-lab-attempt"
# Of an error that the second hop answered with: what happened.
_FAILED = "x-lab-failed"
_CONNECTION, _TIMEOUT = "connection", "timeout"
_FAILURES = {_CONNECTION: ["UF", "UC", "UR"], _TIMEOUT: ["UT"]}
# Timers follow a clock that lags up to 4 ms; a pause must not be too short.
_LAG = 5


class Detour(NamedTuple):
    """Of the route into the second hop: its policy, headers for the hop, and headers that the client does not see."""

    policy: Resource
    request: list[Resource]
    hidden: list[str]


def retried(cluster: str, plan: RetryPlan, limits: Limits) -> Detour:
    """How the requests of a retrying rule get to the cluster of its backend."""
    headers = {ONWARD: cluster}
    if plan.backoff:
        headers[_PAUSE] = str(plan.backoff + _LAG)
    if limits.attempt:
        headers[_LIMIT] = str(limits.attempt)
    failures = [_CONNECTION] * plan.connection_errors + [_TIMEOUT] * plan.timeouts
    policy: Resource = {
        "num_retries": plan.attempts,  # retries.attempts-bound
        # retries.listed-code-retried, retries.unlisted-code-not-retried
        "retry_on": "retriable-status-codes,retriable-headers",
        "retriable_status_codes": list(plan.codes),
        # retries.connection-errors, retries.backend-timeout-retried
        "retriable_headers": [{"name": _FAILED, "string_match": {"exact": failure}} for failure in failures],
    }
    if plan.backoff:
        policy["retry_back_off"] = {"base_interval": "0.001s", "max_interval": "0.001s"}
    return Detour(policy, [overwrite(name, value) for name, value in headers.items()], [_FAILED])


def attempt_cluster() -> Resource:
    """The way into the second hop; it tells the number of the attempt."""
    kind = "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation"
    counted = {"request_mutations": [{"append": overwrite(_COUNT, "%UPSTREAM_REQUEST_ATTEMPT_COUNT%")}]}
    codec = "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec"
    filters = [
        {"name": "counted", "typed_config": typed(kind, mutations=counted)},
        {"name": "codec", "typed_config": typed(codec)},
    ]
    return hop_cluster(HOP, http_filters=filters)


def attempt_listener() -> Resource:
    """The second hop. The first attempt does not wait."""
    later, first = onward(), onward()
    first["match"]["headers"] = [{"name": _COUNT, "string_match": {"exact": "1"}}]
    first["typed_per_filter_config"] = {"fault": typed("envoy.config.route.v3.FilterConfig", disabled=True)}
    told = {"mappers": [_told(failure, flags) for failure, flags in _FAILURES.items()]}
    return hop_listener(HOP, [_translated(), _fault()], [first, later], [_COUNT, _PAUSE], local_reply_config=told)


def _translated() -> Resource:
    """Pause and limit in the headers that Envoy's own filters read."""
    kind = "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation"
    own = {"x-envoy-fault-delay-request": _PAUSE, "x-envoy-upstream-rq-timeout-ms": _LIMIT}
    mutations = [{"append": overwrite(name, f"%REQ({ours})%")} for name, ours in own.items()]
    removed = [{"remove": _LIMIT}]
    config = typed(kind, mutations={"request_mutations": [*mutations, *removed]})
    return {"name": "translated", "typed_config": config}


def _fault() -> Resource:
    kind = "envoy.extensions.filters.http.fault.v3.HTTPFault"
    every = {"numerator": 100, "denominator": "HUNDRED"}
    return {"name": "fault", "typed_config": typed(kind, delay={"header_delay": {}, "percentage": every})}


def _told(failure: str, flags: list[str]) -> Resource:
    return {
        "filter": {"response_flag_filter": {"flags": flags}},
        "headers_to_add": [overwrite(_FAILED, failure)],
    }
