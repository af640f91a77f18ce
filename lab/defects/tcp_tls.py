"""Defects in what the area tcp-tls is about."""

from __future__ import annotations

from lab.defects import tcp_routes as wrong
from lab.defects.calls import late, routes_read
from lab.defects.model import Defect, defect
from lab.mesh.world.route import RouteKind

DEFECTS: tuple[Defect, ...] = (
    defect(
        "tcp-routes-late-by-40-s",
        "TCPRoutes come into force after 40 seconds",
        breaks=("tcp-tls.tcproute-service-parent", "tcp-tls.tcp-multiple-routes"),
        cause="A listener that changes is drained first, and its successor waits for that.",
        world=late(RouteKind.TCP, 40),
        every=1.0,
    ),
    defect(
        "tcp-weights-ignored",
        "All backends of a TCPRoute get the same share",
        breaks=("tcp-tls.tcproute-service-parent", "tcp-tls.tcp-invalid-backend-rejects"),
        cause="Connections are handed out in turn, and weights belong to HTTP.",
        resource=wrong.divided(wrong.equal),
    ),
    defect(
        "tcp-first-backend-alone",
        "All connections go to the first backend of a TCPRoute",
        breaks=("tcp-tls.tcproute-service-parent",),
        cause="The proxy's filter for connections has a field for one cluster.",
        resource=wrong.divided(wrong.first_alone),
    ),
    defect(
        "tcp-30-percent-pass-by",
        "30 % of the connections at a port with a TCPRoute go to the Service's own endpoints",
        breaks=("tcp-tls.tcproute-service-parent",),
        cause="Part of the connections is taken over by the kernel before the proxy sees them.",
        world=wrong.a_part_passes_by(RouteKind.TCP),
    ),
    defect(
        "tcp-share-handed-on",
        "The share of a backend that does not exist is divided among the others",
        breaks=("tcp-tls.tcp-invalid-backend-rejects",),
        cause="Weights are normalised over the clusters that exist.",
        resource=wrong.divided(wrong.handed_on),
    ),
    defect(
        "tcp-route-without-backends-ignored",
        "A TCPRoute none of whose backends exists has no effect",
        breaks=("tcp-tls.tcp-invalid-backend-rejects",),
        cause="A route without a usable backend is left out, and the forwarding from before stays.",
        world=wrong.without_bad_routes,
    ),
    defect(
        "tcp-empty-backend-replaced",
        "A connection for a backend without endpoints goes to the Service's own ones",
        breaks=("tcp-tls.tcp-invalid-backend-rejects",),
        cause="The balancer fails over to the next group of endpoints, and the last one is the Service itself.",
        world=wrong.empty_replaced,
    ),
    defect(
        "tcp-newest-route-wins",
        "Of several TCPRoutes on a port the newest carries the connections",
        breaks=("tcp-tls.tcp-multiple-routes",),
        cause="Each route writes the same listener, and the last write stays.",
        prevailing=wrong.newest,
    ),
    defect(
        "tcp-routes-share",
        "Several TCPRoutes on a port share its connections",
        breaks=("tcp-tls.tcp-multiple-routes",),
        cause="The backends of all routes of a port are collected in one list.",
        prevailing=wrong.all_share,
    ),
    defect(
        "tcp-routes-cancel-each-other",
        "Several TCPRoutes on a port have no effect at all",
        breaks=("tcp-tls.tcp-multiple-routes",),
        cause="A conflict that cannot be decided is logged, and the port left as it was.",
        prevailing=wrong.none_of_several,
    ),
    defect(
        "tls-names-disregarded",
        "A TLSRoute takes connections whatever name they ask for",
        breaks=("tcp-tls.tlsroute-service-parent",),
        cause="In a mesh hostnames of routes mean nothing, and TLSRoutes were treated like all others.",
        world=routes_read(RouteKind.TLS, wrong.any_name),
    ),
    defect(
        "tls-other-names-fall-through",
        "Names that no TLSRoute has go to the Service's own endpoints",
        breaks=("tcp-tls.tlsroute-service-parent",),
        cause="The default filter chain of the listener is the one from before the route.",
        prevailing=wrong.other_names_open,
    ),
    defect(
        "tls-30-percent-pass-by",
        "30 % of the connections that a TLSRoute names go to the Service's own endpoints",
        breaks=("tcp-tls.tlsroute-service-parent",),
        cause="Where the handshake comes in two packets, its name is not found.",
        world=wrong.a_part_passes_by(RouteKind.TLS),
    ),
    defect(
        "http-route-takes-other-tcp-ports",
        "A Service with an HTTPRoute is expected to speak HTTP on its TCP ports as well",
        breaks=("tcp-tls.plain-traffic-on-unrouted-ports",),
        cause="What a Service speaks is kept for the Service and not for its ports.",
        world=wrong.routed_services(wrong.read_as_http("tcp")),
    ),
    defect(
        "http-route-takes-other-tls-ports",
        "A Service with an HTTPRoute is expected to speak HTTP on its TLS ports as well",
        breaks=("tcp-tls.plain-traffic-on-unrouted-ports",),
        cause="A port called tls or https is taken for HTTP that the proxy is to read.",
        world=wrong.routed_services(wrong.read_as_http("tls")),
    ),
    defect(
        "http-route-closes-other-ports",
        "On a Service with an HTTPRoute all ports that do not carry HTTP are closed",
        breaks=("tcp-tls.plain-traffic-on-unrouted-ports",),
        cause="The proxy's listeners for the Service are made from its routes, and those ports have none.",
        world=wrong.routed_services(wrong.http_ports_alone),
    ),
)
