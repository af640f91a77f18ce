"""Users on a running server: roles decide, reviews tell, tokens are issued, and the log says who asked for what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import kubernetes
import pytest
import requests
from kubernetes.client.exceptions import ApiException

from tests.contract.lab_api.conftest import _client
from tests.contract.lab_api.lab_api_server import RunningServer

RBAC = "rbac.authorization.k8s.io"
CONFIG = {"metadata": {"name": "c"}, "data": {"k": "v"}}


def _refusal(call: Any, *arguments: Any, **named: Any) -> str:
    try:
        call(*arguments, **named)
    except ApiException as error:  # pytest.raises would keep the connection in its traceback
        code, told = error.status, str(json.loads(error.body)["message"])
    else:
        pytest.fail("not refused")
    assert code == 403
    return told


@pytest.fixture
def bot(running: RunningServer, core: kubernetes.client.CoreV1Api, namespace: str) -> Iterator[Any]:
    """A client of the ServiceAccount ``bot``, by a token that the server issued."""
    core.create_namespaced_service_account(namespace, {"metadata": {"name": "bot"}})
    issued = core.create_namespaced_service_account_token("bot", namespace, {"spec": {}})
    with _client(running, issued.status.token) as client:
        yield client


def _grant(api: kubernetes.client.ApiClient, namespace: str, *rules: dict[str, Any]) -> None:
    access = kubernetes.client.RbacAuthorizationV1Api(api)
    access.create_namespaced_role(namespace, {"metadata": {"name": "r"}, "rules": list(rules)})
    binding = {
        "metadata": {"name": "r"},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "r"},
        "subjects": [{"kind": "ServiceAccount", "name": "bot", "namespace": namespace}],
    }
    access.create_namespaced_role_binding(namespace, binding)


def test_a_service_account_may_what_its_role_says(api: Any, bot: Any, namespace: str) -> None:
    maps = kubernetes.client.CoreV1Api(bot)
    name = f"system:serviceaccount:{namespace}:bot"
    assert _refusal(maps.create_namespaced_config_map, namespace, CONFIG) == (
        f'configmaps is forbidden: User "{name}" cannot create resource "configmaps" in API group "" in the namespace '
        f'"{namespace}"'
    )
    _grant(api, namespace, {"verbs": ["create", "get"], "apiGroups": [""], "resources": ["configmaps"]})
    maps.create_namespaced_config_map(namespace, CONFIG)
    assert "cannot delete" in _refusal(maps.delete_namespaced_config_map, "c", namespace)
    assert 'in the namespace "default"' in _refusal(maps.read_namespaced_config_map, "c", "default")


def _sent(running: RunningServer, client: Any, method: str, path: str, **more: Any) -> tuple[int, str]:
    """What the client's user is told about a request of any form."""
    token = client.configuration.api_key["authorization"]
    answer = requests.request(
        method,
        running.url + path,
        headers={"Authorization": token, **more.pop("headers", {})},
        verify=str(running.folder / "tls" / "ca.crt"),
        timeout=5,
        **more,
    )
    return answer.status_code, str(answer.json().get("message", ""))


def test_an_apply_that_creates_needs_both_verbs(running: RunningServer, api: Any, bot: Any, namespace: str) -> None:
    _grant(api, namespace, {"verbs": ["patch"], "apiGroups": [""], "resources": ["configmaps"]})
    path = f"/api/v1/namespaces/{namespace}/configmaps/c?fieldManager=t"
    body = {"apiVersion": "v1", "kind": "ConfigMap", **CONFIG}
    media = {"Content-Type": "application/apply-patch+yaml"}
    code, told = _sent(running, bot, "PATCH", path, json=body, headers=media)
    assert (code, 'cannot create resource "configmaps"' in told) == (403, True)
    assert _sent(running, api, "PATCH", path, json=body, headers=media)[0] == 201
    assert _sent(running, bot, "PATCH", path, json=body, headers=media)[0] == 200


