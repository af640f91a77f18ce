"""Creating, reading, changing and deleting objects with the official client."""

from __future__ import annotations

import kubernetes
import pytest
from kubernetes.client import ApiException
from kubernetes.dynamic import DynamicClient

from tests.contract.lab_api.lab_api_server import RunningServer

SERVICE = {
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
}
DEPLOYMENT = {
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "app", "image": "python:3.12-slim", "ports": [{"containerPort": 80}]}]},
        },
    },
}


def test_a_new_object_has_an_identity_and_defaults(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    made = core.create_namespaced_service(namespace, SERVICE)
    assert made.metadata.uid
    assert made.metadata.creation_timestamp.microsecond == 0
    assert made.spec.cluster_ip.startswith("10.96.")
    assert made.spec.cluster_ips == [made.spec.cluster_ip]
    assert (made.spec.type, made.spec.session_affinity, made.spec.ip_families) == ("ClusterIP", "None", ["IPv4"])
    assert (made.spec.ports[0].protocol, made.spec.ports[0].target_port) == ("TCP", 8080)


def test_a_name_can_be_used_once(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    core.create_namespaced_service(namespace, SERVICE)
    with pytest.raises(ApiException) as refused:
        core.create_namespaced_service(namespace, SERVICE)
    assert refused.value.status == 409
    assert '"reason":"AlreadyExists"' in refused.value.body


def test_a_stale_update_is_a_conflict(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    made = core.create_namespaced_config_map(namespace, {"metadata": {"name": "m"}, "data": {"a": "1"}})
    core.patch_namespaced_config_map("m", namespace, {"data": {"a": "2"}})
    made.data = {"a": "3"}
    with pytest.raises(ApiException) as refused:
        core.replace_namespaced_config_map("m", namespace, made)
    assert refused.value.status == 409
    assert "the object has been modified" in refused.value.body


def test_generation_follows_the_spec_only(api: kubernetes.client.ApiClient, namespace: str) -> None:
    apps = kubernetes.client.AppsV1Api(api)
    assert apps.create_namespaced_deployment(namespace, DEPLOYMENT).metadata.generation == 1
    labelled = apps.patch_namespaced_deployment("web", namespace, {"metadata": {"labels": {"x": "y"}}})
    assert labelled.metadata.generation == 1
    ready = apps.patch_namespaced_deployment_status("web", namespace, {"status": {"readyReplicas": 2}})
    assert (ready.metadata.generation, ready.status.ready_replicas) == (1, 2)
    scaled = apps.patch_namespaced_deployment("web", namespace, {"spec": {"replicas": 5}})
    assert (scaled.metadata.generation, scaled.status.ready_replicas) == (2, 2)


def test_writing_the_object_leaves_its_status(api: kubernetes.client.ApiClient, namespace: str) -> None:
    apps = kubernetes.client.AppsV1Api(api)
    apps.create_namespaced_deployment(namespace, {**DEPLOYMENT, "status": {"replicas": 9}})
    found = apps.patch_namespaced_deployment("web", namespace, {"status": {"replicas": 9}})
    assert found.status.replicas is None
    changed = apps.patch_namespaced_deployment_status(
        "web", namespace, {"status": {"replicas": 1}, "spec": {"replicas": 7}}
    )
    assert (changed.status.replicas, changed.spec.replicas) == (1, 2)


def test_a_write_without_change_keeps_the_version(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    first = core.create_namespaced_service(namespace, SERVICE)
    same = core.patch_namespaced_service("web", namespace, {"spec": {"selector": {"app": "web"}}})
    assert same.metadata.resource_version == first.metadata.resource_version


def test_scale_is_an_object_of_its_own(api: kubernetes.client.ApiClient, namespace: str) -> None:
    apps = kubernetes.client.AppsV1Api(api)
    apps.create_namespaced_deployment(namespace, DEPLOYMENT)
    scale = apps.read_namespaced_deployment_scale("web", namespace)
    assert (scale.spec.replicas, scale.status.selector) == (2, "app=web")
    apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 4}})
    assert apps.read_namespaced_deployment("web", namespace).spec.replicas == 4
    scale.spec.replicas = 0
    with pytest.raises(ApiException) as refused:
        apps.replace_namespaced_deployment_scale("web", namespace, scale)
    assert refused.value.status == 409


def test_generated_names(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    names = {
        core.create_namespaced_config_map(namespace, {"metadata": {"generateName": "x-"}}).metadata.name
        for _ in range(5)
    }
    assert len(names) == 5
    assert all(name.startswith("x-") and len(name) == 7 for name in names)


def test_dry_run_stores_nothing(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    made = core.create_namespaced_service(namespace, SERVICE, dry_run="All")
    assert made.spec.cluster_ip
    with pytest.raises(ApiException) as missing:
        core.read_namespaced_service("web", namespace)
    assert missing.value.status == 404


def test_selectors_and_pages(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    for number in range(5):
        labels = {"parity": "even" if number % 2 == 0 else "odd", f"has-{number}": "yes"}
        core.create_namespaced_config_map(namespace, {"metadata": {"name": f"m{number}", "labels": labels}})

    def names(**selection: str) -> list[str]:
        return [each.metadata.name for each in core.list_namespaced_config_map(namespace, **selection).items]

    assert names(label_selector="parity=even") == ["m0", "m2", "m4"]
    assert names(label_selector="parity in (odd),!has-1") == ["m3"]
    assert names(field_selector="metadata.name=m2") == ["m2"]
    page = core.list_namespaced_config_map(namespace, limit=4)
    assert (len(page.items), page.metadata.remaining_item_count) == (4, 2)
    core.delete_namespaced_config_map("m4", namespace)
    rest = core.list_namespaced_config_map(namespace, limit=4, _continue=page.metadata._continue)
    assert [each.metadata.name for each in rest.items] == ["m3", "m4"], "all pages show the state of the first"
    assert rest.metadata._continue is None


def test_an_unknown_field_selector_is_refused(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    with pytest.raises(ApiException) as refused:
        core.list_namespaced_config_map(namespace, field_selector="spec.colour=red")
    assert refused.value.status == 400


def test_deleting_a_collection(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    for name in ("a", "b"):
        core.create_namespaced_config_map(namespace, {"metadata": {"name": name, "labels": {"app": "x"}}})
    core.delete_collection_namespaced_config_map(namespace, label_selector="app=x")
    left = core.list_namespaced_config_map(namespace)
    assert [each.metadata.name for each in left.items] == ["kube-root-ca.crt"]


def test_a_finalizer_holds_an_object(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "held", "finalizers": ["gamma.test/hold"]}})
    core.delete_namespaced_config_map("held", namespace)
    assert core.read_namespaced_config_map("held", namespace).metadata.deletion_timestamp is not None
    core.patch_namespaced_config_map("held", namespace, {"metadata": {"finalizers": None}})
    with pytest.raises(ApiException) as missing:
        core.read_namespaced_config_map("held", namespace)
    assert missing.value.status == 404


def test_preconditions_of_a_deletion(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "m"}})
    body = kubernetes.client.V1DeleteOptions(preconditions=kubernetes.client.V1Preconditions(uid="another"))
    with pytest.raises(ApiException) as refused:
        core.delete_namespaced_config_map("m", namespace, body=body)
    assert refused.value.status == 409


def test_owned_objects_go_with_their_owner(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    owner = core.create_namespaced_config_map(namespace, {"metadata": {"name": "owner"}})
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner.metadata.uid}
    for name in ("first", "second"):
        core.create_namespaced_config_map(namespace, {"metadata": {"name": name, "ownerReferences": [reference]}})
    core.delete_namespaced_config_map("owner", namespace, propagation_policy="Foreground")
    left = [each.metadata.name for each in core.list_namespaced_config_map(namespace).items]
    assert left == ["kube-root-ca.crt"]


def test_orphans_stay(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    owner = core.create_namespaced_config_map(namespace, {"metadata": {"name": "owner"}})
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner.metadata.uid}
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "orphan", "ownerReferences": [reference]}})
    core.delete_namespaced_config_map("owner", namespace, propagation_policy="Orphan")
    assert core.read_namespaced_config_map("orphan", namespace).metadata.owner_references is None


