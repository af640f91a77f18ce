"""Retries: a second hop inside the same Envoy, in which every attempt is a request of its own.

The first hop counts attempts and keeps to the limit of the whole exchange. The second makes one attempt: it waits out
the pause before all but the first, keeps to the limit of one attempt, and says of its own errors what they were, so
that the first can tell them from answers of the backend. Envoy's own pause between retries is drawn at random from
zero upwards, so that it promises no minimum (retries.backoff-minimum); and its limit of an attempt ends with the head
of the answer (timeouts.covers-full-response).
"""

from __future__ import annotations

from typing import NamedTuple

from lab.mesh.envoy.clusters import any_http
from lab.mesh.envoy.headers import overwrite
from lab.mesh.envoy.listeners import PROTO_HEADER, SOURCE_HEADER, connection_manager
from lab.mesh.envoy.types import Resource, typed
from lab.mesh.model.actions import RetryPlan
from lab.mesh.model.timeouts import Limits

HOP = "attempts"
# In the abstract namespace, which belongs to the network namespace of the node.
_PIPE: Resource = {"pipe": {"path": "@gamma-lab-attempts"}}
_CLUSTER, _PAUSE, _LIMIT, _COUNT = "x-lab-cluster", "x-lab-pause", "x-lab-limit", "x-lab-attempt"
# Of an error that the second hop answered with: what happened.
_FAILED = "x-lab-failed"
_CONNECTION, _TIMEOUT = "connection", "timeout"
_FAILURES = {_CONNECTION: ["UF", "UC", "UR"], _TIMEOUT: ["UT"]}
# Timers follow a clock that lags up to 4 ms; a pause must not be too short.
_LAG = 5
_PROTO = "x-forwarded-proto"


class Detour(NamedTuple):
    """Of the route into the second hop: its policy, headers for the hop, and headers that the client does not see."""

    policy: Resource
    request: list[Resource]
    hidden: list[str]


def retried(cluster: str, plan: RetryPlan, limits: Limits) -> Detour:
    """How the requests of a retrying rule get to the cluster of its backend."""
    headers = {_CLUSTER: cluster}
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


def hop_cluster() -> Resource:
    """The way into the second hop; it tells the number of the attempt."""
    kind = "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation"
    counted = {"request_mutations": [{"append": overwrite(_COUNT, "%UPSTREAM_REQUEST_ATTEMPT_COUNT%")}]}
    codec = "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec"
    filters = [
        {"name": "counted", "typed_config": typed(kind, mutations=counted)},
        {"name": "codec", "typed_config": typed(codec)},
    ]
    endpoint = {"endpoint": {"address": _PIPE}}
    return {
        "name": HOP,
        "type": "STATIC",
        "load_assignment": {"cluster_name": HOP, "endpoints": [{"lb_endpoints": [endpoint]}]},
        **any_http(http_filters=filters),
    }


def hop_listener() -> Resource:
    """The second hop."""
    attempts = [_attempt(first=True), _attempt(first=False)]
    manager = connection_manager(
        HOP,
        [_translated(), _fault()],
        route_config={
            "name": HOP,
            "virtual_hosts": [
                {"name": "all", "domains": ["*"], "routes": attempts, "request_headers_to_remove": [PROTO_HEADER]}
            ],
            "request_headers_to_remove": [_COUNT, _CLUSTER, _PAUSE, _PROTO, SOURCE_HEADER],
            "request_headers_to_add": [overwrite(_PROTO, f"%REQ({PROTO_HEADER})%")],
            "most_specific_header_mutations_wins": True,
        },
        local_reply_config={"mappers": [_told(failure, flags) for failure, flags in _FAILURES.items()]},
    )
    return {"name": HOP, "address": _PIPE, "filter_chains": [{"filters": [manager]}]}


def _attempt(*, first: bool) -> Resource:
    """The route of the first attempt, which does not wait, or of all later ones."""
    route: Resource = {
        "match": {"prefix": ""},
        "route": {
            "cluster_header": _CLUSTER,
            "timeout": "0s",
            "cluster_not_found_response_code": "INTERNAL_SERVER_ERROR",
        },
    }
    if first:
        route["match"]["headers"] = [{"name": _COUNT, "string_match": {"exact": "1"}}]
        off = typed("envoy.config.route.v3.FilterConfig", disabled=True)
        route["typed_per_filter_config"] = {"fault": off}
    return route


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
