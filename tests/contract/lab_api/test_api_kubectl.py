"""What people do with kubectl, 1.31 or newer (older ones speak SPDY for exec), where the machine has one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import kubernetes
import pytest

from tests.contract.lab_api.lab_api_server import LIMITED_TOKEN, RunningServer

Kubectl = Callable[..., subprocess.CompletedProcess[str]]

MANIFEST = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: app, image: "python:3.12-slim", env: [{name: A, value: b}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  hostnames: [web.example.test]
  parentRefs: [{group: "", kind: Service, name: web}]
  rules:
    - backendRefs: [{name: web, port: 80}]
"""


@cache
def _version(kubeconfig: Path) -> tuple[int, int] | None:
    """The version of the kubectl that answers for this server: a dispatcher may choose one by the server's."""
    if shutil.which("kubectl") is None:
        return None
    done = subprocess.run(
        ["kubectl", "--kubeconfig", str(kubeconfig), "version", "-o", "json"],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    found = re.match(r"v(\d+)\.(\d+)", json.loads(done.stdout or "{}").get("clientVersion", {}).get("gitVersion", ""))
    return (int(found[1]), int(found[2])) if found else None


@pytest.fixture
def kubectl(running: RunningServer, namespace: str, tmp_path: Path) -> Kubectl:
    version = _version(running.kubeconfig())
    if version is None:
        pytest.skip("there is no kubectl on this machine")
    if version < (1, 31):
        pytest.skip(f"kubectl {version[0]}.{version[1]} is older than 1.31: its exec needs SPDY")

    def call(
        *arguments: str, stdin: str = "", token: str = "", fails: bool = False
    ) -> subprocess.CompletedProcess[str]:
        config = running.kubeconfig(token) if token else running.kubeconfig()
        done = subprocess.run(
            ["kubectl", "--kubeconfig", str(config), "-n", namespace, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env={**os.environ, "HOME": str(tmp_path), "KUBECACHEDIR": str(tmp_path / "cache")},
        )
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done

    return call


def test_apply_twice_and_change(kubectl: Kubectl) -> None:
    assert kubectl("apply", "-f", "-", stdin=MANIFEST).stdout.splitlines() == [
        "service/web created",
        "deployment.apps/web created",
        "httproute.gateway.networking.k8s.io/web created",
    ]
    again = kubectl("apply", "-f", "-", stdin=MANIFEST).stdout
    assert "service/web unchanged" in again
    assert "deployment.apps/web unchanged" in again
    kubectl("apply", "-f", "-", stdin=MANIFEST.replace("port: 80,", "port: 81,").replace("value: b", "value: c"))
    service = json.loads(kubectl("get", "service", "web", "-o", "json").stdout)
    assert [port["port"] for port in service["spec"]["ports"]] == [81], "strategic merge replaces the port by its key"
    container = json.loads(kubectl("get", "deployment", "web", "-o", "json").stdout)["spec"]["template"]["spec"]
    assert container["containers"][0]["env"] == [{"name": "A", "value": "c"}]


def test_apply_on_the_server_reports_conflicts(kubectl: Kubectl) -> None:
    kubectl("apply", "--server-side", "--field-manager", "one", "-f", "-", stdin=MANIFEST)
    changed = MANIFEST.replace("targetPort: 8080", "targetPort: 8081")
    refused = kubectl("apply", "--server-side", "--field-manager", "two", "-f", "-", stdin=changed, fails=True)
    assert 'conflict with "one" using v1: .spec.ports[port=80,protocol="TCP"].targetPort' in refused.stderr
    forced = kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=changed)
    assert "service/web serverside-applied" in forced.stdout


def test_get_prints_tables(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=MANIFEST)
    routes = kubectl("get", "httproutes").stdout.splitlines()
    assert re.split(r"\s{2,}", routes[0].strip()) == ["NAME", "HOSTNAMES", "AGE"]
    assert '["web.example.test"]' in routes[1]
    services = kubectl("get", "svc", "-o", "wide").stdout.splitlines()
    assert re.split(r"\s{2,}", services[0].strip())[:3] == ["NAME", "TYPE", "CLUSTER-IP"]
    assert "80/TCP" in services[1]
    assert kubectl("get", "deploy", "-o", "name").stdout == "deployment.apps/web\n"
    everywhere = kubectl("get", "httproutes", "-A").stdout
    assert everywhere.startswith("NAMESPACE")
    assert "deployment.apps/web" in kubectl("get", "all").stdout


def test_explain_and_api_resources(kubectl: Kubectl) -> None:
    assert "backendRefs" in kubectl("explain", "httproute.spec.rules").stdout
    assert "httproutes" in kubectl("api-resources").stdout


def test_a_typo_is_refused(kubectl: Kubectl) -> None:
    refused = kubectl("apply", "-f", "-", stdin=MANIFEST.replace("hostnames:", "hostname:"), fails=True)
    assert 'strict decoding error: unknown field "spec.hostname"' in refused.stderr


def test_a_denied_user_is_told(kubectl: Kubectl) -> None:
    refused = kubectl("apply", "-f", "-", stdin=MANIFEST, token=LIMITED_TOKEN, fails=True)
    assert "(Forbidden)" in refused.stderr
    assert 'User "limited" cannot create resource "httproutes"' in refused.stderr


def test_wait_label_scale_delete(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=MANIFEST)
    kubectl("label", "service", "web", "tier=front")
    assert "service/web" in kubectl("get", "service", "-l", "tier=front", "-o", "name").stdout
    kubectl("scale", "deployment", "web", "--replicas=3")
    kubectl("wait", "deployment/web", "--for=jsonpath={.spec.replicas}=3", "--timeout=5s")
    kubectl("patch", "service", "web", "-p", '{"spec":{"ports":[{"port":80,"appProtocol":"http"}]}}')
    kubectl("delete", "-f", "-", stdin=MANIFEST)
    assert kubectl("get", "services,deployments,httproutes").stdout == ""
    missing = kubectl("get", "service", "web", fails=True)
    assert 'Error from server (NotFound): services "web" not found' in missing.stderr


def test_exec_and_logs(kubectl: Kubectl, core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    pod = {"metadata": {"name": "p"}, "spec": {"nodeName": "n", "containers": [{"name": "app", "image": "x:1"}]}}
    core.create_namespaced_pod(namespace, pod)
    assert kubectl("exec", "p", "-c", "app", "--", "echo", "hello").stdout == "echo hello\n"
    assert kubectl("exec", "-i", "p", "--", "cat", stdin="some text").stdout == "some text"
    failed = kubectl("exec", "p", "--", "exit", "7", fails=True)
    assert (failed.returncode, failed.stderr.splitlines()[0]) == (7, "failing")
    assert kubectl("logs", "p", "--tail=1").stdout == "line 4\n"


def test_a_namespace_is_created_and_deleted(kubectl: Kubectl, namespace: str) -> None:
    other = f"{namespace}-other"
    kubectl("apply", "-f", "-", stdin=f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {other}}}\n")
    kubectl("apply", "-n", other, "-f", "-", stdin=MANIFEST)
    kubectl("delete", "namespace", other, "--timeout=10s")
    assert "NotFound" in kubectl("get", "namespace", other, fails=True).stderr
