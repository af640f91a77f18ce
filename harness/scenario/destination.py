"""What the URL of a probe names: a Service (by name or cluster IP) or a workload's pod."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.scenario.basics import Client
from harness.scenario.places import DEFAULT_PORT

SCHEMES = ("http", "clusterip", "podip", "tcp", "tls")
_NAMES = ("http", "tcp", "tls")
_REST = ((), ("svc",), ("svc", "cluster", "local"))


@dataclass(frozen=True, slots=True)
class Destination:
    """A Service and port as a client dials it; with scheme ``podip`` a workload and its container port."""

    scheme: str
    name: str
    namespace: str
    port: int

    @property
    def is_pod(self) -> bool:
        """Whether no Service is involved."""
        return self.scheme == "podip"

    @property
    def frontend(self) -> tuple[str, str, int]:
        """What all spellings of the same Service port have in common."""
        return self.namespace, self.name, self.port


def destination(url: str, client: Client) -> Destination:
    """What ``url`` names for ``client``: a name without namespace is one of the client's own.

    Raises ValueError with the reason where it names nothing.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise ValueError(f"the scheme is {parts.scheme or 'missing'!r}, allowed: {', '.join(SCHEMES)}")
    name, *rest = (parts.hostname or "").split(".")
    namespace = rest[0] if rest else client.namespace
    if not name or tuple(rest[1:]) not in _REST:
        raise ValueError(
            f"{parts.hostname or 'nothing'!r} is no Service: write NAME, NAME.NAMESPACE, NAME.NAMESPACE.svc "
            "or NAME.NAMESPACE.svc.cluster.local"
        )
    if parts.scheme in ("tcp", "tls") and parts.port is None:
        raise ValueError(f"{parts.scheme}:// needs the port: {parts.scheme}://{parts.hostname}:PORT")
    if parts.scheme not in _NAMES and not rest:
        raise ValueError(f"{parts.scheme}:// needs the namespace: {parts.scheme}://{name}.NAMESPACE:PORT/")
    return Destination(parts.scheme, name, namespace, parts.port or DEFAULT_PORT)


def pod_place(text: str) -> tuple[str, str] | None:
    """Workload and namespace of ``podip://WORKLOAD.NAMESPACE``, as EndpointSlices name addresses; None for others."""
    parts = urlsplit(text)
    name, dot, namespace = parts.netloc.partition(".")
    plain = parts.scheme == "podip" and f"podip://{parts.netloc}" == text
    return (name, namespace) if plain and name and dot and namespace else None
