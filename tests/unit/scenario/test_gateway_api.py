"""On which releases and channels a scenario is played, and why not on others."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.scenario import (
    channel,
    features_needed,
    kinds_written,
    needs_controller,
    obstacle,
    since,
    support_level,
)
from harness.scenario.derived import MESH_CONTROLLER
from harness.scenario.gateway_api import first_release
from harness.scenario.model import Scenario
from spec import crds

from .spoil import lint_problems, parsed

Obj = dict[str, Any]
BACKEND = {"name": "front", "port": 80}
SERVICE: Obj = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "front", "namespace": "gamma-producer"},
    "spec": {
        "selector": {"app": "echo-v1"},
        "ports": [{"name": "http", "port": 80, "targetPort": 8080, "appProtocol": "http"}],
    },
}


def route(kind: str = "HTTPRoute", *parents: Obj, version: str = "v1", **spec: Any) -> Obj:
    refs = [{"group": "", "kind": "Service", "name": "front", **parent} for parent in parents or ({},)]
    return {
        "apiVersion": f"gateway.networking.k8s.io/{version}",
        "kind": kind,
        "metadata": {"name": "front", "namespace": "gamma-producer"},
        "spec": {"parentRefs": refs, **spec},
    }


def rule(**fields: Any) -> Obj:
    return route(rules=[{"backendRefs": [BACKEND], **fields}])


def filtered(kind: str, **fields: Any) -> Obj:
    return route(rules=[{"filters": [{"type": kind, **fields}]}])


def mesh(controller: str = "example.net/mesh", name: str = "gamma-mesh") -> Obj:
    return {
        "apiVersion": "gateway.networking.x-k8s.io/v1alpha1",
        "kind": "XMesh",
        "metadata": {"name": name},
        "spec": {"controllerName": controller},
    }


def text(*applied: Obj, refused: Obj | None = None, accepted: Obj | None = None, **header: Any) -> str:
    manifests: Obj = {"services": [SERVICE, *applied]}
    steps: list[Obj] = [{"apply": "services"}]
    for verb, obj in (("refused", refused), ("accepted", accepted)):
        if obj is not None:
            manifests[verb] = [obj]
            steps.append({verb: verb, "checks": [{"check": verb, "proves": ["attachment.unmatched-rejected"]}]})
    document = {
        "scenario": "made",
        "title": "A scenario that is made to ask admission",
        "why": "Nobody is hurt by a scenario that only exists in a test of the suite itself.",
        **header,
        "manifests": manifests,
        "steps": steps,
    }
    return yaml.safe_dump(document, sort_keys=False)


def made(*applied: Obj, refused: Obj | None = None, accepted: Obj | None = None, **header: Any) -> Scenario:
    return parsed(text(*applied, refused=refused, accepted=accepted, **header), "examples/made.yaml")


REDIRECT = filtered("RequestRedirect", requestRedirect={"statusCode": 308})
MIRROR = filtered("RequestMirror", requestMirror={"backendRef": BACKEND, "percent": 50})
TWO_PORTS = route("HTTPRoute", {"port": 80}, {"port": 81})


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        (made(rule()), ("v1.1", "standard")),
        (made(rule(timeouts={"request": "1s"})), ("v1.2", "standard")),
        (made(MIRROR), ("v1.3", "standard")),
        (made(rule(name="a")), ("v1.4", "standard")),
        (made(REDIRECT), ("v1.5", "standard")),
        (made(filtered("CORS", cors={})), ("v1.5", "standard")),
        (made(route("TLSRoute", hostnames=["a.example"], rules=[{"backendRefs": [BACKEND]}])), ("v1.5", "standard")),
        (made(route("TCPRoute", rules=[{"backendRefs": [BACKEND]}])), ("v1.6", "standard")),
        (made(rule(retry={"attempts": 1})), ("v1.2", "experimental")),
        (made(rule(sessionPersistence={"type": "Header"})), ("v1.1", "experimental")),
        (made(mesh()), ("v1.4", "experimental")),
        (made(rule(), since="v1.4"), ("v1.4", "standard")),
        (made(rule(), since="v1.9"), ("v1.6", "standard")),  # of no release yet: asked of the newest
        (made(refused=route(rules=[])), ("v1.5", "standard")),  # older ones let it through
        (made(refused=TWO_PORTS), ("v1.1", "standard")),
        (made(accepted=TWO_PORTS), ("v1.1", "experimental")),
        (made(refused=route(rules=[{"name": "a"}, {"name": "a"}])), ("v1.2", "experimental")),
    ],
)
def test_the_first_release_that_has_everything(scenario: Scenario, expected: tuple[str, str]) -> None:
    assert first_release(scenario) == expected
    assert (since(scenario), channel(scenario)) == expected
    assert obstacle(scenario, crds.BUNDLES[expected], expected[1]) == ""


@pytest.mark.parametrize(
    ("scenario", "version", "cluster_channel", "expected"),
    [
        (
            made(rule(timeouts={"request": "1s"})),
            "v1.1.0",
            "standard",
            "needs Gateway API v1.2 for the feature HTTPRouteRequestTimeout (the cluster has v1.1.0, standard)",
        ),
        (
            made(rule(retry={"attempts": 1})),
            "v1.6.1",
            "standard",
            "needs the experimental channel for the feature HTTPRouteRetry (the cluster has v1.6.1, standard)",
        ),
        (
            made(rule(sessionPersistence={})),
            "v1.1.0",
            "standard",
            "needs the experimental channel for the feature HTTPRouteSessionPersistence "
            "(the cluster has v1.1.0, standard)",
        ),
        (
            made(rule(retry={"attempts": 1})),
            "v1.1.0",
            "standard",
            "needs Gateway API v1.2, experimental channel for the feature HTTPRouteRetry "
            "(the cluster has v1.1.0, standard)",
        ),
        (
            made(route("TCPRoute", rules=[{"backendRefs": [BACKEND]}])),
            "v1.4.1",
            "experimental",
            "needs Gateway API v1.6 for TCPRoute v1 (the cluster has v1.4.1, experimental)",
        ),
        (
            made(mesh()),
            "v1.6.1",
            "standard",
            "needs the experimental channel for the feature XMesh (the cluster has v1.6.1, standard)",
        ),
        (
            made(route(useDefaultGateways="All")),
            "v1.6.1",
            "standard",
            "needs the experimental channel for HTTPRoute spec.useDefaultGateways (the cluster has v1.6.1, standard)",
        ),
        (
            made(rule(sessionPersistence={"idleTimeout": "1s"})),
            "v1.6.1",
            "experimental",
            "needs Gateway API v1.5 or older for HTTPRoute spec.rules[0].sessionPersistence.idleTimeout "
            "(the cluster has v1.6.1, experimental)",
        ),
        (
            made(refused=route(rules=[])),
            "v1.4.1",
            "standard",
            "needs Gateway API v1.5 for the refusal of HTTPRoute front (the cluster has v1.4.1, standard)",
        ),
        (
            made(accepted=TWO_PORTS),
            "v1.6.1",
            "standard",
            "needs the experimental channel for HTTPRoute spec.parentRefs (the cluster has v1.6.1, standard)",
        ),
        (
            made(refused=TWO_PORTS),
            "v1.6.1",
            "experimental",
            "needs the standard channel for the refusal of HTTPRoute front (the cluster has v1.6.1, experimental)",
        ),
        (made(rule(), since="v1.4"), "v1.1.0", "standard", "needs Gateway API v1.4 (the cluster has v1.1.0, standard)"),
        (
            made(rule(retry={"attempts": 1})),
            "",
            "",
            "needs the experimental channel for the feature HTTPRouteRetry "
            "(the cluster has CRDs of unknown version, taken for v1.6.1, standard)",
        ),
        (
            made(rule(retry={"attempts": 1})),
            "v0.0.0-dev",
            "standard",
            "needs the experimental channel for the feature HTTPRouteRetry "
            "(the cluster has v0.0.0-dev, taken for v1.6.1, standard)",
        ),
    ],
)
def test_why_it_is_not_played_elsewhere(scenario: Scenario, version: str, cluster_channel: str, expected: str) -> None:
    assert obstacle(scenario, version, cluster_channel) == expected


def test_what_only_the_experimental_channel_has_is_experimental() -> None:
    assert support_level(made(mesh())) == "experimental"
    assert support_level(made(route(useDefaultGateways="All"))) == "experimental"
    assert support_level(made(filtered("CORS", cors={}))) == "extended"


def test_a_mesh_is_needed_where_its_status_is_judged() -> None:
    header = {
        "check": "accepted",
        "proves": ["mesh-resource.accepted"],
        "of": "Mesh/mesh",
        "conditions": {"Accepted": "True"},
    }
    document = yaml.safe_load(text(route()))
    document["steps"].append({"status": "2s", "checks": [header]})
    scenario = parsed(yaml.safe_dump(document, sort_keys=False), "examples/made.yaml")
    assert features_needed(scenario) >= {"XMesh"}
    assert first_release(scenario) == ("v1.4", "experimental")


@pytest.mark.parametrize("version", ["v1.6.9", "v1.7.0", "v2.0.0-rc.1", "v0.0.0-dev", ""])
def test_newer_and_unknown_versions_are_taken_for_the_newest(version: str) -> None:
    assert obstacle(made(rule(timeouts={"request": "1s"})), version, "standard") == ""


def test_a_release_before_meshes_counts_as_the_oldest() -> None:
    assert "(the cluster has v1.0.0, standard)" in obstacle(made(rule(name="a")), "v1.0.0", "standard")


def test_a_refusal_for_another_reason_than_the_one_meant_does_not_count() -> None:
    """v1.1 would refuse the unknown field, and the scenario would take that for the rule at work."""
    longer = rule(timeouts={"request": "1s", "backendRequest": "2s"})
    assert "needs Gateway API v1.2" in obstacle(made(refused=longer), "v1.1.0", "standard")
    assert obstacle(made(refused=longer), "v1.2.1", "standard") == ""


def test_kinds_that_the_cluster_lacks_are_an_obstacle_whatever_its_crds_say() -> None:
    scenario = made(route("TCPRoute", rules=[{"backendRefs": [BACKEND]}]))
    assert kinds_written(scenario) == {("gateway.networking.k8s.io/v1", "TCPRoute")}
    unserved = ("TCPRoute v1", "TLSRoute v1")
    expected = "needs TCPRoute v1, not served here (the cluster has v1.6.1, standard)"
    assert obstacle(scenario, "v1.6.1", "standard", unserved) == expected
    assert "needs Gateway API v1.6 for" in obstacle(scenario, "v1.4.1", "standard", unserved)
    assert obstacle(made(rule()), "v1.6.1", "standard", unserved) == ""


def test_what_is_always_refused_is_no_obstacle_of_a_release() -> None:
    assert obstacle(made(refused=rule(nonsense=1)), "v1.6.1", "standard") == ""


def test_a_change_that_is_refused_is_judged_against_what_is_there() -> None:
    scenario = made(mesh(), refused=mesh("example.net/other"))
    assert first_release(scenario) == ("v1.4", "experimental")
    assert not [one for one in lint_problems(text(mesh(), refused=mesh("example.net/other"))) if one.rule == "objects"]
    assert any("nothing is wrong" in one.text for one in lint_problems(text(mesh(), refused=mesh())))


@pytest.mark.parametrize(
    ("obj", "told"),
    [
        (mesh(), ""),
        (mesh(MESH_CONTROLLER), ""),
        (mesh("linkerd.io/linkerd"), "may be that of a real mesh"),
        (mesh(name="mesh"), "its name does not show that it is ours"),
    ],
)
def test_meshes_of_the_whole_cluster_are_ours_or_nobodys(obj: Obj, told: str) -> None:
    found = [one.text for one in lint_problems(text(obj)) if one.rule == "objects"]
    assert [told in one for one in found] == ([True] if told else [])
    assert needs_controller(made(obj)) is (obj["spec"]["controllerName"] == MESH_CONTROLLER)


def test_what_only_the_standard_channel_refuses_is_refusable() -> None:
    assert not [one for one in lint_problems(text(refused=TWO_PORTS)) if one.rule == "objects"]


@given(
    st.sampled_from([made(rule()), made(REDIRECT), made(rule(retry={"attempts": 1})), made(refused=route(rules=[]))]),
    st.sampled_from(list(crds.BUNDLES)),
)
def test_an_obstacle_names_something_else_than_what_the_cluster_has(
    scenario: Scenario, bundle: tuple[str, str]
) -> None:
    reason = obstacle(scenario, crds.BUNDLES[bundle], bundle[1])
    assert reason == "" or reason.startswith(("needs Gateway API v1.", "needs the experimental channel"))
    assert reason == "" or f"(the cluster has {crds.BUNDLES[bundle]}, {bundle[1]})" in reason
