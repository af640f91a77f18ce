"""What objects of scenarios get before they are applied: labels, and what only the profile knows."""

from typing import Any

from harness.mesh_profile import MeshProfile, MeshResource
from harness.scenario.derived import MESH_CONTROLLER
from harness.settings import OWNER, OWNER_LABEL, RUN_LABEL, SCENARIO_LABEL, STAGE_LABEL, Settings
from harness.stage import dress

LABELS = {OWNER_LABEL: OWNER, STAGE_LABEL: "gamma-producer", RUN_LABEL: "r", SCENARIO_LABEL: "s"}


def dressed(obj: dict[str, Any], tmp_path: Any, **profile: Any) -> dict[str, Any]:
    settings = Settings(run_id="r", run_dir=tmp_path, mesh=MeshProfile(name="some", **profile))
    return dress(obj, "s", settings)


def mesh(controller: str) -> dict[str, Any]:
    return {"kind": "XMesh", "metadata": {"name": "gamma-m"}, "spec": {"controllerName": controller}}


def test_a_mesh_of_the_mesh_gets_the_name_that_the_profile_knows(tmp_path):
    profile = {"meshResource": MeshResource(controllerName="example.com/mesh")}
    found = dressed(mesh(MESH_CONTROLLER), tmp_path, **profile)
    assert found["spec"]["controllerName"] == "example.com/mesh"
    assert found["metadata"]["labels"] == LABELS
    assert dressed(mesh("example.net/none"), tmp_path, **profile)["spec"]["controllerName"] == "example.net/none"
    assert dressed(mesh(MESH_CONTROLLER), tmp_path)["spec"]["controllerName"] == MESH_CONTROLLER


def test_a_service_gets_the_protocols_of_the_profile(tmp_path):
    ports = [{"port": 80, "targetPort": 8080, "appProtocol": "http"}, {"port": 8082}]
    service = {"kind": "Service", "metadata": {"name": "a", "labels": {"own": "x"}}, "spec": {"ports": ports}}
    found = dressed(service, tmp_path, appProtocol={8082: "h2c"})
    assert [port.get("appProtocol") for port in found["spec"]["ports"]] == ["http", "h2c"]
    assert found["metadata"]["labels"] == {"own": "x", **LABELS}
    assert "appProtocol" not in ports[1]