def test_an_exec_is_a_creation_too(running: RunningServer, api: Any, bot: Any, namespace: str) -> None:
    pod = {"metadata": {"name": "p"}, "spec": {"nodeName": "n", "containers": [{"name": "app", "image": "x:1"}]}}
    kubernetes.client.CoreV1Api(api).create_namespaced_pod(namespace, pod)
    _grant(api, namespace, {"verbs": ["get"], "apiGroups": [""], "resources": ["pods/exec"]})
    path = f"/api/v1/namespaces/{namespace}/pods/p/exec?command=true&stdout=true"
    code, told = _sent(running, bot, "GET", path)
    assert code == 403
    assert f'cannot create resource "pods/exec" in API group "" in the namespace "{namespace}"' in told


def test_reviews_tell_what_is_allowed_and_by_what(api: Any, bot: Any, namespace: str) -> None:
    _grant(api, namespace, {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["p"]})
    reviews = kubernetes.client.AuthorizationV1Api(bot)

    def allowed(**attributes: str) -> Any:
        body = {"spec": {"resourceAttributes": {"namespace": namespace, "resource": "pods", **attributes}}}
        return reviews.create_self_subject_access_review(body).status

    assert allowed(verb="get", name="p").allowed
    assert "RoleBinding" in allowed(verb="get", name="p").reason
    assert not allowed(verb="get").allowed
    assert not allowed(verb="list").allowed
    path = {"spec": {"nonResourceAttributes": {"path": "/apis", "verb": "get"}}}
    assert reviews.create_self_subject_access_review(path).status.allowed
    rules = reviews.create_self_subject_rules_review({"spec": {"namespace": namespace}}).status
    assert [rule.resource_names for rule in rules.resource_rules if rule.resources == ["pods"]] == [["p"]]
    assert "/apis/*" in str(rules.non_resource_rules)


def test_a_request_about_a_namespace_is_one_in_it(api: Any, bot: Any, namespace: str) -> None:
    _grant(api, namespace, {"verbs": ["get"], "apiGroups": [""], "resources": ["namespaces"]})
    kubernetes.client.CoreV1Api(bot).read_namespace(namespace)
    assert 'in the namespace "default"' in _refusal(kubernetes.client.CoreV1Api(bot).read_namespace, "default")


@pytest.mark.parametrize(
    ("rule", "text"),
    [({"verbs": ["get"]}, "at least one api group"), ({"verbs": [], "apiGroups": [""], "resources": ["x"]}, "verbs")],
)
def test_a_role_that_makes_no_sense(api: Any, namespace: str, rule: dict[str, Any], text: str) -> None:
    access = kubernetes.client.RbacAuthorizationV1Api(api)
    with pytest.raises(ApiException, match=text):
        access.create_namespaced_role(namespace, {"metadata": {"name": "r"}, "rules": [rule]})


def test_the_log_names_user_verb_and_object(running: RunningServer, bot: Any, namespace: str) -> None:
    _refusal(kubernetes.client.CoreV1Api(bot).read_namespaced_config_map, "secretive", namespace)
    lines = [json.loads(line) for line in running.config.audit_file.read_text().splitlines()]
    mine = next(line for line in lines if line.get("name") == "secretive")
    assert (mine["user"], mine["verb"], mine["code"]) == (f"system:serviceaccount:{namespace}:bot", "get", 403)
    assert (mine["resource"], mine["namespace"]) == ("configmaps", namespace)


def test_pods_that_the_namespace_forbids(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    core.patch_namespace(namespace, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}})
    container = {"name": "init", "image": "x:1", "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [container]}}
    assert _refusal(core.create_namespaced_pod, namespace, pod) == (
        'pods "p" is forbidden: violates PodSecurity "baseline:latest": non-default capabilities (container "init" '
        'must not include "NET_ADMIN" in securityContext.capabilities.add)'
    )
    assert core.list_namespaced_pod(namespace).items == []
