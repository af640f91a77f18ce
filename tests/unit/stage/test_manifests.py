import base64
from pathlib import Path

import pytest

from harness.mesh_profile import load
from harness.settings import OWNER, OWNER_LABEL, Settings
from harness.stage import manifests
from harness.stage.layout import LISTENERS, WORKLOADS, endpoints_expected
from harness.stage.objects import dress

PROGRAM = b"a zipapp"


def settings(**more):
    return Settings(run_id="r1", run_dir=Path("runs/r1"), mesh=load("lab"), **more)


def found(objects):
    return {(obj["metadata"].get("namespace", ""), obj["metadata"]["name"]): obj for obj in objects}


def test_namespaces_are_ours_and_enrolled_as_the_profile_says():
    made = found(manifests.namespaces(settings()))
    assert set(made) == {
        ("", f"gamma-{role}") for role in ("producer", "consumer", "consumer-b", "bystander", "outside")
    }
    labels = made["", "gamma-consumer"]["metadata"]["labels"]
    assert labels == {
        OWNER_LABEL: OWNER,
        "gamma.test/stage": "gamma-producer",
        "gamma.test/run": "r1",
        "gamma-lab/mesh": "enabled",
    }
    assert "gamma-lab/mesh" not in made["", "gamma-outside"]["metadata"]["labels"]


def test_no_pod_security_level_is_enforced_on_namespaces():
    labels = [label for obj in manifests.namespaces(settings()) for label in obj["metadata"]["labels"]]
    assert not [label for label in labels if label.startswith("pod-security")]


def test_the_workloads_of_the_stage_with_their_replicas():
    made = found(manifests.deployments(settings(), PROGRAM))
    assert {f"{ns.removeprefix('gamma-')}/{name}": obj["spec"]["replicas"] for (ns, name), obj in made.items()} == {
        "producer/echo-v1": 1,
        "producer/echo-v2": 1,
        "producer/echo-v3": 4,
        "producer/client": 1,
        "consumer/echo-v1": 1,
        "consumer/client": 1,
        "consumer/client-b": 1,
        "consumer-b/client": 1,
        "bystander/echo-v1": 1,
        "bystander/client": 1,
        "outside/client": 1,
    }


def test_a_prefix_renames_every_namespace():
    spaces = {ns for ns, _ in found(manifests.deployments(settings(namespace_prefix="x-"), PROGRAM))}
    assert spaces == {"x-producer", "x-consumer", "x-consumer-b", "x-bystander", "x-outside"}


def test_the_program_travels_in_a_config_map_named_by_its_hash():
    (ours, *_) = made = manifests.config_maps(settings(), PROGRAM)
    assert len(made) == 5
    assert base64.b64decode(ours["binaryData"]["probe.pyz"]) == PROGRAM
    assert manifests.program_name(PROGRAM) != manifests.program_name(b"another")
    (deployment, *_) = manifests.deployments(settings(), PROGRAM)
    volumes = {volume["name"]: volume for volume in deployment["spec"]["template"]["spec"]["volumes"]}
    assert volumes["program"]["configMap"]["name"] == ours["metadata"]["name"]


@pytest.fixture
def echo_pod():
    return found(manifests.deployments(settings(), PROGRAM))["gamma-producer", "echo-v1"]["spec"]["template"]


