"""The preflight against real labs: rights that are missing, pods that are forbidden, meshes that are not there."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.cluster import KubeCluster, Obj, Selection, load_configuration
from harness.evidence import load
from harness.evidence.model import Verdict
from harness.mesh_profile import load as load_profile
from harness.preflight import NotReadyError, Preflight
from harness.preflight.needs import MANIFEST
from harness.scenario import load_catalogue
from harness.settings import Settings
from lab.credentials import AUDIT, GROUP, USER, USER_CONTEXT
from tests.lab.lab_processes import PROJECT
from tests.lab.shared_lab import SharedLab, finished, prepared, shared_lab

FULL = os.environ.get("GAMMA_FULL") == "1"
ROLES = "gamma-conformance", "gamma-conformance-stage"
DISPENSABLE = "nodes", "customresourcedefinitions", "xmeshes", "events"
MANIFESTS = list(yaml.safe_load_all((PROJECT / MANIFEST).read_text()))
# All kinds of routes, a workload that is scaled, a status that is patched, slices and grants of scenarios.
SELECTION = (
    "unmatched-rejected",
    "foreign-entries",
    "scale-to-zero",
    "service-types",
    "reference-grant",
    "tls-route",
    "tcp-missing-backend",
    "grpc-bad-backends",
    "rules-omitted",
)


def role(name: str) -> Obj:
    return next(
        copy.deepcopy(one) for one in MANIFESTS if (one["kind"], one["metadata"]["name"]) == ("ClusterRole", name)
    )


def granted() -> set[tuple[str, str, str]]:
    return {
        (group, resource, verb)
        for name in ROLES
        for rule in role(name)["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def without(name: str, group: str, resource: str, verb: str) -> Obj:
    """A role that does not grant this any more."""
    found = role(name)
    rules = []
    for rule in found["rules"]:
        if group in rule["apiGroups"] and resource in rule["resources"]:
            others = [one for one in rule["resources"] if one != resource]
            verbs = [one for one in rule["verbs"] if one != verb]
            rules += [{**rule, "resources": others}] if others else []
            rules += [{**rule, "resources": [resource], "verbs": verbs}] if verbs else []
        else:
            rules.append(rule)
    return {**found, "rules": rules}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedLab]:
    with shared_lab(tmp_path_factory.mktemp("lab")) as shared:
        for obj in MANIFESTS:
            shared.cluster.apply(bound_to_users(obj))
        yield shared


def bound_to_users(obj: Obj) -> Obj:
    """The same, with the lab's plain users instead of the ServiceAccount."""
    if obj["kind"] != "ClusterRoleBinding":
        return obj
    return {**obj, "subjects": [{"kind": "Group", "name": GROUP, "apiGroup": "rbac.authorization.k8s.io"}]}


def audit(lab: SharedLab, user: str) -> list[dict[str, Any]]:
    lines = (lab.lab.config.lab_dir / AUDIT).read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["user"] == user and "resource" in line]


def ours(lab: SharedLab, prefix: str = "gamma-") -> list[str]:
    found = {str(obj["metadata"]["name"]) for obj in lab.cluster.select(Selection("v1", "Namespace"))}
    return sorted(name for name in found - {"gamma-conformance", "gamma-lab-system"} if name.startswith(prefix))


def used_in(lab: SharedLab, since: int = 0) -> set[tuple[str, str, str]]:
    """What the plain user did since, by the audit log; nothing was denied, and nothing was done that is not granted."""
    asked = audit(lab, USER)[since:]
    assert [line for line in asked if line["code"] == 403] == []
    used = {
        (line.get("group", ""), "/".join(filter(None, (line["resource"], line.get("subresource")))), verb)
        for line in asked
        for verb in (line["verb"], *line.get("also", ()))
    } - {("authorization.k8s.io", "selfsubjectaccessreviews", "create")}
    assert used <= granted()
    return used