def test_a_namespace_takes_its_content_along(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    held = {"metadata": {"name": "held", "finalizers": ["gamma.test/hold"]}}
    core.create_namespaced_config_map(namespace, held)
    core.create_namespaced_service(namespace, SERVICE)
    core.delete_namespace(namespace)
    assert core.read_namespace(namespace).status.phase == "Terminating"
    with pytest.raises(ApiException) as refused:
        core.create_namespaced_config_map(namespace, {"metadata": {"name": "late"}})
    assert refused.value.status == 403
    assert "because it is being terminated" in refused.value.body
    core.patch_namespaced_config_map("held", namespace, {"metadata": {"finalizers": None}})
    with pytest.raises(ApiException) as missing:
        core.read_namespace(namespace)
    assert missing.value.status == 404


def test_a_namespace_ends_whatever_the_cascade(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    core.delete_namespace(namespace, propagation_policy="Foreground")
    with pytest.raises(ApiException) as missing:
        core.read_namespace(namespace)
    assert missing.value.status == 404


def test_pods_get_their_grace(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    spec = {"containers": [{"name": "app", "image": "x:1"}]}
    core.create_namespaced_pod(namespace, {"metadata": {"name": "p"}, "spec": spec})
    bound = core.patch_namespaced_pod("p", namespace, {"spec": {"nodeName": "node-1"}})
    assert bound.status.phase == "Pending"
    assert core.delete_namespaced_pod("p", namespace).metadata.deletion_grace_period_seconds == 30
    assert core.read_namespaced_pod("p", namespace).metadata.deletion_timestamp is not None
    core.delete_namespaced_pod("p", namespace, grace_period_seconds=0)
    with pytest.raises(ApiException) as missing:
        core.read_namespaced_pod("p", namespace)
    assert missing.value.status == 404


def test_definitions_of_others_are_served(dynamic: DynamicClient, namespace: str) -> None:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.test"},
        "spec": {
            "group": "example.test",
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [version],
        },
    }
    definitions = dynamic.resources.get(api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
    definitions.create(body=definition)
    found = definitions.get(name="widgets.example.test")
    assert {each.type: each.status for each in found.status.conditions}["Established"] == "True"
    dynamic.resources.invalidate_cache()
    widgets = dynamic.resources.get(api_version="example.test/v1", kind="Widget")
    body = {"apiVersion": "example.test/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"any": [1]}}
    assert widgets.create(namespace=namespace, body=body).spec.any == [1]
    definitions.delete(name="widgets.example.test")
    dynamic.resources.invalidate_cache()
    with pytest.raises(ApiException) as missing:
        widgets.get(namespace=namespace, name="w")
    assert missing.value.status == 404


def test_requests_are_logged(core: kubernetes.client.CoreV1Api, namespace: str, running: RunningServer) -> None:
    core.create_namespaced_service(namespace, SERVICE)
    lines = (running.folder / "audit.jsonl").read_text().splitlines()
    assert any(f'"namespace": "{namespace}"' in line and '"resource": "services"' in line for line in lines)
