"""The objects of the stage. Pure functions: the same arguments give the same objects."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from harness.scenario.model import ROLES
from harness.settings import OWNER, OWNER_LABEL, Settings
from harness.stage.key_pair import KEY_PAIR
from harness.stage.layout import (
    APP_LABEL,
    CLIENTS,
    CONTAINER,
    ENGINE_SOCKET,
    KEY_PAIR_FOLDER,
    LISTENERS,
    PROGRAM,
    WORKLOADS,
    Workload,
)

Obj = dict[str, Any]

CONTROL_FRONTEND = "control-frontend"
CONTROL_BACKEND = "control-backend"
ENROLMENT = "gamma.test/enrolment"


def namespaces(settings: Settings) -> list[Obj]:
    """One namespace a role, enrolled as the profile says. No Pod Security label: sidecars may need NET_ADMIN."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": settings.namespace(role),
                "labels": {**settings.labels(), **settings.mesh.labels.of(role)},
                **_filled("annotations", settings.mesh.annotations.of(role)),
            },
        }
        for role in ROLES
    ]


def program_name(program: bytes) -> str:
    """Name of the ConfigMap; carries the program's hash, because kubelet updates mounted ConfigMaps lazily."""
    return f"gamma-probe-{hashlib.sha256(program).hexdigest()[:10]}"


def config_maps(settings: Settings, program: bytes) -> list[Obj]:
    """The in-cluster program, once in each namespace."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": _metadata(settings, role, program_name(program)),
            "immutable": True,
            "binaryData": {PROGRAM.rsplit("/", 1)[1]: base64.b64encode(program).decode()},
        }
        for role in ROLES
    ]


#: The clients of a namespace stand on different nodes where there are several: a mesh may be right on one of them only.
APART: Obj = {
    "podAntiAffinity": {
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {
                "weight": 100,
                "podAffinityTerm": {
                    "topologyKey": "kubernetes.io/hostname",
                    "labelSelector": {
                        "matchExpressions": [{"key": APP_LABEL, "operator": "In", "values": [*CLIENTS]}],
                    },
                },
            }
        ]
    }
}


def deployments(settings: Settings, program: bytes) -> list[Obj]:
    """All workloads of the stage."""
    return [deployment(settings, workload, program_name(program)) for workload in WORKLOADS]


def deployment(settings: Settings, workload: Workload, program: str) -> Obj:
    """One workload; its pod template does not depend on the run, so that a later run finds it current."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(settings, workload.role, workload.name),
        "spec": {
            "replicas": workload.replicas,
            "selector": {"matchLabels": {"app": workload.name}},
            "template": {
                "metadata": {
                    "labels": {**workload.labels, OWNER_LABEL: OWNER},
                    **_filled("annotations", _enrolled_by(settings, workload.role)),
                },
                "spec": {
                    "securityContext": _pod_security(settings.run_as_user),
                    **_filled("affinity", {} if workload.echo else APART),
                    "terminationGracePeriodSeconds": 5,
                    **_filled("imagePullSecrets", [{"name": name} for name in settings.image_pull_secrets]),
                    "containers": [_container(settings, workload)],
                    "volumes": [
                        {"name": "program", "configMap": {"name": program}},
                        *([{"name": "tls", "configMap": {"name": KEY_PAIR}}] if workload.echo else []),
                        {"name": "run", "emptyDir": {}},
                        {"name": "tmp", "emptyDir": {}},
                    ],
                },
            },
        },
    }


def _enrolled_by(settings: Settings, role: str) -> dict[str, str]:
    """Pods are taken in when they are made: another enrolment than before wants new ones."""
    by = {"labels": settings.mesh.labels.of(role), "annotations": settings.mesh.annotations.of(role)}
    if not any(by.values()):
        return {}
    return {ENROLMENT: hashlib.sha256(json.dumps(by, sort_keys=True).encode()).hexdigest()[:10]}


def control_services(settings: Settings) -> list[Obj]:
    """Spare Services: a route from the first to the second tells whether the mesh takes in configuration at all."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": _metadata(settings, "producer", name),
            "spec": {
                "selector": {"app": app},
                "ports": [{"name": "http", "port": 80, "targetPort": 8080, "appProtocol": "http"}],
            },
        }
        for name, app in ((CONTROL_FRONTEND, "echo-v1"), (CONTROL_BACKEND, "echo-v2"))
    ]


def _container(settings: Settings, workload: Workload) -> Obj:
    listeners = LISTENERS if workload.echo else {}
    listen = [part for port, what in listeners.items() for part in ("--listen", f"{port}={what}")]
    listen += ["--key-pair", KEY_PAIR_FOLDER] if workload.echo else []
    ready = {"exec": {"command": ["python3", PROGRAM, "ready", "--socket", ENGINE_SOCKET]}, "timeoutSeconds": 5}
    ports = [{"name": f"{what}-{port}", "containerPort": port} for port, what in listeners.items()]
    return {
        "name": CONTAINER,
        "image": settings.image or settings.mesh.image,
        "command": [
            *("python3", PROGRAM, "serve", "--workload", workload.name, "--socket", ENGINE_SOCKET),
            *listen,
        ],
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        ],
        **_filled("ports", ports),
        "startupProbe": {**ready, "periodSeconds": 1, "failureThreshold": 120},
        "readinessProbe": {**ready, "periodSeconds": 10},
        # No CPU limit: a quota throttles in slices of 100 ms, and we measure time in here.
        "resources": {"requests": {"memory": "48Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "program", "mountPath": PROGRAM.rsplit("/", 1)[0], "readOnly": True},
            *([{"name": "tls", "mountPath": KEY_PAIR_FOLDER, "readOnly": True}] if workload.echo else []),
            {"name": "run", "mountPath": ENGINE_SOCKET.rsplit("/", 1)[0]},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - inside the container
        ],
    }


def _pod_security(user: int | None) -> Obj:
    return {
        "runAsNonRoot": True,
        **({} if user is None else {"runAsUser": user}),
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _metadata(settings: Settings, role: str, name: str) -> Obj:
    return {"name": name, "namespace": settings.namespace(role), "labels": settings.labels()}


def _filled(key: str, value: Any) -> Obj:
    """The entry, unless it would be empty."""
    return {key: value} if value else {}
