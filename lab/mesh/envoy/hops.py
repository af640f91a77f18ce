"""A second hop inside the same Envoy: a listener of its own, on a socket that only this Envoy dials.

What a filter does once for a request, the second hop does once for each attempt, or for requests that Envoy itself
makes. The request says in a header to which cluster it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lab.mesh.envoy.clusters import any_http
from lab.mesh.envoy.headers import overwrite
from lab.mesh.envoy.listeners import PROTO_HEADER, SOURCE_HEADER, connection_manager
from lab.mesh.envoy.types import ONWARD, Resource

_PROTO = "x-forwarded-proto"
# A connection of HTTP/2 on which hundreds of requests end at their deadline is closed as an attack, by Envoy after 500
# and by its codec after 1,000, and with it whatever else travels there. So it is left before.
_REQUESTS_OF_A_CONNECTION = 200


def onward() -> Resource:
    """The route to wherever the request says."""
    return {
        "match": {"prefix": ""},
        "route": {
            "cluster_header": ONWARD,
            "timeout": "0s",
            "cluster_not_found_response_code": "INTERNAL_SERVER_ERROR",
        },
    }


def hop_cluster(name: str, **more: Any) -> Resource:
    """The way into the hop `name`; `more` are options of its protocol."""
    endpoint = {"endpoint": {"address": _pipe(name)}}
    made = any_http(**more)
    (options,) = made["typed_extension_protocol_options"].values()
    options["common_http_protocol_options"]["max_requests_per_connection"] = _REQUESTS_OF_A_CONNECTION
    return {
        "name": name,
        "type": "STATIC",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
        **made,
    }


def hop_listener(
    name: str, filters: Sequence[Resource], routes: Sequence[Resource], own: Sequence[str], **more: Any
) -> Resource:
    """The hop `name`; headers called `own` are for it alone. `more` are options of its connection manager."""
    manager = connection_manager(
        name,
        filters,
        route_config={
            "name": name,
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": list(routes),
                    "request_headers_to_remove": [PROTO_HEADER],
                }
            ],
            "request_headers_to_remove": [ONWARD, *own, _PROTO, SOURCE_HEADER],
            "request_headers_to_add": [overwrite(_PROTO, f"%REQ({PROTO_HEADER})%")],
            "most_specific_header_mutations_wins": True,
        },
        **more,
    )
    return {"name": name, "address": _pipe(name), "filter_chains": [{"filters": [manager]}]}


def _pipe(name: str) -> Resource:
    """In the abstract namespace, which belongs to the network namespace of the node."""
    return {"pipe": {"path": f"@gamma-lab-{name}"}}
