"""Server-side apply and the other patches, as the official client sends them."""

from __future__ import annotations

import json
from typing import Any

import kubernetes
import pytest
from kubernetes.client import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.resource import ResourceInstance


class Applier:
    """Applies Services as one manager or another."""

    def __init__(self, dynamic: DynamicClient, namespace: str) -> None:
        self._services = dynamic.resources.get(api_version="v1", kind="Service")
        self._namespace = namespace

    def __call__(self, manager: str, *, force: bool = False, labels: Any = None, **spec: Any) -> dict[str, Any]:
        metadata = {"name": "web", "namespace": self._namespace}
        if labels is not None:
            metadata["labels"] = labels
        body = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
        found: ResourceInstance = self._services.server_side_apply(
            body=body, namespace=self._namespace, field_manager=manager, force_conflicts=force
        )
        result: dict[str, Any] = found.to_dict()
        return result


@pytest.fixture
def apply(dynamic: DynamicClient, namespace: str) -> Applier:
    return Applier(dynamic, namespace)


HTTP = {"name": "http", "port": 80}
ADMIN = {"name": "admin", "port": 90}


def _ports(service: dict[str, Any]) -> list[int]:
    return [port["port"] for port in service["spec"]["ports"]]


def test_apply_creates_and_repeats_without_change(apply: Applier) -> None:
    first = apply("one", ports=[HTTP], selector={"app": "a"})
    again = apply("one", ports=[HTTP], selector={"app": "a"})
    assert again["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    (entry,) = first["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"]) == ("one", "Apply")
    port = 'k:{"port":80,"protocol":"TCP"}'
    assert entry["fieldsV1"]["f:spec"]["f:ports"] == {port: {".": {}, "f:name": {}, "f:port": {}}}


def test_managers_share_a_list_by_its_keys(apply: Applier) -> None:
    apply("one", ports=[HTTP])
    both = apply("two", ports=[ADMIN])
    assert sorted(_ports(both)) == [80, 90]
    left = apply("one", ports=[])
    assert _ports(left) == [90]


def test_a_field_that_is_no_longer_applied_is_removed(apply: Applier) -> None:
    apply("one", labels={"a": "1", "b": "2"}, ports=[HTTP], selector={"app": "a"})
    found = apply("one", labels={"a": "1"}, ports=[HTTP])
    assert found["metadata"]["labels"] == {"a": "1"}
    assert "selector" not in found["spec"]


def test_a_shared_field_stays_until_nobody_applies_it(apply: Applier) -> None:
    apply("one", labels={"a": "1"}, ports=[HTTP])
    apply("two", labels={"a": "1"}, ports=[HTTP])
    assert apply("one", ports=[HTTP])["metadata"]["labels"] == {"a": "1"}
    assert "labels" not in apply("two", ports=[HTTP])["metadata"]


def test_a_conflict_names_the_manager_and_the_fields(apply: Applier) -> None:
    apply("one", ports=[{**HTTP, "targetPort": 8080}], selector={"app": "a"})
    with pytest.raises(ApiException) as refused:
        apply("two", ports=[{**HTTP, "targetPort": 8081}], selector={"app": "b"})
    status = json.loads(refused.value.body)
    assert (status["code"], status["reason"]) == (409, "Conflict")
    assert status["message"] == (
        'Apply failed with 2 conflicts: conflicts with "one" using v1:\n'
        '- .spec.ports[port=80,protocol="TCP"].targetPort\n- .spec.selector'
    )
    assert {cause["reason"] for cause in status["details"]["causes"]} == {"FieldManagerConflict"}


def test_force_takes_the_field_over(apply: Applier) -> None:
    apply("one", selector={"app": "a"}, ports=[HTTP])
    found = apply("two", force=True, selector={"app": "b"}, ports=[HTTP])
    assert found["spec"]["selector"] == {"app": "b"}
    owners = {
        entry["manager"]
        for entry in found["metadata"]["managedFields"]
        if "f:selector" in entry["fieldsV1"].get("f:spec", {})
    }
    assert owners == {"two"}


def test_an_ordinary_update_owns_what_it_changed(
    apply: Applier, core: kubernetes.client.CoreV1Api, namespace: str
) -> None:
    apply("one", selector={"app": "a"}, ports=[HTTP])
    core.patch_namespaced_service("web", namespace, {"spec": {"selector": {"app": "b"}}}, field_manager="hand")
    with pytest.raises(ApiException) as refused:
        apply("one", selector={"app": "a"}, ports=[HTTP])
    message = json.loads(refused.value.body)["message"]
    assert message == 'Apply failed with 1 conflict: conflict with "hand" using v1: .spec.selector'


def test_an_unknown_field_cannot_be_applied(apply: Applier) -> None:
    with pytest.raises(ApiException) as refused:
        apply("one", colour="red", ports=[HTTP])
    assert ".spec.colour: field not declared in schema" in refused.value.body


def test_apply_needs_a_manager(api: kubernetes.client.ApiClient, namespace: str) -> None:
    core = kubernetes.client.CoreV1Api(api)
    with pytest.raises(ApiException) as refused:
        core.patch_namespaced_service(
            "web", namespace, {"apiVersion": "v1"}, _content_type="application/apply-patch+yaml"
        )
    assert refused.value.status == 400
    assert "fieldManager: Required value" in refused.value.body


def test_status_is_applied_apart(dynamic: DynamicClient, namespace: str) -> None:
    routes = dynamic.resources.get(api_version="gateway.networking.k8s.io/v1", kind="HTTPRoute")
    body = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "r", "namespace": namespace},
    }
    parent = {"group": "", "kind": "Service", "name": "web"}
    routes.server_side_apply(body={**body, "spec": {"parentRefs": [parent]}}, field_manager="author")
    accepted = {
        "type": "Accepted",
        "status": "True",
        "reason": "Accepted",
        "message": "",
        "observedGeneration": 1,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    status = {"parents": [{"parentRef": parent, "controllerName": "gamma.test/mesh", "conditions": [accepted]}]}
    found = routes.status.server_side_apply(
        body={**body, "status": status}, name="r", namespace=namespace, field_manager="mesh"
    ).to_dict()
    assert found["status"] == status
    assert found["spec"]["parentRefs"] == [parent]
    assert found["metadata"]["generation"] == 1
    entries = {entry["manager"]: entry for entry in found["metadata"]["managedFields"]}
    assert entries["mesh"]["subresource"] == "status"
    assert set(entries["mesh"]["fieldsV1"]) == {"f:status"}
    assert set(entries["author"]["fieldsV1"]) == {"f:spec"}


def test_strategic_merge_by_key(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    core.create_namespaced_service(namespace, {"metadata": {"name": "web"}, "spec": {"ports": [HTTP, ADMIN]}})
    patch = {"spec": {"ports": [{"port": 80, "appProtocol": "http"}, {"port": 90, "$patch": "delete"}]}}
    found = core.patch_namespaced_service(
        "web", namespace, patch, _content_type="application/strategic-merge-patch+json"
    )
    assert [(port.name, port.port, port.app_protocol) for port in found.spec.ports] == [("http", 80, "http")]


def test_json_patch(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "m"}, "data": {"a": "1"}})
    patch = [
        {"op": "test", "path": "/data/a", "value": "1"},
        {"op": "add", "path": "/metadata/annotations", "value": {}},
        {"op": "add", "path": "/metadata/annotations/b~1c", "value": "2"},
        {"op": "move", "from": "/data/a", "path": "/data/z"},
    ]
    found = core.patch_namespaced_config_map("m", namespace, patch, _content_type="application/json-patch+json")
    assert (found.data, found.metadata.annotations) == ({"z": "1"}, {"b/c": "2"})
    with pytest.raises(ApiException) as refused:
        core.patch_namespaced_config_map("m", namespace, patch, _content_type="application/json-patch+json")
    assert refused.value.status == 422


def test_merge_patch_replaces_lists(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    core.create_namespaced_service(namespace, {"metadata": {"name": "web"}, "spec": {"ports": [HTTP, ADMIN]}})
    patch = {"spec": {"ports": [{"port": 70}], "selector": None}}
    found = core.patch_namespaced_service("web", namespace, patch, _content_type="application/merge-patch+json")
    assert [port.port for port in found.spec.ports] == [70]
