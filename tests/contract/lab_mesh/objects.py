"""Kubernetes objects for tests of the mesh, as the API would serve them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

P, C, D = "gamma-producer", "gamma-consumer", "gamma-bystander"


def namespace(name: str, *, enrolled: bool = True) -> Json:
    labels = {"gamma-lab/mesh": "enabled"} if enrolled else {}
    return {"kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def pod(namespace: str, name: str, ip: str, **labels: str) -> Json:
    return {
        "kind": "Pod",
        "metadata": {"namespace": namespace, "name": name, "labels": labels},
        "status": {"podIP": ip, "phase": "Running"},
    }


def service(name: str, ip: str, namespace: str = P, ports: dict[str, int] | None = None, **spec: Any) -> Json:
    listed = [
        {"name": label, "port": number, "targetPort": 8080, "protocol": "TCP", "appProtocol": "http"}
        for label, number in (ports or {"http": 80}).items()
    ]
    return {
        "kind": "Service",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"clusterIP": ip, "ports": listed, "selector": {"app": name}, **spec},
    }


def endpoints(service: str, *ips: str, namespace: str = P, ports: dict[str, int] | None = None) -> Json:
    return {
        "kind": "EndpointSlice",
        "metadata": {
            "namespace": namespace,
            "name": f"{service}-1",
            "labels": {"kubernetes.io/service-name": service},
        },
        "addressType": "IPv4",
        "ports": [{"name": label, "port": number} for label, number in (ports or {"http": 8080}).items()],
        "endpoints": [{"addresses": [ip], "conditions": {"ready": True}} for ip in ips],
    }


def parent(service: str, namespace: str | None = None, **more: Any) -> Json:
    ref = {"group": "", "kind": "Service", "name": service, **more}
    return ref | ({"namespace": namespace} if namespace else {})


def route(name: str, parents: Json | list[Json], *rules: Json, namespace: str = P, **meta: Any) -> Json:
    created = meta.pop("created", "2026-01-01T00:00:00Z")
    return {
        "kind": "HTTPRoute",
        "metadata": {"namespace": namespace, "name": name, "generation": 1, "creationTimestamp": created, **meta},
        "spec": {"parentRefs": parents if isinstance(parents, list) else [parents], "rules": list(rules)},
    }


def grpc_route(name: str, parents: Json | list[Json], *rules: Json, **meta: Any) -> Json:
    return {**route(name, parents, *rules, **meta), "kind": "GRPCRoute"}


def call(service: str = "", method: str = "", *headers: Json, **more: Any) -> Json:
    named = {key: value for key, value in (("service", service), ("method", method)) if value}
    made: Json = {"method": named | more} if named else {}
    return made | ({"headers": list(headers)} if headers else {})


def tcp_route(name: str, parents: Json | list[Json], to: Any, **meta: Any) -> Json:
    return {**route(name, parents, rule(to=to), **meta), "kind": "TCPRoute"}


def tls_route(name: str, parents: Json | list[Json], hostnames: list[str], to: Any, **meta: Any) -> Json:
    made = {**route(name, parents, rule(to=to), **meta), "kind": "TLSRoute"}
    return {**made, "spec": {**made["spec"], "hostnames": hostnames}}


def rule(*matches: Json, to: Any = None, **more: Any) -> Json:
    made: Json = dict(more)
    if matches:
        made["matches"] = list(matches)
    if to is not None:
        made["backendRefs"] = [backend(each) if isinstance(each, str) else each for each in _listed(to)]
    return made


def _listed(to: Any) -> list[Any]:
    return to if isinstance(to, list) else [to]


def backend(name: str, weight: int = 1, *, port: int = 80, **more: Any) -> Json:
    return {"group": "", "kind": "Service", "name": name, "port": port, "weight": weight, **more}


def prefix(value: str, **more: Any) -> Json:
    return {"path": {"type": "PathPrefix", "value": value}, **more}


def exact(value: str, **more: Any) -> Json:
    return {"path": {"type": "Exact", "value": value}, **more}


def header(name: str, value: str) -> Json:
    return {"name": name, "value": value}


def edit_request(**edits: Any) -> Json:
    return {"type": "RequestHeaderModifier", "requestHeaderModifier": edits}


def edit_response(**edits: Any) -> Json:
    return {"type": "ResponseHeaderModifier", "responseHeaderModifier": edits}


def redirect(**fields: Any) -> Json:
    return {"type": "RequestRedirect", "requestRedirect": fields}


def rewrite(**fields: Any) -> Json:
    return {"type": "URLRewrite", "urlRewrite": fields}


def replace_prefix(value: str) -> Json:
    return {"type": "ReplacePrefixMatch", "replacePrefixMatch": value}


def replace_path(value: str) -> Json:
    return {"type": "ReplaceFullPath", "replaceFullPath": value}


def cors(**fields: Any) -> Json:
    return {"type": "CORS", "cors": fields}


def mirror(name: str, **share: Any) -> Json:
    return {"type": "RequestMirror", "requestMirror": {"backendRef": backend(name), **share}}