@pytest.mark.skipif(not FULL, reason="plays the whole catalogue: GAMMA_FULL=1, or tox -e rbac")
def test_the_shipped_roles_grant_what_a_run_of_everything_uses_and_nothing_more(tmp_path):
    with shared_lab(tmp_path / "lab", channel="experimental") as shared:
        for obj in MANIFESTS:
            shared.cluster.apply(bound_to_users(obj))
        options = ("--kube-context", USER_CONTEXT, "-n", "10", "--maxschedchunk", "1")
        status, output = finished(shared.run(tmp_path / "run", *options, scenario=""), 900)
        assert status == 0, output
        assert granted() - used_in(shared) <= {
            ("", "pods", "watch"),  # where a profile names signs of the data plane, or namespaces are prepared
            ("", "configmaps", "delete"),  # to give the prefix back, if its namespace has not been seen to go before
            ("", "events", "list"),  # where pods do not get ready, and as evidence
            ("discovery.k8s.io", "endpointslices", "watch"),  # where pods are slower than we are
        }
        assert ours(shared) == []


def test_the_shipped_roles_grant_what_runs_use_and_nothing_more(lab, tmp_path):
    chosen = [word for name in SELECTION for word in ("--scenario", name)]
    before = len(audit(lab, USER))  # other tests of this lab take rights away
    status, output = finished(
        lab.run(tmp_path / "run", "--kube-context", USER_CONTEXT, "-n", "2", *chosen, scenario="")
    )
    assert status == 0, output
    used = used_in(lab, since=before)
    gateway = "gateway.networking.k8s.io"
    assert granted() - used <= {
        ("", "configmaps", "delete"),  # to give the prefix back, if its namespace has not been seen to go before
        ("", "services", "delete"),  # by steps that delete, and where namespaces are prepared
        ("", "pods", "watch"),  # where a profile names signs of the data plane, or namespaces are prepared
        ("", "events", "list"),  # where pods do not get ready, and as evidence
        ("discovery.k8s.io", "endpointslices", "watch"),  # where pods are slower than we are
        ("apps", "deployments", "get"),  # by steps that scale
        *((gateway, f"{kind}routes", "get") for kind in ("grpc", "http")),  # by steps that read back
        # where the experimental channel is installed
        *(
            ("gateway.networking.x-k8s.io", "xmeshes", verb)
            for verb in ("create", "delete", "get", "list", "patch", "watch")
        ),
        ("gateway.networking.x-k8s.io", "xbackendtrafficpolicies", "list"),
    }
    assert ours(lab) == []


@pytest.fixture(scope="module")
def preflight(lab, tmp_path_factory) -> Iterator[Any]:
    """What runs a preflight's first part as the plain user, with one verb less."""
    cluster = KubeCluster.connect(load_configuration(lab.lab.kubeconfig, USER_CONTEXT))
    settings = Settings(run_id="preflight-test", run_dir=Path("runs"), mesh=load_profile("lab"))
    scenarios = list(load_catalogue([PROJECT / "scenarios"]).values())

    def look() -> Preflight:
        found = Preflight(settings, cluster, lambda _text: None)
        found.before_stage(scenarios)
        return found

    yield look
    cluster.close()


def test_with_every_right_nothing_is_missed(preflight):
    assert {line.grade for line in preflight().lines} == {"pass"}


@pytest.mark.parametrize(("group", "resource", "verb"), sorted(granted()))
def test_each_verb_is_missed_by_its_name_before_anything_is_touched(lab, preflight, group, resource, verb):
    before = len(audit(lab, USER))
    for name in ROLES:
        lab.cluster.apply(without(name, group, resource, verb))
    try:
        lines = preflight().lines
    except NotReadyError as error:
        lines = list(error.lines)
    finally:
        for name in ROLES:
            lab.cluster.apply(role(name))
    (told,) = (line for line in lines if line.check == "permissions")
    plural, slash, sub = resource.partition("/")
    assert f"{verb} {plural}{f'.{group}' if group else ''}{slash}{sub} " in told.text
    assert f"resources: [{resource}], verbs: [{verb}]" in told.hint
    assert MANIFEST in told.hint
    assert told.grade == ("warn" if resource in DISPENSABLE else "fail")
    writes = [line for line in audit(lab, USER)[before:] if line["verb"] not in {"get", "list", "watch"}]
    assert {line["resource"] for line in writes} == {"selfsubjectaccessreviews"}
    assert ours(lab) == []


