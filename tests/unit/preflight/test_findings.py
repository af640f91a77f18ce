"""What is said about definitions, pods, engines and the mesh, from what was seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.cluster import ClusterFacts, GatewayApi
from harness.evidence.model import PreflightLine
from harness.mesh_profile import load
from harness.preflight import NotReadyError, definitions, enrolment, pods, table
from harness.preflight.engine import Reading, baseline_line, clock_line, engine_line
from harness.preflight.enrolment import Witnessed
from harness.preflight.witness import Baseline
from harness.settings import Settings
from harness.stage import trouble
from harness.stage.dataplane import Missing, PodSigns, unlabelled


def _settings(mesh: str) -> Settings:
    return Settings(run_id="r", run_dir=Path("runs"), mesh=load(mesh))


def _facts(version: str = "v1.6.1", channel: str = "standard", server: str = "v1.33.0") -> ClusterFacts:
    return ClusterFacts("https://c", server, "linux/amd64", GatewayApi(version, channel), 2)


@pytest.mark.parametrize(
    ("facts", "grade", "text"),
    [
        (_facts(), "pass", "v1.6.1, standard channel"),
        (_facts("v1.4.0", "experimental"), "pass", "v1.4.0, experimental channel"),
        (_facts("v0.8.1"), "warn", "v0.8.1"),
        (_facts("v1.9.0"), "warn", "v1.9.0"),
        (_facts("", ""), "warn", "do not say which version"),
    ],
)
def test_definitions(facts: ClusterFacts, grade: str, text: str) -> None:
    line = definitions.gateway_api(facts)
    assert (line.grade, text in line.text) == (grade, True)
    assert bool(line.hint) is (grade != "pass")


@pytest.mark.parametrize(("server", "grade"), [("v1.33.0", "pass"), ("v1.31.4-gke.1", "pass"), ("v1.28.3", "warn")])
def test_old_servers_are_told_of(server: str, grade: str) -> None:
    assert definitions.api(_facts(server=server)).grade == grade


def _pod(name: str, *, ready: bool = True, **state: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "gamma-producer"},
        "spec": {"containers": [{"name": "app", "image": "python:3.12-slim"}]},
        "status": {
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            "containerStatuses": [{"name": "app", "image": "python:3.12-slim", "state": state, "restartCount": 0}],
        },
    }


def test_pods_that_run() -> None:
    assert [line.grade for line in pods.lines([_pod("a"), _pod("b")])] == ["pass", "pass"]


def test_an_image_that_cannot_be_pulled() -> None:
    waiting = {"reason": "ImagePullBackOff", "message": "not found"}
    image, ready = pods.lines([_pod("a", ready=False, waiting=waiting)])
    assert (image.grade, ready.grade) == ("fail", "fail")
    assert "gamma-producer/a: python:3.12-slim: ImagePullBackOff not found" in image.text
    assert "--image" in image.hint


def test_pods_that_a_policy_forbids_are_named_with_its_words() -> None:
    words = 'pods "echo-v1-x" is forbidden: violates PodSecurity "restricted:latest": non-default capabilities (...)'
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": words}
    deployment = {"metadata": {"name": "echo-v1", "namespace": "gamma-producer"}, "status": {"conditions": [failure]}}
    assert trouble.forbidden_pods([deployment]) == (
        f"the cluster forbids the stage's pods: gamma-producer/echo-v1: {words}"
    )
    failure["message"] = 'error looking up service account gamma-producer/default: serviceaccount "default" not found'
    assert trouble.forbidden_pods([deployment]) == ""  # passes by itself


def _signs(*, bare: bool = False, outside: bool = False) -> list[PodSigns]:
    missing = (Missing("no container istio-proxy", final=True),)
    return [
        PodSigns("consumer", "gamma-consumer", "client-1", "client", missing if bare else ()),
        PodSigns("producer", "gamma-producer", "echo-v1-1", "echo-v1", missing if bare else ()),
        PodSigns("outside", "gamma-outside", "client-2", "client", () if outside else missing),
    ]


def test_proxies_in_clients_and_servers() -> None:
    settings = _settings("istio-sidecar")
    present = enrolment.data_plane(_signs(), settings)
    assert present is not None
    assert present.grade == "pass"
    absent = enrolment.data_plane(_signs(bare=True), settings)
    assert absent is not None
    assert absent.grade == "fail"
    assert "2 of 2 pods are not in the mesh (clients and servers): gamma-consumer/client-1" in absent.text
    assert "istio-injection=enabled" in absent.hint
    stray = enrolment.data_plane(_signs(outside=True), settings)
    assert stray is not None
    assert stray.grade == "warn"
    assert enrolment.data_plane(_signs(bare=True), _settings("generic")) is None


IN = PreflightLine(check="data plane", grade="pass", text="")
OUT = PreflightLine(check="data plane", grade="fail", text="")
ARRIVED = Witnessed(True, "", ("a/b",), 1.0)
IGNORED = Witnessed(False, "5 before", ("a/b",), 30.0)
NOTHING = Witnessed(False, "5 before", (), 30.0)
UNSIGNED = Witnessed(True, "", ("a/b",), 1.0, lacking=("condition mesh/Attached is missing",))


@pytest.mark.parametrize(
    ("mesh", "plane", "lacking", "seen", "grade", "text"),
    [
        ("istio-sidecar", IN, {}, ARRIVED, "pass", "a route changed traffic after 1.0 s; a/b wrote the route's status"),
        ("generic", None, {}, ARRIVED, "pass", "a route changed traffic"),
        ("cilium", None, {}, UNSIGNED, "warn", "but the Service has no such sign: condition mesh/Attached is missing"),
        ("generic", None, {}, Witnessed(True, "", (), 1.0), "warn", "no controller wrote its status"),
        ("istio-sidecar", IN, {}, IGNORED, "warn", "enrolled, but routes are ignored: 5 before; a/b wrote"),
        ("istio-sidecar", IN, {}, NOTHING, "warn", "enrolled, but routes are ignored: 5 before; none wrote a status"),
        ("generic", None, {}, IGNORED, "warn", "enrolled, but routes are ignored"),
        ("generic", None, {}, NOTHING, "fail", "no mesh here"),
        ("istio-sidecar", OUT, {}, NOTHING, "fail", "no mesh here"),
        ("istio-sidecar", OUT, {}, IGNORED, "fail", "there is a mesh here (a/b wrote the route's status), but"),
        ("istio-sidecar", OUT, {}, ARRIVED, "fail", "the namespaces are not enrolled in it"),
        (
            "lab",
            None,
            {"gamma-producer": ("gamma-lab/mesh=enabled",)},
            IGNORED,
            "fail",
            "gamma-producer lacks gamma-lab",
        ),
        ("lab", None, {"gamma-producer": ("gamma-lab/mesh=enabled",)}, NOTHING, "fail", "no mesh here"),
        ("lab", None, {"gamma-producer": ("gamma-lab/mesh=enabled",)}, ARRIVED, "pass", "a route changed traffic"),
        ("lab", None, {}, Witnessed(False, "", (), 1.0, unobserved=True), "fail", "no client could send"),
    ],
)
def test_no_mesh_not_enrolled_and_ignored_routes_are_told_apart(
    mesh: str,
    plane: PreflightLine | None,
    lacking: dict[str, tuple[str, ...]],
    seen: Witnessed,
    grade: str,
    text: str,
) -> None:
    line = enrolment.judge(plane, lacking, seen, _settings(mesh))
    assert (line.grade, text in line.text) == (grade, True), line
    assert bool(line.hint) is (grade != "pass")


def test_what_a_namespace_lacks_of_the_profile() -> None:
    settings = _settings("istio-sidecar")
    bare: dict[str, Any] = {"metadata": {"labels": {"istio-injection": "disabled"}}}
    enrolled: dict[str, Any] = {"metadata": {"labels": {"istio-injection": "enabled"}}}
    assert unlabelled(bare, settings, "producer") == ("istio-injection=enabled",)
    assert unlabelled(None, settings, "producer") == ("istio-injection=enabled",)
    assert unlabelled(enrolled, settings, "producer") == ()


def test_who_wrote_a_status() -> None:
    entries = [{"controllerName": "b/c"}, {"controllerName": "a/b"}, {"controllerName": "b/c"}, {}]
    assert enrolment.controllers_of({"status": {"parents": entries}}) == ("a/b", "b/c")
    assert enrolment.controllers_of(None) == ()


def test_clocks_are_judged_no_further_than_the_round_trips_allow() -> None:
    first = [Reading(0.0, 100.0, 0.2)]
    assert clock_line(first, [Reading(10.0, 110.1, 10.2)]).grade == "pass"
    assert clock_line(first, [Reading(10.0, 110.3, 10.2)]).grade == "pass"  # within the round trips and 1 %
    assert clock_line(first, [Reading(10.0, 111.0, 10.2)]).grade == "warn"
    assert clock_line(first, [Reading(10.0, 105.0, 10.2)]).grade == "warn"


def test_engines_and_baseline() -> None:
    quick, slow = [Reading(0.0, 1.0, 0.01)], [Reading(0.0, 1.0, 3.0)]
    assert (engine_line(quick, quick).grade, engine_line(quick, slow).grade) == ("pass", "warn")
    assert baseline_line(Baseline(True, "", False, 0.004)).text.startswith("4.0 ms")
    assert baseline_line(Baseline(True, "", False, 1.0)).grade == "warn"
    assert "not served" in baseline_line(Baseline(False, "x", False, 0.0)).text
    assert "no client could send" in baseline_line(Baseline(False, "x", True, 0.0)).text


LINES = [
    PreflightLine(check="API", grade="pass", text="there"),
    PreflightLine(check="data plane", grade="fail", text="nowhere", hint="a\nb"),
    PreflightLine(check="mesh", grade="fail", text="no mesh here", hint="install it"),
]


def test_the_error_begins_with_what_there_is() -> None:
    error = NotReadyError(LINES)
    assert error.message.splitlines() == ["mesh: no mesh here", "data plane: nowhere"]
    assert (error.exit_status, error.lines) == (3, tuple(LINES))


def test_plain_lines_and_json() -> None:
    assert table.plain(LINES).splitlines()[:3] == [
        "pass  API         there",
        "fail  data plane  nowhere",
        "                  a",
    ]
    assert '"hint": "install it"' in table.as_json(LINES)
