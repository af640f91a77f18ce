"""What a conformant mesh may do differently: no check may fail on it."""

from __future__ import annotations

from typing import Any

from lab.defects import scripts, variants
from lab.defects.edits import (
    adding,
    first_filter,
    on_clusters,
    on_managers,
    on_route_configurations,
    on_routes,
    script,
    setting,
    together,
)
from lab.defects.model import Defect, variation
from lab.mesh.envoy.proxies import by_proxy
from lab.mesh.envoy.types import Resource, typed
from lab.mesh.model.delivery import DeliveryPolicy


def _late(by_node: dict[str, float]) -> DeliveryPolicy:
    return DeliveryPolicy(delay=lambda node: by_node.get(node, 0.0))


def _both(seconds: float) -> DeliveryPolicy:
    return _late({"node-1": seconds, "node-2": seconds})


def _letter_case(formatter: Resource) -> Any:
    """How header names are written in HTTP/1.1, to clients and to backends."""
    managers = on_managers(setting(http_protocol_options={"header_key_format": formatter}))
    return together(managers, on_clusters(variants.http1_options({"header_key_format": formatter})))


_PRESERVED: Resource = {
    "stateful_formatter": {
        "name": "preserve_case",
        "typed_config": typed("envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig"),
    }
}


def _pause(percent: int, delay: str) -> Any:
    share = {"numerator": percent, "denominator": "HUNDRED"}
    return on_managers(first_filter("pause", "fault.v3.HTTPFault", delay={"fixed_delay": delay, "percentage": share}))


_TIMING = (
    variation(
        "config-late-3s",
        "Routes take effect 3 s after they were written, and are reported at once",
        cause="The control plane gathers changes before it pushes them, and writes status without waiting for proxies.",
        delivery=_both(3.0),
    ),
    variation(
        "config-late-20s",
        "Routes take effect 20 s after they were written",
        cause="A busy control plane works through a long queue.",
        delivery=_both(20.0),
    ),
    variation(
        "nodes-apart",
        "One node learns of every change 7 s after the other",
        cause="Proxies are served one after the other, and one of them hangs on a slow link.",
        delivery=_late({"node-2": 7.0}),
    ),
    variation(
        "status-late-4s",
        "Status is written 4 s after traffic has changed",
        cause="Status goes through a queue of its own with a limit of writes a second.",
        status_delay=4.0,
    ),
    variation(
        "slow-proxies",
        "Every request takes 25 ms longer",
        cause="The proxy is short of CPU.",
        resource=_pause(100, "0.025s"),
    ),
    variation(
        "sometimes-slow",
        "One request in fifty takes 300 ms longer",
        cause="The proxy's worker is held up now and then.",
        resource=_pause(2, "0.3s"),
    ),
)

_HEADERS = (
    variation(
        "title-case-headers",
        "Header names of HTTP/1.1 are written With-Capitals",
        cause="The proxy's library writes names in its own way; names mean the same in any case.",
        resource=_letter_case({"proper_case_words": {}}),
    ),
    variation(
        "letter-case-kept",
        "Header names of HTTP/1.1 keep the letters they came with",
        cause="The proxy passes names on as it received them, which some old programs need.",
        resource=_letter_case(_PRESERVED),
    ),
    variation(
        "lines-joined",
        "Repeated header lines are joined by commas, but for cookies",
        cause="The proxy keeps headers in a map of one value a name.",
        resource=on_managers(script(scripts.JOIN_LINES)),
    ),
    variation(
        "more-response-headers",
        "Answers carry x-envoy-*, via and other headers of the mesh",
        cause="Proxies say that they were there, and how long the backend took.",
        resource=together(
            on_managers(setting(via="1.1 mesh")),
            on_route_configurations(
                adding("response", {"x-envoy-upstream-service-time": "1", "x-mesh-proxy": "sidecar"})
            ),
        ),
    ),
    variation(
        "server-and-date",
        "The header `server` of an answer is the proxy's",
        cause="A proxy writes its own name over the backend's unless told otherwise.",
        resource=on_managers(setting(server_header_transformation="OVERWRITE", server_name="mesh-proxy")),
    ),
    variation(
        "trace-headers",
        "Requests reach backends with x-request-id, traceparent and x-b3-* headers",
        cause="Tracing is on.",
        resource=together(
            on_managers(setting(generate_request_id=True)),
            on_route_configurations(
                adding("request", {"traceparent": "00-1-2-01", "x-b3-traceid": "1", "x-b3-sampled": "1"})
            ),
        ),
    ),
    variation(
        "forwarded-headers",
        "Requests reach backends with x-forwarded-for and x-forwarded-host",
        cause="Proxies tell the backend who called them.",
        resource=together(
            on_managers(setting(use_remote_address=True)),
            on_route_configurations(adding("request", {"x-forwarded-host": "%REQ(:authority)%"})),
        ),
    ),
    variation(
        "proxy-hints",
        "Requests reach backends with x-envoy-expected-rq-timeout-ms and the like",
        cause="The proxy tells the backend how long it is going to wait.",
        resource=on_managers(variants.envoy_headers),
    ),
    variation(
        "chunked-answers",
        "Answers come in chunks without content-length",
        cause="A filter that might change the body takes the length away.",
        resource=on_managers(script(scripts.NO_LENGTH)),
    ),
    variation(
        "location-relative",
        "Redirects to the same host are written as a path",
        cause="RFC 9110 allows both forms, and the short one is shorter.",
        resource=on_managers(script(scripts.RELATIVE_LOCATION)),
    ),
    variation(
        "location-default-port",
        "The default port of the scheme is written out in Location",
        cause="The proxy writes the port it listens on.",
        resource=on_managers(script(scripts.PORT_IN_LOCATION)),
    ),
    variation(
        "errors-as-pages",
        "Errors of the mesh's own come as an HTML page",
        cause="The operator has given the proxy an error page.",
        resource=on_managers(
            setting(
                local_reply_config={
                    "body_format": {
                        "text_format_source": {"inline_string": "<html><h1>%RESPONSE_CODE%</h1></html>\n"},
                        "content_type": "text/html",
                    }
                }
            )
        ),
    ),
)

