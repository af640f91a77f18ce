"""What a probe's URL means: the address to dial and the URL to send, for each client."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.cluster import Cluster, ClusterError, Ref, Selection
from harness.play.ports import Sender
from harness.scenario.model import Client, Probe
from harness.settings import Settings

_HTTP_PORT = 80


@dataclass(frozen=True, slots=True)
class Dial:
    """Where to connect and what to ask for; without address the agent resolves the name for each request."""

    url: str
    address: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class Destination:
    """A Service (or a workload, by podip://) as named by a URL."""

    name: str
    namespace: str
    port: int


def destination(url: str, client: Client, settings: Settings) -> Destination:
    """The Service or workload that a URL names; a short name is one of the client's own namespace."""
    parts = urlsplit(url)
    labels = (parts.hostname or "").split(".")
    namespace = labels[1] if len(labels) > 1 else settings.namespace(client.role)
    return Destination(labels[0], namespace, parts.port or _HTTP_PORT)


def spelled_differently(probes: Mapping[str, Probe], settings: Settings) -> frozenset[str]:
    """Probes that reach one Service by several names: they are about names, so each request resolves anew."""
    spellings: dict[tuple[str, str], dict[str, set[str]]] = {}
    for name, probe in probes.items():
        parts = urlsplit(probe.url)
        if parts.scheme == "http":
            for client in probe.clients:
                found = destination(probe.url, client, settings)
                hosts = spellings.setdefault((found.name, found.namespace), {})
                hosts.setdefault(parts.hostname or "", set()).add(name)
    several = (hosts for hosts in spellings.values() if len(hosts) > 1)
    return frozenset(name for hosts in several for names in hosts.values() for name in names)


class Targets:
    """Resolves names once a step for each client, by the client pod's own resolver."""

    def __init__(self, cluster: Cluster, sender: Sender, settings: Settings, probes: Mapping[str, Probe]) -> None:
        self._cluster = cluster
        self._sender = sender
        self._settings = settings
        self._anew = spelled_differently(probes, settings)
        self._known: dict[tuple[Client, str], Future[str]] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Resolve all names again; called at the start of each step."""
        with self._lock:
            self._known.clear()

    def dial(self, name: str, probe: Probe, client: Client) -> Dial:
        """Raises ProbeError where the name does not resolve, ClusterError where there is no such Service or pod."""
        parts = urlsplit(probe.url)
        if parts.scheme in ("http", "tcp", "tls"):
            address = None if name in self._anew else (self.resolve(client, parts.hostname or ""), _port(parts.port))
            return Dial(probe.url, address)
        to = destination(probe.url, client, self._settings)
        ip = (
            self.cluster_ip(to.name, to.namespace)
            if parts.scheme == "clusterip"
            else self.pod_ip(to.name, to.namespace)
        )
        port = "" if to.port == _HTTP_PORT else f":{to.port}"
        literal = f"[{ip}]" if ":" in ip else ip
        query = f"?{parts.query}" if parts.query else ""
        return Dial(f"http://{literal}{port}{parts.path or '/'}{query}", (ip, to.port))

    def resolve(self, client: Client, host: str) -> str:
        """The address of a name; threads that ask for the same one wait for one answer. Raises ProbeError."""
        key = (client, host)
        with self._lock:
            asked = key in self._known
            answer = self._known.setdefault(key, Future())
        if not asked:
            try:
                answer.set_result(self._sender.resolve(client, host))
            except BaseException as error:
                self._known.pop(key, None)  # the next try asks again
                answer.set_exception(error)  # for those who wait for it
                raise
        return answer.result()

    def cluster_ip(self, service: str, namespace: str) -> str:
        """Raises ClusterError where there is none."""
        found = self._cluster.get(Ref("v1", "Service", namespace, service))
        address = str((found or {}).get("spec", {}).get("clusterIP") or "")
        if address in ("", "None"):
            raise ClusterError(f"the Service {namespace}/{service} has no ClusterIP")
        return address

    def pod_ip(self, workload: str, namespace: str) -> str:
        """The address of the workload's first pod. Raises ClusterError where none has one."""
        pods = self._cluster.select(Selection("v1", "Pod", namespace, labels=f"app={workload}"))
        addresses = [
            str(pod["status"]["podIP"])
            for pod in sorted(pods, key=lambda pod: str(pod["metadata"]["name"]))
            if pod.get("status", {}).get("podIP") and not pod["metadata"].get("deletionTimestamp")
        ]
        if not addresses:
            raise ClusterError(f"no pod of {namespace}/{workload} has an address")
        return addresses[0]


def _port(port: int | None) -> int:
    return port or _HTTP_PORT
