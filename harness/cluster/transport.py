"""One HTTP exchange with the API server, and its errors in words."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3
from kubernetes import client

from harness.cluster.model import ClusterError, Refused

_CONNECT_TIMEOUT = 5.0
_READ_TIMEOUT = 30.0
_VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}

# Every request of ours may be repeated: reads, server-side apply and delete end in the same state.
_RETRY = urllib3.Retry(
    total=6,
    connect=1,
    read=2,
    status=5,
    redirect=0,
    other=0,
    allowed_methods=None,
    status_forcelist=(429,),
    backoff_factor=0.1,
    raise_on_status=False,
)
_ONCE = urllib3.Retry(total=1, connect=1, read=0, redirect=0, status=0, other=0, backoff_factor=0.1)


class Transport:
    """Sends requests with the kubeconfig's credentials. Thread-safe."""

    def __init__(self, configuration: Any) -> None:
        self._configuration = configuration
        self._api = client.ApiClient(configuration=configuration)

    @property
    def host(self) -> str:
        """The API server's URL."""
        return str(self._configuration.host).rstrip("/")

    def close(self) -> None:
        """Close the pooled connections."""
        self._api.rest_client.pool_manager.clear()

    def request(  # noqa: PLR0917 - an HTTP request has these parts
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content_type: str = "application/json",
        agent: str = "gamma-conformance",
    ) -> dict[str, Any]:
        """The answer's JSON. Raises ClusterError; its ``code`` tells 404 and 409 apart."""
        headers = {"Content-Type": content_type} if body is not None else {}
        data = None if body is None else json.dumps(body).encode()
        response = self._send(method, path, query, headers, data, agent, _READ_TIMEOUT, _RETRY)
        if not 200 <= response.status <= 299:
            raise self.error(method, path, response.status, response.data)
        try:
            answer = json.loads(response.data)
        except ValueError:
            raise ClusterError(
                f"{self.host} does not answer like a Kubernetes API ({method} {path} gave no JSON)",
                "check the server address of the kubeconfig",
            ) from None
        return answer if isinstance(answer, dict) else {"items": answer}

    def stream(self, path: str, query: Mapping[str, str], agent: str, read_timeout: float) -> Any:
        """An open watch: an ``urllib3`` response whose body is not read yet."""
        response = self._send("GET", path, query, {}, None, agent, read_timeout, _ONCE, preload_content=False)
        if response.status != 200:
            data = response.data
            raise self.error("GET", path, response.status, data, verb="watch")
        return response

    def _send(  # noqa: PLR0917 - an HTTP request has these parts
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        headers: dict[str, str],
        data: bytes | None,
        agent: str,
        read_timeout: float,
        retries: urllib3.Retry,
        **options: Any,
    ) -> Any:
        headers = {"Accept": "application/json", "User-Agent": agent, **headers}
        for setting in self._configuration.auth_settings().values():
            if setting["value"]:
                headers[setting["key"]] = setting["value"]
        url = f"{self.host}{path}" + (f"?{urlencode(query)}" if query else "")
        timeout = urllib3.Timeout(connect=_CONNECT_TIMEOUT, read=read_timeout)
        try:
            return self._api.rest_client.pool_manager.request(
                method, url, body=data, headers=headers, timeout=timeout, retries=retries, **options
            )
        except (urllib3.exceptions.HTTPError, ssl.SSLError, OSError) as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: Exception) -> ClusterError:
        cause: object = getattr(error, "reason", None) or error
        if "CERTIFICATE_VERIFY_FAILED" in str(cause):
            hint = "its certificate is not the one the kubeconfig expects: fetch a fresh kubeconfig"
        else:
            hint = "is the cluster running, and is this the right --kube-context?"
        return ClusterError(f"the Kubernetes API at {self.host} cannot be reached: {cause}", hint, reason="Unreachable")

    def error(self, method: str, path: str, code: int, data: bytes, verb: str = "") -> ClusterError:
        """The API's answer as an error that names verb, resource and namespace, and says what to do."""
        try:
            status = json.loads(data)
        except ValueError:
            status = {}
        status = status if isinstance(status, dict) else {}
        said = str(status.get("message") or data[:200].decode(errors="replace"))
        reason = str(status.get("reason", ""))
        what = f"{verb or _VERBS.get(method, method)} {describe(path)}"
        if code == 401:
            text = f"the API at {self.host} does not accept our credentials (401)"
            return ClusterError(text, "log in again, or choose another --kube-context", code=code, reason=reason)
        if code == 403:
            text = f"the API forbids us to {what} (403): {said}"
            hint = "let an administrator grant it to the kubeconfig's user"
            return ClusterError(text, hint, code=code, reason=reason)
        if code in (400, 422):
            return Refused(said, code=code, reason=reason)
        return ClusterError(f"the API could not {what} ({code}): {said}", code=code, reason=reason)


def describe(path: str) -> str:
    """An API path in words.

    >>> describe("/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/cart")
    'httproutes.gateway.networking.k8s.io "cart" in namespace shop'
    >>> describe("/api/v1/namespaces/shop")
    'namespaces "shop"'
    """
    parts = path.strip("/").split("/")
    group, rest = ("", parts[2:]) if parts[0] == "api" else (parts[1] if len(parts) > 1 else "", parts[3:])
    if parts[0] not in ("api", "apis") or not rest:
        return path
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = f" in namespace {rest[1]}", rest[2:]
    resource = "/".join([rest[0], *rest[2:]]) + (f".{group}" if group else "")
    name = f' "{rest[1]}"' if len(rest) > 1 else ""
    return f"{resource}{name}{namespace}"