_CONNECTIONS = (
    variation(
        "closed-after-seven",
        "Connections end with `Connection: close` (or GOAWAY) after seven requests",
        cause="Proxies limit the requests of a connection so that load spreads again.",
        resource=on_managers(setting(common_http_protocol_options={"max_requests_per_connection": 7})),
    ),
    variation(
        "idle-closed",
        "Connections that were idle for a second are closed",
        cause="A short idle timeout saves memory.",
        resource=on_managers(setting(common_http_protocol_options={"idle_timeout": "1s"})),
    ),
    variation(
        "few-streams",
        "At most four requests at a time on one HTTP/2 connection",
        cause="The proxy limits concurrent streams to be fair between clients.",
        resource=on_managers(setting(http2_protocol_options={"max_concurrent_streams": 4})),
    ),
    variation(
        "one-request-upstream",
        "Each request to a backend has a connection of its own",
        cause="Pooling to backends is switched off.",
        resource=on_clusters(variants.common_options({"max_requests_per_connection": 1})),
    ),
    variation(
        "http2-between-proxies",
        "Requests travel between proxies by HTTP/2",
        cause="Proxies share few connections for many requests; both ends still see what they speak themselves.",
        resource=together(on_routes(by_proxy), on_clusters(variants.http1_unless_declared)),
    ),
    variation(
        "retries-by-default",
        "A request that failed to connect or got 503 is tried twice more",
        cause="Retries are on by default, as they are in several meshes.",
        retry=variants.retrying,
    ),
)

_CHOICE = (
    variation(
        "strict-shares",
        "Weights are kept by turns, without any chance",
        cause="The balancer interleaves backends by weight instead of drawing lots.",
        resource=together(
            on_managers(script(scripts.NUMBER_BY_TURNS)),
            on_routes(variants.by_number),
            on_route_configurations(variants.without_number),
        ),
    ),
    variation(
        "least-request",
        "The endpoint with the fewest requests is taken",
        cause="It is the balancer's default.",
        resource=on_clusters(setting(lb_policy="LEAST_REQUEST")),
    ),
    variation(
        "random-endpoint",
        "Endpoints are drawn by lot",
        cause="The balancer needs no memory that way.",
        resource=on_clusters(setting(lb_policy="RANDOM")),
    ),
    variation(
        "no-endpoints-500",
        "A Service without endpoints is answered with 500",
        cause="The mesh calls every routing failure an internal error; 503 is only recommended.",
        resource=on_managers(variants.status_for("UH", 500)),
    ),
    variation(
        "grants-needed",
        "Backends of another namespace need a ReferenceGrant, where producer routes name them",
        cause="Services are treated as Gateways are; whether a mesh has to ask is contested.",
        seen=variants.only_granted,
    ),
    variation(
        "hostnames-honoured",
        "`hostnames` of a route limit it to requests for those hosts",
        cause="The rules of a Gateway's listeners are applied to Services too; that it is to be ignored is a SHOULD.",
        seen=variants.for_hostnames,
    ),
    variation(
        "group-core-accepted",
        "A parentRef of the group `core` means the core group",
        cause="The API's own name for the group is often written out; the parser is generous.",
        seen=variants.core_alias,
    ),
)

_STATUS = (
    variation(
        "foreign-entry",
        "Another controller reports on every route for a Gateway of its own",
        cause="A gateway controller shares the cluster, and routes have two kinds of parents.",
        status=variants.with_entry(variants.GATEWAY_ENTRY),
    ),
    variation(
        "two-controllers",
        "Another controller reports that it does not know the Service",
        cause="Two meshes share the cluster, and the other one reads the route as well.",
        status=variants.with_entries_of_another_mesh,
    ),
    variation(
        "more-conditions",
        "Entries have further conditions of the mesh's own",
        cause="The mesh reports what else it knows, under names of its own domain.",
        status=variants.with_conditions,
    ),
    variation(
        "conditions-turned-around",
        "Conditions come in another order",
        cause="They are kept in a map, whose order is by chance.",
        status=variants.conditions_reversed,
    ),
    variation(
        "long-messages",
        "Messages of conditions are long and full of symbols",
        cause="The proxy's own words are passed on.",
        status=variants.wordy,
    ),
)

VARIATIONS: tuple[Defect, ...] = (*_TIMING, *_HEADERS, *_CONNECTIONS, *_CHOICE, *_STATUS)
