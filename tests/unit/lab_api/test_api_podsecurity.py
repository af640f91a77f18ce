"""Pod Security: the project's own pods pass, a proxy that rewrites the network is refused in a cluster's words."""

from __future__ import annotations

from typing import Any

import pytest

from harness.mesh_profile import load
from harness.settings import Settings
from harness.stage import manifests
from lab.api.podsecurity import ENFORCE, violation

SAFE = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
POD_SAFE = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def _pod(security: dict[str, Any] | None = None, whole: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    container = {"name": "app", "securityContext": SAFE if security is None else security}
    return {"spec": {"securityContext": POD_SAFE if whole is None else whole, "containers": [container], **spec}}


def _refusal(level: str, pod: dict[str, Any]) -> str:
    return violation({ENFORCE: level}, pod)


def test_our_own_pods_pass(tmp_path: Any) -> None:
    settings = Settings(run_id="r", run_dir=tmp_path, mesh=load("lab"))
    for deployment in manifests.deployments(settings, b"program"):
        assert _refusal("restricted", deployment["spec"]["template"]) == ""


def test_a_proxy_that_rewrites_the_network_is_refused() -> None:
    init = {
        "name": "istio-init",
        "securityContext": {
            **SAFE,
            "capabilities": {"add": ["NET_ADMIN", "NET_RAW"], "drop": ["ALL"]},
            "runAsNonRoot": False,
            "runAsUser": 0,
        },
    }
    pod = _pod(initContainers=[init])
    why = '(container "istio-init" must not include "NET_ADMIN", "NET_RAW" in securityContext.capabilities.add)'
    assert _refusal("baseline", pod) == f'violates PodSecurity "baseline:latest": non-default capabilities {why}'
    assert _refusal("restricted", pod) == (
        f'violates PodSecurity "restricted:latest": non-default capabilities {why}, unrestricted capabilities {why}, '
        'runAsNonRoot != true (container "istio-init" must not set securityContext.runAsNonRoot=false), '
        'runAsUser=0 (container "istio-init" must not set runAsUser=0)'
    )


def test_a_careless_pod_is_told_everything() -> None:
    assert _refusal("restricted", _pod({}, {})) == (
        'violates PodSecurity "restricted:latest": '
        'allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), '
        'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]), '
        'runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true), '
        'seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or '
        '"Localhost")'
    )
    assert _refusal("baseline", _pod({}, {})) == ""


@pytest.mark.parametrize(
    ("pod", "text"),
    [
        (_pod({**SAFE, "privileged": True}), 'privileged (container "app" must not set'),
        (_pod(hostNetwork=True), "host namespaces (hostNetwork=true)"),
        (_pod(volumes=[{"name": "v", "hostPath": {"path": "/"}}]), 'hostPath volumes (volume "v")'),
        (_pod({**SAFE, "seccompProfile": {"type": "Unconfined"}}), 'seccompProfile (container "app" must not set'),
    ],
)
def test_what_both_levels_forbid(pod: dict[str, Any], text: str) -> None:
    assert text in _refusal("baseline", pod)
    assert text.partition(" ")[0] in _refusal("restricted", pod)


def test_the_level_and_its_version_are_the_namespace_s() -> None:
    assert violation({}, _pod({}, {})) == ""
    assert _refusal("privileged", _pod({}, {})) == ""
    told = violation({ENFORCE: "restricted", f"{ENFORCE}-version": "v1.31"}, _pod({}, {}))
    assert told.startswith('violates PodSecurity "restricted:v1.31": ')