def test_gamma_preflight_tells_as_the_run_would_and_leaves_nothing(lab, tmp_path):
    less = role("gamma-conformance-stage")
    for rule in less["rules"]:
        if "pods/exec" in rule["resources"]:
            rule["verbs"].remove("create")
    lab.cluster.apply(less)
    try:
        for status, output in (
            lab.gamma("preflight", "--kube-context", USER_CONTEXT),
            finished(lab.run(tmp_path / "run", "--kube-context", USER_CONTEXT)),
        ):
            assert status == 3, output
            assert "we may not create pods/exec in gamma-producer" in output
            assert MANIFEST in output
    finally:
        lab.cluster.apply(role("gamma-conformance-stage"))
    header = load(tmp_path / "run", allow_incomplete=True).header
    assert [line.grade for line in header.preflight] == ["fail"]
    assert ours(lab) == []
    status, output = lab.gamma("preflight", "--kube-context", USER_CONTEXT, "--json")
    assert (status, {line["grade"] for line in json.loads(output)}) == (0, {"pass"}), output
    assert ours(lab) == []


def test_namespaces_that_are_not_enrolled_are_told_from_no_mesh(lab):
    prepared(lab, "bare-", "lab", lambda metadata: metadata["labels"].pop("gamma-lab/mesh", None))
    status, output = lab.gamma("preflight", "--namespace-prefix", "bare-", "--time-scale", "0.2")
    assert status == 3, output
    assert "there is a mesh here (gamma.test/lab-mesh wrote the route's status)" in output
    assert "bare-producer lacks gamma-lab/mesh=enabled" in output
    assert len(ours(lab, "bare-")) == 5, "they are an administrator's"


def test_a_mesh_that_ignores_routes_is_a_finding_and_no_obstacle(lab):
    # The profile enrols nothing, so the lab leaves these namespaces alone, as a mesh would that ignores routes.
    status, output = lab.gamma("preflight", "--mesh", "generic", "--time-scale", "0.2")
    assert status == 0, output
    assert "warn  mesh" in output
    assert "enrolled, but routes are ignored" in output


def test_a_container_that_pod_security_forbids_is_the_reason_and_no_time_out(tmp_path):
    with shared_lab(tmp_path / "lab", pose="istio-sidecar") as lab:
        restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
        prepared(lab, "tight-", "istio-sidecar", lambda metadata: metadata["labels"].update(restricted))
        status, output = lab.gamma("preflight", "--mesh", "istio-sidecar", "--namespace-prefix", "tight-")
        assert status == 3, output
        assert 'violates PodSecurity "restricted:latest": non-default capabilities (container "istio-init"' in output
        assert "waited" not in output
        events = lab.cluster.select(Selection("v1", "Event", "tight-producer"))
        assert {event["reason"] for event in events} == {"FailedCreate"}


def test_without_a_mesh_no_scenario_is_marked_failed(lab, tmp_path):
    process = lab.start(
        "pytest", "--lab-no-mesh", "--time-scale", "0.2", "--scenario", "paths", f"--report-dir={tmp_path / 'run'}"
    )
    status, output = finished(process)
    assert status == 3, output
    assert "no mesh here" in output
    report = load(tmp_path / "run", allow_incomplete=True)
    assert report.checks == ()
    assert [(line.check, line.grade) for line in report.header.preflight][-1] == ("mesh", "fail")


def test_forced_past_the_preflight_nothing_passes_without_a_mesh(lab, tmp_path):
    chosen = [
        w for name in ("unmatched-rejected", "paths", "consumer-timeout", "accepted") for w in ("--scenario", name)
    ]
    options = ["--lab-no-mesh", "--no-preflight", "--time-scale", "0.1", "-n", "2", f"--report-dir={tmp_path / 'run'}"]
    status, output = finished(lab.start("pytest", *options, *chosen))
    assert status == 1, output
    report = load(tmp_path / "run")
    assert report.header.preflight == ()
    assert Verdict.FAIL in {check.verdict for check in report.checks}
    assert [check.id for check in report.checks if check.verdict is Verdict.PASS] == []
