"""What the server refuses, with the codes, reasons and causes of a real one."""

from __future__ import annotations

import json
from typing import Any

import kubernetes
import pytest
import requests
from kubernetes.client import ApiException
from kubernetes.dynamic import DynamicClient

ROUTE: dict[str, Any] = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {"name": "r"},
    "spec": {
        "parentRefs": [{"group": "", "kind": "Service", "name": "web"}],
        "rules": [{"backendRefs": [{"name": "web", "port": 80}]}],
    },
}


def _service(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}], **spec}}


def _refusal(call: Any, *arguments: Any, **options: Any) -> dict[str, Any]:
    with pytest.raises(ApiException) as refused:
        call(*arguments, **options)
    status: dict[str, Any] = json.loads(refused.value.body)
    assert (status["kind"], status["status"], status["code"]) == ("Status", "Failure", refused.value.status)
    return status


def _causes(status: dict[str, Any]) -> list[tuple[str, str]]:
    return [(cause["field"], cause["reason"]) for cause in status["details"]["causes"]]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"ports": []}, [("spec.ports", "FieldValueRequired")]),
        ({"ports": [{"port": 0}]}, [("spec.ports[0].port", "FieldValueInvalid")] * 1),
        (
            {"ports": [{"port": 80}, {"port": 81}]},
            [("spec.ports[0].name", "FieldValueRequired"), ("spec.ports[1].name", "FieldValueRequired")],
        ),
        (
            {"ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "a"}]},
            [("spec.ports[1].name", "FieldValueDuplicate")],
        ),
        ({"ports": [{"port": 80, "protocol": "HTTP"}]}, [("spec.ports[0].protocol", "FieldValueNotSupported")]),
        ({"ports": [{"port": 80, "targetPort": "not_a_name"}]}, [("spec.ports[0].targetPort", "FieldValueInvalid")]),
        ({"type": "Cluster"}, [("spec.type", "FieldValueNotSupported")]),
        ({"selector": {"app": "not valid"}}, [("spec.selector", "FieldValueInvalid")]),
        ({"clusterIP": "10.96.0.1"}, [("spec.clusterIPs[0]", "FieldValueInvalid")]),
        ({"clusterIP": "192.168.0.1"}, [("spec.clusterIPs[0]", "FieldValueInvalid")]),
    ],
)
def test_an_invalid_service(
    core: kubernetes.client.CoreV1Api, namespace: str, spec: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    status = _refusal(core.create_namespaced_service, namespace, _service(**spec))
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["message"].startswith('Service "web" is invalid: ')
    found = _causes(status)
    assert [cause for cause in found if cause in expected] == expected


def test_an_address_is_honoured_and_taken(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    made = core.create_namespaced_service(namespace, _service(clusterIP="10.96.7.7"))
    assert made.spec.cluster_ip == "10.96.7.7"
    other = {**_service(clusterIP="10.96.7.7"), "metadata": {"name": "other"}}
    status = _refusal(core.create_namespaced_service, namespace, other)
    assert "provided IP is already allocated" in status["message"]
    core.delete_namespaced_service("web", namespace)
    assert core.create_namespaced_service(namespace, other).spec.cluster_ip == "10.96.7.7"


def test_headless_and_external_services_have_no_address(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    headless = core.create_namespaced_service(namespace, _service(clusterIP="None"))
    assert headless.spec.cluster_ip == "None"
    body = {"metadata": {"name": "x"}, "spec": {"type": "ExternalName", "externalName": "example.test"}}
    assert core.create_namespaced_service(namespace, body).spec.cluster_ip is None


def test_an_address_stays(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    core.create_namespaced_service(namespace, _service())
    status = _refusal(core.patch_namespaced_service, "web", namespace, {"spec": {"clusterIP": "10.96.9.9"}})
    assert "may not change once set" in status["message"]


@pytest.mark.parametrize("name", ["Upper", "with.dot", "-dash", "x" * 64])
def test_a_bad_namespace_name(core: kubernetes.client.CoreV1Api, name: str) -> None:
    status = _refusal(core.create_namespace, {"metadata": {"name": name}})
    assert _causes(status) == [("metadata.name", "FieldValueInvalid")]


def test_a_deployment_must_select_its_pods(api: kubernetes.client.ApiClient, namespace: str) -> None:
    template = {"metadata": {"labels": {"app": "b"}}, "spec": {"containers": [{"name": "app", "image": "x:1"}]}}
    spec = {"selector": {"matchLabels": {"app": "a"}}, "template": template}
    apps = kubernetes.client.AppsV1Api(api)
    status = _refusal(apps.create_namespaced_deployment, namespace, {"metadata": {"name": "d"}, "spec": spec})
    assert _causes(status) == [("spec.template.metadata.labels", "FieldValueInvalid")]
    assert "`selector` does not match template `labels`" in status["message"]


def test_a_missing_namespace(core: kubernetes.client.CoreV1Api) -> None:
    status = _refusal(core.create_namespaced_service, "nowhere", _service())
    assert (status["code"], status["message"]) == (404, 'namespaces "nowhere" not found')


def test_a_route_is_completed(dynamic: DynamicClient, namespace: str) -> None:
    routes = dynamic.resources.get(api_version="gateway.networking.k8s.io/v1", kind="HTTPRoute")
    made = routes.create(namespace=namespace, body=ROUTE).to_dict()
    assert made["metadata"]["generation"] == 1
    assert made["spec"]["rules"][0]["matches"] == [{"path": {"type": "PathPrefix", "value": "/"}}]
    assert made["spec"]["rules"][0]["backendRefs"][0]["weight"] == 1


def test_an_invalid_route(dynamic: DynamicClient, namespace: str) -> None:
    routes = dynamic.resources.get(api_version="gateway.networking.k8s.io/v1", kind="HTTPRoute")
    rules = [{"matches": [{"path": {"type": "Glob", "value": "/"}}]}, {"backendRefs": [{"port": 80}]}]
    body = {**ROUTE, "spec": {"rules": rules}}
    status = _refusal(routes.create, namespace=namespace, body=body)
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["details"]["group"] == "gateway.networking.k8s.io"
    assert ("spec.rules[0].matches[0].path.type", "FieldValueNotSupported") in _causes(status)
    assert ("spec.rules[1].backendRefs[0].name", "FieldValueRequired") in _causes(status)


def test_unknown_fields_are_dropped_told_or_refused(api: kubernetes.client.ApiClient, namespace: str) -> None:
    path = f"/apis/gateway.networking.k8s.io/v1/namespaces/{namespace}/httproutes"
    body = {**ROUTE, "spec": {**ROUTE["spec"], "colour": "red"}}

    def create(name: str, validation: str) -> Any:
        return api.call_api(
            *api.param_serialize(
                "POST",
                path,
                query_params=[("fieldValidation", validation)],
                header_params={"Accept": "application/json", "Content-Type": "application/json"},
                body={**body, "metadata": {"name": name}},
                auth_settings=["BearerToken"],
            )
        )

    warned = create("warned", "Warn")
    warned.read()
    assert warned.status == 201
    assert b"colour" not in warned.data
    assert warned.getheaders()["Warning"] == '299 - "unknown field \\"spec.colour\\""'
    ignored = create("ignored", "Ignore")
    assert ignored.status == 201
    assert "Warning" not in ignored.getheaders()
    refused = create("refused", "Strict")
    refused.read()
    assert refused.status == 400
    assert 'strict decoding error: unknown field \\"spec.colour\\"' in refused.data.decode()


def test_a_route_is_replaced_only_as_it_was_read(dynamic: DynamicClient, namespace: str) -> None:
    routes = dynamic.resources.get(api_version="gateway.networking.k8s.io/v1", kind="HTTPRoute")
    made = routes.create(namespace=namespace, body=ROUTE).to_dict()
    status = _refusal(routes.replace, namespace=namespace, body=ROUTE)
    assert _causes(status) == [("metadata.resourceVersion", "FieldValueInvalid")]
    made["spec"]["hostnames"] = ["a.test"]
    assert routes.replace(namespace=namespace, body=made).metadata.generation == 2


def test_large_annotations_are_refused(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    body = {"metadata": {"name": "m", "annotations": {"a": "x" * 262145}}}
    status = _refusal(core.create_namespaced_config_map, namespace, body)
    assert _causes(status) == [("metadata.annotations", "FieldValueTooLong")]


def test_a_config_map_may_have_a_mebibyte(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "m"}, "data": {"a": "x" * 1048576}})
    status = _refusal(
        core.create_namespaced_config_map, namespace, {"metadata": {"name": "n"}, "data": {"a": "x" * 1048577}}
    )
    assert status["details"]["causes"][0]["reason"] == "FieldValueTooLong"


def test_a_wrong_type(dynamic: DynamicClient, namespace: str) -> None:
    services = dynamic.resources.get(api_version="v1", kind="Service")
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": "80"}}
    status = _refusal(services.create, namespace=namespace, body=body)
    assert status["code"] == 400
    assert "cannot be handled as a Service" in status["message"]


def test_a_denied_request(limited_api: kubernetes.client.ApiClient, namespace: str, tmp_path: Any) -> None:
    dynamic = DynamicClient(limited_api, cache_file=str(tmp_path / "cache"))
    routes = dynamic.resources.get(api_version="gateway.networking.k8s.io/v1", kind="HTTPRoute")
    status = _refusal(routes.create, namespace=namespace, body=ROUTE)
    assert (status["code"], status["reason"]) == (403, "Forbidden")
    assert status["message"] == (
        'httproutes.gateway.networking.k8s.io is forbidden: User "limited" cannot create resource "httproutes" in '
        f'API group "gateway.networking.k8s.io" in the namespace "{namespace}"'
    )
    assert routes.get(namespace=namespace).items == []
    review = kubernetes.client.AuthorizationV1Api(limited_api).create_self_subject_access_review(
        {"spec": {"resourceAttributes": {"verb": "create", "resource": "httproutes", "namespace": namespace}}}
    )
    assert review.status.allowed is False


def test_a_wrong_token(running: Any) -> None:
    configuration = kubernetes.client.Configuration()
    configuration.host = running.url
    configuration.ssl_ca_cert = str(running.folder / "tls" / "ca.crt")
    configuration.api_key = {"authorization": "Bearer wrong"}
    with kubernetes.client.ApiClient(configuration) as client:
        status = _refusal(kubernetes.client.CoreV1Api(client).list_namespace)
    assert (status["code"], status["reason"]) == (401, "Unauthorized")


@pytest.mark.parametrize(
    ("method", "path", "media", "code"),
    [
        ("GET", "/api/v1/namespaces/default/colours", "application/json", 404),
        ("GET", "/apis/nothing.test/v1/things", "application/json", 404),
        ("PUT", "/api/v1/namespaces", "application/json", 405),
        ("POST", "/api/v1/pods", "application/json", 405),
        ("PATCH", "/api/v1/namespaces/default", "text/plain", 415),
        ("POST", "/api/v1/namespaces", "application/vnd.kubernetes.protobuf", 415),
        ("POST", "/api/v1/namespaces", "application/json", 400),
        ("GET", "/api/v1/namespaces/default/status/more", "application/json", 404),
    ],
)
def test_requests_that_lead_nowhere(running: Any, method: str, path: str, media: str, code: int) -> None:
    answer = requests.request(
        method,
        running.url + path,
        data=b"{" if method != "GET" else None,
        headers={"Authorization": "Bearer admin-token", "Content-Type": media},
        verify=str(running.folder / "tls" / "ca.crt"),
        timeout=5,
    )
    assert answer.status_code == code, answer.text
    assert answer.json()["kind"] == "Status"
