"""The stage as authors of scenarios know it: who sends, who answers, on which ports. Data only."""

from __future__ import annotations

from harness.scenario.basics import NAMESPACE_PREFIX, ROLES

NAMESPACES = tuple(NAMESPACE_PREFIX + role for role in ROLES)

#: Role -> the workloads that send.
CLIENTS: dict[str, tuple[str, ...]] = dict.fromkeys(ROLES, ("client",)) | {"consumer": ("client", "client-b")}

#: Role -> the workloads that answer.
ECHOES: dict[str, tuple[str, ...]] = {
    "producer": ("echo-v1", "echo-v2", "echo-v3"),
    "consumer": ("echo-v1",),
    "bystander": ("echo-v1",),
}

#: Container port -> the ``appProtocol`` that every Service gives it: meshes read a pod port's protocol from whichever
#: Service they meet first.
APP_PROTOCOLS: dict[int, str | None] = {
    8080: "http",
    8081: "http",
    8082: "kubernetes.io/h2c",
    8083: "kubernetes.io/ws",
    7070: "grpc",
    8084: None,
    8085: "kubernetes.io/wss",  # one that meshes do not support
    9090: "tcp",
    8443: "tls",
}

DEFAULT_PORT = 80


def role_of(namespace: str) -> str:
    """``gamma-consumer`` is ``consumer``."""
    return namespace.removeprefix(NAMESPACE_PREFIX)
