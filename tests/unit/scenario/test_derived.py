"""What follows from a scenario: features, support, release, static Services, fences, objects in force."""

from __future__ import annotations

from harness.scenario import features_needed, fence_services, manifests_at, since, static_services, support_level
from harness.scenario.basics import Client
from harness.scenario.derived import identity
from harness.scenario.history import moments

from .spoil import Edit, good

SERVICES = [("Service", "gamma-producer", "good"), ("Service", "gamma-producer", "good-v2")]
ROUTE = ("HTTPRoute", "gamma-consumer", "good")
CONSUMER, PRODUCER, BYSTANDER = Client("consumer"), Client("producer"), Client("bystander")


def names_at(step: int, *edits: Edit) -> list[tuple[str, str, str]]:
    return [identity(obj) for obj in manifests_at(good(*edits), step)]


def test_features_come_from_manifests() -> None:
    assert features_needed(good()) == {"Mesh", "HTTPRoute", "MeshConsumerRoute", "HTTPRouteRequestTimeout"}


def test_a_literal_cluster_ip_needs_matching_by_address() -> None:
    scenario = good(('"http://good.gamma-producer/known"', '"clusterip://good.gamma-producer:80/known"'))
    assert "MeshClusterIPMatching" in features_needed(scenario)


def test_a_probe_that_asks_for_an_upgrade_needs_it_of_the_mesh() -> None:
    scenario = good(('/known"}', '/known", protocol: websocket}'))
    assert "HTTPRouteBackendProtocolWebSocket" in features_needed(scenario)


def test_features_that_must_be_absent_are_not_needed() -> None:
    scenario = good(("manifests:", "unless: [MeshConsumerRoute]\n\nmanifests:"))
    assert "MeshConsumerRoute" not in features_needed(scenario)


def test_lists_that_no_step_applies_need_nothing() -> None:
    scenario = good(("  - apply: route\n    fence: [producer, bystander]\n", ""))
    assert features_needed(scenario) == set()
    assert support_level(scenario) == "core"


def test_resets_that_a_route_with_retries_has_to_survive_need_a_feature() -> None:
    retries = good(("timeouts: {", "retry: {attempts: 1}\n            timeouts: {"))
    assert "HTTPRouteRetryConnectionError" not in features_needed(retries)
    probes = {
        name: one.model_copy(update={"headers": {"x-gamma-echo-reset": ("1",)}}) for name, one in retries.probes.items()
    }
    assert "HTTPRouteRetryConnectionError" in features_needed(retries.model_copy(update={"probes": probes}))
    assert "HTTPRouteRetryConnectionError" not in features_needed(good().model_copy(update={"probes": probes}))


def test_the_support_level_is_that_of_the_most_demanding_feature() -> None:
    assert support_level(good()) == "extended"


def test_the_release_is_the_newest_of_what_is_used_and_what_is_written() -> None:
    assert since(good()) == "v1.2"  # the timeout
    assert since(good(("manifests:", "since: v1.6\n\nmanifests:"))) == "v1.6"
    assert since(good(("manifests:", "since: v1.0\n\nmanifests:"))) == "v1.2"


def test_services_that_no_step_changes_are_static() -> None:
    assert [identity(service) for service in static_services(good())] == SERVICES


def test_a_service_that_is_deleted_is_not_static() -> None:
    scenario = good(("  - delete: route", "  - delete: services\n  - delete: route"))
    assert static_services(scenario) == []


def test_a_service_that_two_lists_define_is_not_static() -> None:
    again = (
        "  again:\n    - apiVersion: v1\n      kind: Service\n      metadata: {name: good, namespace: gamma-producer}\n"
        "      spec: {selector: {app: echo-v2}, ports: [{name: http, port: 80, targetPort: 8080, appProtocol: http}]}\n"
        "  route:\n"
    )
    scenario = good(("  route:\n", again), ("  - delete: route", "  - apply: again\n  - delete: route"))
    assert [identity(service) for service in static_services(scenario)] == SERVICES[1:]


def test_a_service_that_comes_after_a_route_is_not_static() -> None:
    first = "  - apply: route\n    fence: [producer, bystander]\n"
    scenario = good((first, ""), ("  - apply: services\n", first + "  - apply: services\n"))
    assert static_services(scenario) == []


def test_the_objects_in_force_are_those_applied_and_not_deleted() -> None:
    assert names_at(0) == []
    assert names_at(1) == SERVICES
    assert names_at(3) == [*SERVICES, ROUTE]
    assert names_at(6) == [*SERVICES, ROUTE]
    assert names_at(7) == SERVICES
    assert names_at(99) == SERVICES


def test_an_update_replaces_the_object() -> None:
    updated = (
        "  updated:\n    - apiVersion: gateway.networking.k8s.io/v1\n      kind: HTTPRoute\n"
        "      metadata: {name: good, namespace: gamma-consumer}\n      spec: {parentRefs: [{name: x}]}\n\nprobes:\n"
    )
    scenario = good(("probes:\n", updated), ("  - delete: route", "  - apply: updated\n  - delete: route"))
    assert len(manifests_at(scenario, 7)) == 3
    assert manifests_at(scenario, 7)[-1]["spec"] == {"parentRefs": [{"name": "x"}]}


def test_a_fence_stands_beside_the_parent_of_the_fenced_route() -> None:
    (fence,) = fence_services(good())
    parent = good().manifests["services"][0]
    assert fence["metadata"] == {"name": "fence-good", "namespace": "gamma-producer"}
    assert fence["spec"] == parent["spec"]
    assert fence["spec"]["ports"] is not parent["spec"]["ports"]


def test_the_fence_of_a_service_without_requests_has_a_port_for_them() -> None:
    for protocol in ("tcp", "tls"):
        (fence,) = fence_services(good(("appProtocol: http", f"appProtocol: {protocol}")))
        assert fence["spec"]["ports"] == [{"name": "http", "port": 80, "targetPort": 8080, "appProtocol": "http"}]


def test_without_a_fence_there_are_no_fence_services() -> None:
    assert fence_services(good(("    fence: [producer, bystander]\n", ""))) == []


def test_moments_know_witnesses_fences_and_what_was_before() -> None:
    hold = moments(good())[4]
    assert hold.number == 5
    assert hold.awaited == {("known", CONSUMER): "v2"}
    assert hold.fenced == {PRODUCER, BYSTANDER}
    assert hold.before[("others", PRODUCER)] == "direct"
    assert hold.seen[("known", CONSUMER)] == {"direct", "v2"}
    assert hold.witnessed(BYSTANDER)
    assert not hold.witnessed(Client("consumer-b"))


def test_a_change_ends_witnesses_and_fences() -> None:
    scenario = good()
    after_delete = moments(scenario)[7]
    assert (after_delete.awaited, after_delete.fenced, after_delete.changes) == ({}, frozenset(), 2)
    assert after_delete.before[("known", CONSUMER)] == "v2"


def test_applying_static_services_changes_nothing() -> None:
    assert [moment.changes for moment in moments(good())] == [0, 0, 0, 1, 1, 1, 1, 2, 2]


def test_the_objects_of_a_moment_are_those_before_its_step() -> None:
    assert [identity(obj) for obj in moments(good())[2].objects] == SERVICES
    assert [identity(obj) for obj in moments(good())[3].objects] == [*SERVICES, ROUTE]
