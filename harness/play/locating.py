"""EndpointSlices that a scenario writes itself: it names pods, whose addresses are known in the cluster alone."""

from __future__ import annotations

from collections.abc import Callable

from harness.cluster import Obj
from harness.scenario.destination import pod_place


def located(obj: Obj, pod_ip: Callable[[str, str], str]) -> Obj:
    """The object, with the address of a pod for each ``podip://WORKLOAD.NAMESPACE`` among its endpoints.

    Other objects are returned as they are. Raises what ``pod_ip`` raises.
    """
    if obj["kind"] != "EndpointSlice":
        return obj
    endpoints = []
    for endpoint in obj["endpoints"]:
        places = [(address, pod_place(address)) for address in endpoint["addresses"]]
        endpoints.append({**endpoint, "addresses": [pod_ip(*place) if place else text for text, place in places]})
    return {**obj, "endpoints": endpoints}