class TestPods:
    def test_meet_the_restricted_standard(self, echo_pod):
        pod, (container,) = echo_pod["spec"]["securityContext"], echo_pod["spec"]["containers"]
        assert pod == {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
        assert writable == {"/run/gamma", "/tmp"}

    def test_leave_the_user_to_the_cluster_where_asked(self):
        (made, *_) = manifests.deployments(settings(run_as_user=None), PROGRAM)
        assert "runAsUser" not in made["spec"]["template"]["spec"]["securityContext"]

    def test_never_run_as_a_user_whose_traffic_meshes_exempt(self):
        assert Settings.model_fields["run_as_user"].default not in (1337, 2102, 5678)

    def test_have_no_cpu_limit_and_leave_the_token_alone(self, echo_pod):
        (container,) = echo_pod["spec"]["containers"]
        assert "limits" not in container["resources"]
        assert "automountServiceAccountToken" not in echo_pod["spec"]

    def test_are_asked_by_exec_whether_they_are_ready(self, echo_pod):
        (container,) = echo_pod["spec"]["containers"]
        for probe, period in (("startupProbe", 1), ("readinessProbe", 10)):
            assert container[probe]["exec"]["command"][:3] == ["python3", "/gamma/probe.pyz", "ready"]
            assert container[probe]["periodSeconds"] == period

    def test_declare_every_port_that_they_listen_on(self, echo_pod):
        (container,) = echo_pod["spec"]["containers"]
        declared = {port["containerPort"] for port in container["ports"]}
        asked = [word.split("=") for word in container["command"] if word[0].isdigit()]
        assert {int(port): protocol for port, protocol in asked} == LISTENERS
        assert declared == set(LISTENERS)
        assert all(len(port["name"]) <= 15 for port in container["ports"])

    def test_that_only_send_listen_nowhere(self):
        client = found(manifests.deployments(settings(), PROGRAM))["gamma-consumer", "client-b"]
        (container,) = client["spec"]["template"]["spec"]["containers"]
        assert "ports" not in container
        assert "--listen" not in container["command"]

    def test_run_the_image_of_the_profile_unless_another_is_asked_for(self):
        images = [
            manifests.deployments(made, PROGRAM)[0]["spec"]["template"]["spec"]["containers"][0]["image"]
            for made in (settings(), settings(image="mirror.example/python:3.13"))
        ]
        assert images == ["python:3.12-slim", "mirror.example/python:3.13"]

    def test_pull_with_the_secrets_that_were_named(self):
        specs = [
            manifests.deployments(made, PROGRAM)[0]["spec"]["template"]["spec"]
            for made in (settings(), settings(image_pull_secrets=("one", "two")))
        ]
        assert [spec.get("imagePullSecrets") for spec in specs] == [None, [{"name": "one"}, {"name": "two"}]]

    def test_do_not_change_from_run_to_run(self):
        first, second = (manifests.deployments(settings(worker=name), PROGRAM) for name in ("gw0", "gw1"))
        other_run = manifests.deployments(settings().model_copy(update={"run_id": "r2"}), PROGRAM)
        assert first == second
        assert [obj["spec"] for obj in first] == [obj["spec"] for obj in other_run]

    def test_are_selected_by_their_deployment(self):
        for made in manifests.deployments(settings(), PROGRAM):
            wanted = made["spec"]["selector"]["matchLabels"]
            assert wanted.items() <= made["spec"]["template"]["metadata"]["labels"].items()


@pytest.mark.parametrize(
    ("role", "selector", "count"),
    [
        ("producer", {"app": "echo-v1"}, 1),
        ("producer", {"app": "echo-v3"}, 4),
        ("producer", {"echo": "any"}, 6),
        ("consumer", {"echo": "any"}, 1),
        ("consumer", {"app": "echo-v2"}, 0),
        ("producer", {"app": "echo-v1", "echo": "any"}, 1),
        ("producer", {"app": "nobody"}, 0),
        ("producer", {}, 0),
        ("elsewhere", {"echo": "any"}, 0),
    ],
)
def test_the_endpoints_that_a_selector_should_find(role, selector, count):
    assert endpoints_expected(role, selector) == count


SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "a", "namespace": "gamma-producer", "labels": {"own": "x"}},
    "spec": {"ports": [{"port": 80, "targetPort": 8080, "appProtocol": "http"}, {"port": 8081}]},
}


class TestDress:
    def test_adds_our_labels_and_keeps_the_objects_own(self):
        labels = dress(SERVICE, "two-parents", settings())["metadata"]["labels"]
        assert labels == {
            "own": "x",
            OWNER_LABEL: OWNER,
            "gamma.test/stage": "gamma-producer",
            "gamma.test/run": "r1",
            "gamma.test/scenario": "two-parents",
        }

    def test_changes_nothing_else_and_not_the_original(self):
        dressed = dress(SERVICE, "two-parents", settings())
        assert dressed["spec"] == SERVICE["spec"]
        assert SERVICE["metadata"]["labels"] == {"own": "x"}

    def test_sets_the_profiles_app_protocol_by_container_port(self):
        mesh = load("lab").model_copy(update={"appProtocol": {8081: "http2"}})
        dressed = dress(SERVICE, "x", settings().model_copy(update={"mesh": mesh}))
        assert [port.get("appProtocol") for port in dressed["spec"]["ports"]] == ["http", "http2"]


def test_settings_survive_the_way_to_a_worker():
    sent = settings(context="kind-ci", time_scale=2.0, worker="gw3")
    assert Settings.model_validate_json(sent.model_dump_json()) == sent
    assert sent.patience == 2.0


def test_every_workload_has_a_role_of_the_stage():
    assert {workload.role for workload in WORKLOADS} == {"producer", "consumer", "consumer-b", "bystander", "outside"}
