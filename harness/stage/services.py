"""The Services that live as long as the run, and when a new Service may be dialled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from harness.cluster import Cluster, Obj, Selection, wait_until
from harness.cluster.wait import Items
from harness.scenario.derived import fence_services, static_services
from harness.scenario.model import Scenario
from harness.scenario.prefix import with_prefix
from harness.settings import Settings
from harness.stage.layout import Workload, endpoints_expected
from harness.stage.objects import dress

_SERVICE_NAME = "kubernetes.io/service-name"


def static_services_of(scenario: Scenario, settings: Settings) -> list[Obj]:
    """Services that no step of the scenario changes, and those of its fences, ready to be applied."""
    services = [*static_services(scenario), *fence_services(scenario)]
    return [dress(with_prefix(service, settings.namespace_prefix), scenario.id, settings) for service in services]


def wait_for_endpoints(
    cluster: Cluster, services: Sequence[Obj], settings: Settings, timeout: float, own: Sequence[Workload] = ()
) -> None:
    """Wait by watch until the EndpointSlices of these Services hold as many ready endpoints as there are pods.

    ``own`` are workloads of a scenario, beside those of the stage.

    Raises WaitTimeoutError. A Service that selects nothing is not waited for.
    """
    by_namespace: dict[str, dict[str, int]] = {}
    for service in services:
        metadata, selector = service["metadata"], service.get("spec", {}).get("selector") or {}
        role = metadata["namespace"].removeprefix(settings.namespace_prefix)
        expected = endpoints_expected(role, selector, own)
        if expected:
            by_namespace.setdefault(metadata["namespace"], {})[metadata["name"]] = expected
    for namespace, expected_by_name in sorted(by_namespace.items()):
        names = sorted(expected_by_name)
        one = f"{_SERVICE_NAME}={names[0]}" if len(names) == 1 else _SERVICE_NAME
        selection = Selection("discovery.k8s.io/v1", "EndpointSlice", namespace, labels=one)
        what = f"ready endpoints of {_listed(names)} in {namespace}"
        wait_until(cluster, selection, _complete(expected_by_name), timeout, what)


def _complete(expected: dict[str, int]) -> Callable[[Items], bool]:
    """Whether every Service has its endpoints."""

    def complete(slices: Items) -> bool:
        ready = ready_endpoints(slices.values())
        return all(len(ready.get(name, ())) >= count for name, count in expected.items())

    return complete


def ready_endpoints(slices: Iterable[Obj]) -> dict[str, set[str]]:
    """Service name -> addresses of its ready endpoints; a missing condition counts as ready, as the API says."""
    ready: dict[str, set[str]] = {}
    for item in slices:
        name = (item["metadata"].get("labels") or {}).get(_SERVICE_NAME, "")
        for endpoint in item.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready") is not False:
                ready.setdefault(name, set()).update(endpoint.get("addresses", ()))
    return ready


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
