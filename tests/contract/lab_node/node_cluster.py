"""What the tests do to a running lab, through the official client as any user would."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import kubernetes
import yaml
from kubernetes.stream import stream
from kubernetes.stream.ws_client import ERROR_CHANNEL

T = TypeVar("T")

PATIENCE = 30.0
_NUMBERS = itertools.count(1)
_SLEEP = "import signal, sys; signal.signal(15, lambda *_: sys.exit(0)); print('up', flush=True); signal.pause()"
SERVER = (
    "import http.server, os, signal, sys\n"
    "signal.signal(signal.SIGTERM, lambda *_: os._exit(0))\n"
    "class H(http.server.BaseHTTPRequestHandler):\n"
    "    def do_GET(self):\n"
    "        body = os.environ['POD_NAME'].encode()\n"
    "        self.send_response(200)\n"
    "        self.send_header('Content-Length', str(len(body)))\n"
    "        self.end_headers()\n"
    "        self.wfile.write(body)\n"
    "        print('served', self.path, flush=True)\n"
    "http.server.ThreadingHTTPServer(('', 8080), H).serve_forever()\n"
)
FETCH = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=5).read().decode(), end='')"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command in a pod said and how it ended; ``seconds`` it took."""

    code: int
    stdout: str
    stderr: str
    seconds: float


def client_of(kubeconfig: Path) -> kubernetes.client.ApiClient:
    configuration = kubernetes.client.Configuration()
    kubernetes.config.load_kube_config(str(kubeconfig), client_configuration=configuration)
    return kubernetes.client.ApiClient(configuration)


class Cluster:
    """A lab as its kubeconfig shows it."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig
        self._client = client_of(kubeconfig)
        self.core = kubernetes.client.CoreV1Api(self._client)
        self.apps = kubernetes.client.AppsV1Api(self._client)
        self.discovery = kubernetes.client.DiscoveryV1Api(self._client)

    def close(self) -> None:
        self._client.rest_client.pool_manager.clear()
        self._client.close()

    def namespace(self) -> str:
        name = f"test-{next(_NUMBERS)}"
        self.core.create_namespace({"metadata": {"name": name}})
        return name

    def deploy(self, namespace: str, name: str, code: str = _SLEEP, *, replicas: int = 1, **container: Any) -> None:
        """Create a Deployment whose container runs ``code``."""
        labels = {"app": name}
        volumes = container.pop("volumes", [])
        env = [{"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]
        body = {"name": "app", "image": "python", "command": ["python3", "-c", code], "env": env, **container}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [body], "volumes": volumes}}
        spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
        self.apps.create_namespaced_deployment(namespace, {"metadata": {"name": name}, "spec": spec})

    def serve(self, namespace: str, name: str, **spec: Any) -> str:
        """Create a Service for the pods of that name; returns its address."""
        ports = [{"name": "http", "port": 80, "targetPort": 8080}]
        body = {"metadata": {"name": name}, "spec": {"selector": {"app": name}, "ports": ports, **spec}}
        return str(self.core.create_namespaced_service(namespace, body).spec.cluster_ip)

    def pods(self, namespace: str, name: str) -> list[Any]:
        """The pods of a Deployment that are not about to end."""
        found = self.core.list_namespaced_pod(namespace, label_selector=f"app={name}").items
        return [pod for pod in found if pod.metadata.deletion_timestamp is None]

    def ready(self, namespace: str, name: str, replicas: int = 1) -> list[Any]:
        """The pods of a Deployment once there are exactly so many, all of the newest template and ready."""

        def settled() -> bool:
            deployment = self.apps.read_namespaced_deployment(name, namespace)
            state = deployment.status
            counts = {state.replicas or 0, state.updated_replicas or 0, state.available_replicas or 0}
            return state.observed_generation == deployment.metadata.generation and counts == {replicas}

        until(settled, f"{replicas} ready pods of {name}")
        return self.pods(namespace, name)

    def run(self, pod: Any, *command: str, stdin: str | None = None) -> Ran:
        """Run a command in a pod to its end."""
        began = time.monotonic()
        with self._session(pod, command, stdin=stdin is not None) as session:
            if stdin is not None:
                session.write_stdin(stdin)
            session.run_forever(timeout=PATIENCE)
            out, err = session.read_stdout(timeout=0), session.read_stderr(timeout=0)
            status = yaml.safe_load(session.read_channel(ERROR_CHANNEL))
        code = 0 if status["status"] == "Success" else int(status["details"]["causes"][0]["message"])
        return Ran(code, out or "", err or "", time.monotonic() - began)

    def python(self, pod: Any, code: str, *arguments: str) -> str:
        """What a program prints in a pod; it must succeed."""
        ran = self.run(pod, "python3", "-c", code, *arguments)
        assert ran.code == 0, ran.stderr
        return ran.stdout

    @contextlib.contextmanager
    def _session(self, pod: Any, command: Sequence[str], *, stdin: bool) -> Iterator[Any]:
        # stream() replaces a method of the ApiClient while it connects: it gets one of its own.
        with client_of(self._kubeconfig) as client:
            session = stream(
                kubernetes.client.CoreV1Api(client).connect_get_namespaced_pod_exec,
                pod.metadata.name,
                pod.metadata.namespace,
                command=list(command),
                stdin=stdin,
                stdout=True,
                stderr=True,
                _preload_content=False,
            )
            try:
                yield session
            finally:
                session.close()
                session.sock.shutdown()  # close() leaves the socket open where the server has ended the session
                client.rest_client.pool_manager.clear()


def until(probe: Callable[[], T], what: str) -> T:
    """The first answer that is true; fails after a while."""
    end = time.monotonic() + PATIENCE
    while not (found := probe()):
        assert time.monotonic() < end, f"waited {PATIENCE:g} s for {what}"
        time.sleep(0.02)
    return found
