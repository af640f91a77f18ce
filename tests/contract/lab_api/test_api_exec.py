"""exec and logs through the server to a kubelet."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import kubernetes
import pytest
import requests
from kubernetes.client import ApiException
from kubernetes.stream import stream
from kubernetes.stream.ws_client import ERROR_CHANNEL, WSClient

from tests.contract.lab_api.lab_api_server import ADMIN_TOKEN, RunningServer


def _create_pod(core: kubernetes.client.CoreV1Api, namespace: str, name: str, *containers: str) -> None:
    spec = {"nodeName": "node-1", "containers": [{"name": each, "image": "x:1"} for each in containers]}
    core.create_namespaced_pod(namespace, {"metadata": {"name": name}, "spec": spec})


@pytest.fixture
def pods(core: kubernetes.client.CoreV1Api, namespace: str) -> Iterator[kubernetes.client.CoreV1Api]:
    _create_pod(core, namespace, "one", "app")
    _create_pod(core, namespace, "two", "app", "proxy")
    _create_pod(core, namespace, "lost", "app")
    core.create_namespaced_pod(
        namespace, {"metadata": {"name": "unbound"}, "spec": {"containers": [{"name": "app", "image": "x:1"}]}}
    )
    # stream() replaces a method of the ApiClient while it connects: it gets one of its own.
    client = kubernetes.client.ApiClient(core.api_client.configuration)
    with client:
        yield kubernetes.client.CoreV1Api(client)


@contextlib.contextmanager
def _exec(
    core: kubernetes.client.CoreV1Api, namespace: str, pod: str, command: list[str], **options: object
) -> Iterator[WSClient]:
    session: WSClient = stream(
        core.connect_get_namespaced_pod_exec,
        pod,
        namespace,
        command=command,
        stdout=True,
        stderr=True,
        _preload_content=False,
        **options,
    )
    yield session
    session.close()
    session.sock.shutdown()  # close() leaves the socket open where the server has ended the session


def test_output_and_success(pods: kubernetes.client.CoreV1Api, namespace: str, running: RunningServer) -> None:
    with _exec(pods, namespace, "one", ["echo", "a b", "ü"]) as session:
        session.run_forever(timeout=5)
        assert session.read_stdout() == "echo a b ü\n"
        assert session.returncode == 0
        asked = running.kubelet.requests[-1]
        assert (asked["op"], asked["container"], asked["command"]) == ("exec", "app", ["echo", "a b", "ü"])
        assert (asked["stdin"], asked["stdout"], asked["stderr"], asked["tty"]) == (False, True, True, False)


def test_failure_carries_the_exit_code(pods: kubernetes.client.CoreV1Api, namespace: str) -> None:
    with _exec(pods, namespace, "one", ["exit", "3"]) as session:
        session.run_forever(timeout=5)
        assert session.read_stderr() == "failing\n"
        assert session.returncode == 3


def test_stdin_is_relayed_while_the_session_lives(pods: kubernetes.client.CoreV1Api, namespace: str) -> None:
    with _exec(pods, namespace, "one", ["cat"], stdin=True) as session:
        for word in ("first\n", "second\n"):
            session.write_stdin(word)
            assert session.readline_stdout(timeout=5) == word.strip()
        session.write_stdin("quit\n")
        session.run_forever(timeout=5)
        assert session.returncode == 0


def test_much_output_arrives_whole(pods: kubernetes.client.CoreV1Api, namespace: str) -> None:
    with _exec(pods, namespace, "one", ["cat"], stdin=True) as session:
        text = "x" * 500_000
        session.write_stdin(text)
        found = ""
        deadline = time.monotonic() + 10
        while len(found) < len(text) and time.monotonic() < deadline:
            found += session.read_stdout(timeout=1)
        assert found == text


def test_a_vanished_kubelet_is_told(pods: kubernetes.client.CoreV1Api, namespace: str) -> None:
    with _exec(pods, namespace, "one", ["vanish"]) as session:
        session.run_forever(timeout=5)
        assert "ended before the command" in session.read_channel(ERROR_CHANNEL)


@pytest.mark.parametrize(
    ("pod", "container", "message"),
    [
        ("two", None, "a container name must be specified for pod two, choose one of"),
        ("two", "other", "container other is not valid for pod two"),
        ("unbound", None, "pod unbound does not have a host assigned"),
        ("lost", None, "container not found"),
        ("none", None, 'pods \\"none\\" not found'),
    ],
)
def test_what_cannot_be_executed(
    pods: kubernetes.client.CoreV1Api, namespace: str, pod: str, container: str | None, message: str
) -> None:
    options = {"container": container} if container else {}
    with pytest.raises(ApiException) as refused, _exec(pods, namespace, pod, ["true"], **options):
        pass
    assert message in str(refused.value)


def test_spdy_is_refused_with_the_way_out(
    pods: kubernetes.client.CoreV1Api, namespace: str, running: RunningServer
) -> None:
    answer = requests.post(
        f"{running.url}/api/v1/namespaces/{namespace}/pods/one/exec?command=true&stdout=1",
        headers={"Authorization": f"Bearer {ADMIN_TOKEN}", "Connection": "Upgrade", "Upgrade": "SPDY/3.1"},
        verify=str(running.folder / "tls" / "ca.crt"),
        timeout=5,
    )
    assert answer.status_code == 400
    assert "use kubectl 1.31 or newer" in answer.json()["message"]


def test_logs(pods: kubernetes.client.CoreV1Api, namespace: str) -> None:
    assert pods.read_namespaced_pod_log("one", namespace).splitlines() == [f"line {number}" for number in range(5)]
    assert pods.read_namespaced_pod_log("one", namespace, tail_lines=1) == "line 4\n"
