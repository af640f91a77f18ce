"""A hop by HTTP/2, as between the proxy of a client and that of a backend. The conformant mesh sends nothing there."""

from __future__ import annotations

from lab.mesh.envoy.headers import overwrite
from lab.mesh.envoy.hops import hop_cluster, hop_listener, onward
from lab.mesh.envoy.types import ONWARD, Resource
from lab.mesh.model.protocols import Upstream

HOP = "proxies"
_CONNECT = {"allow_connect": True}  # upgrades travel as extended CONNECT


def by_proxy(route: Resource) -> None:
    """Let a route that forwards to a cluster do so through the hop."""
    action = route.get("route", {})
    if "cluster" not in action or action.get("retry_policy"):
        return
    route["request_headers_to_add"] = [*route.get("request_headers_to_add", ()), overwrite(ONWARD, action["cluster"])]
    action["cluster"] = HOP


def proxy_cluster() -> Resource:
    """The way to the other proxy."""
    made = hop_cluster(HOP, upstream=Upstream.HTTP2)
    (options,) = made["typed_extension_protocol_options"].values()
    options["explicit_http_config"] = {"http2_protocol_options": _CONNECT}
    return made


def proxy_listener() -> Resource:
    """The other proxy."""
    return hop_listener(HOP, [], [onward()], [], http2_protocol_options=_CONNECT)
