"""The server with the Gateway API of other releases and channels: what it serves, completes and refuses."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.contract.lab_api.lab_api_server import ADMIN_TOKEN, RunningServer

GROUP, X_GROUP = "/apis/gateway.networking.k8s.io", "/apis/gateway.networking.x-k8s.io"
Answer = tuple[int, dict[str, Any]]


class Api:
    """Plain requests, so that nothing is hidden by a client."""

    def __init__(self, running: RunningServer) -> None:
        self._running = running
        self.call("POST", "/api/v1/namespaces", {"metadata": {"name": "a"}})

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        answer = requests.request(
            method,
            self._running.url + path,
            json=body,
            headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
            verify=str(self._running.folder / "tls" / "ca.crt"),
            timeout=10,
        )
        return answer.status_code, answer.json()

    def served(self, group: str) -> set[str]:
        """Every resource, with the version that it is served in."""
        status, body = self.call("GET", group)
        versions = [one["version"] for one in body["versions"]] if status == 200 else []
        listed = ((version, self.call("GET", f"{group}/{version}")[1]["resources"]) for version in versions)
        return {f"{version}/{one['name']}" for version, found in listed for one in found if "/" not in one["name"]}

    def create(self, kind: str, spec: dict[str, Any], version: str = "v1", strict: str = "Strict") -> Answer:
        body = {
            "apiVersion": f"gateway.networking.k8s.io/{version}",
            "kind": kind,
            "metadata": {"name": "r"},
            "spec": spec,
        }
        path = f"{GROUP}/{version}/namespaces/a/{kind.lower()}s?fieldValidation={strict}"
        return self.call("POST", path, body)


@contextlib.contextmanager
def serving(folder: Path, crds: str, channel: str) -> Iterator[Api]:
    running = RunningServer(folder, crds=crds, channel=channel)
    try:
        yield Api(running)
    finally:
        running.close()


@pytest.mark.parametrize(
    ("crds", "channel", "expected", "experimental"),
    [
        (
            "v1.1",
            "standard",
            {
                "v1/httproutes",
                "v1beta1/httproutes",
                "v1/grpcroutes",
                "v1beta1/referencegrants",
                "v1alpha2/referencegrants",
            },
            set(),
        ),
        (
            "v1.4",
            "experimental",
            {
                *("v1/httproutes", "v1beta1/httproutes", "v1/grpcroutes", "v1beta1/referencegrants"),
                *("v1alpha2/tcproutes", "v1alpha2/udproutes", "v1alpha2/tlsroutes", "v1alpha3/tlsroutes"),
            },
            {"v1alpha1/xmeshes", "v1alpha1/xbackendtrafficpolicies"},
        ),
        (
            "v1.6",
            "standard",
            {
                *("v1/httproutes", "v1beta1/httproutes", "v1/grpcroutes", "v1/referencegrants"),
                *("v1beta1/referencegrants", "v1/tcproutes", "v1/udproutes", "v1/tlsroutes"),
            },
            set(),
        ),
    ],
)
def test_exactly_the_resources_of_a_release_are_served(
    tmp_path: Path, crds: str, channel: str, expected: set[str], experimental: set[str]
):
    with serving(tmp_path, crds, channel) as api:
        # Gateways are there in every release and channel: some meshes are extended by them.
        assert api.served(GROUP) == expected | {"v1/gateways", "v1beta1/gateways"}
        assert api.served(X_GROUP) == experimental
        _, found = api.call("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
        annotations = [one["metadata"]["annotations"] for one in found["items"]]
        assert {one["gateway.networking.k8s.io/channel"] for one in annotations} == {channel}
        assert {one["gateway.networking.k8s.io/bundle-version"][:4] for one in annotations} == {crds}


def test_an_old_release_knows_no_newer_fields_and_kinds(tmp_path: Path):
    with serving(tmp_path, "v1.1", "standard") as api:
        spec = {"rules": [{"timeouts": {"request": "1s"}}]}
        assert api.create("HTTPRoute", spec)[0] == 400
        status, kept = api.create("HTTPRoute", spec, strict="Warn")
        assert (status, "timeouts" in kept["spec"]["rules"][0]) == (201, False)
        assert api.create("TCPRoute", {"rules": [{"backendRefs": [{"name": "a", "port": 80}]}]})[0] == 404


def test_an_object_is_the_same_in_every_version(tmp_path: Path):
    with serving(tmp_path, "v1.4", "experimental") as api:
        spec = {"rules": [{"retry": {"codes": [503], "attempts": 0}}]}
        status, created = api.create("HTTPRoute", spec, "v1beta1")
        assert (status, created["apiVersion"]) == (201, "gateway.networking.k8s.io/v1beta1")
        _, read = api.call("GET", f"{GROUP}/v1/namespaces/a/httproutes/r")
        assert read["apiVersion"] == "gateway.networking.k8s.io/v1"
        assert read["spec"] == created["spec"]
        _, listed = api.call("GET", f"{GROUP}/v1/httproutes")
        assert [one["metadata"]["name"] for one in listed["items"]] == ["r"]


def test_a_mesh_is_pending_and_keeps_its_controller(tmp_path: Path):
    with serving(tmp_path, "v1.6", "experimental") as api:
        mesh = {
            "apiVersion": "gateway.networking.x-k8s.io/v1alpha1",
            "kind": "XMesh",
            "metadata": {"name": "m"},
            "spec": {"controllerName": "example.org/mesh"},
        }
        status, created = api.call("POST", f"{X_GROUP}/v1alpha1/xmeshes", mesh)
        assert status == 201
        assert [(one["type"], one["status"]) for one in created["status"]["conditions"]] == [("Accepted", "Unknown")]
        changed = created | {"spec": {"controllerName": "example.org/other"}}
        status, refusal = api.call("PUT", f"{X_GROUP}/v1alpha1/xmeshes/m", changed)
        assert (status, refusal["details"]["causes"][0]["field"]) == (422, "spec.controllerName")
        described = created | {"spec": created["spec"] | {"description": "ours"}}
        assert api.call("PUT", f"{X_GROUP}/v1alpha1/xmeshes/m", described)[0] == 200
