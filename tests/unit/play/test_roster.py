"""Whose pods count: the stage's and the scenario's own, never another scenario's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.mesh_profile import load
from harness.play.roster import call_the_roll, disturbance
from harness.prober.roster import pods_of
from harness.settings import OWNER, OWNER_LABEL, SCENARIO_LABEL, Settings
from harness.stage.layout import Workload, endpoints_expected
from harness.stage.manifests import deployment

SETTINGS = Settings(run_id="r1", run_dir=Path("runs"), mesh=load("lab"))


def pod(name: str, scenario: str = "", **metadata: Any) -> dict[str, Any]:
    labels = {OWNER_LABEL: OWNER, "app": name, "echo": "own" if scenario else "any"}
    if scenario:
        labels[SCENARIO_LABEL] = scenario
    return {
        "metadata": {"name": name, "namespace": "gamma-producer", "uid": name, "labels": labels, **metadata},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }


class Pods:
    def __init__(self, *pods: dict[str, Any]) -> None:
        self.pods = list(pods)

    def select(self, selection: object) -> list[dict[str, Any]]:
        return self.pods


def roll(*pods: dict[str, Any]) -> Any:
    return call_the_roll(Pods(*pods), SETTINGS, "mine")  # type: ignore[arg-type]


def test_pods_of_other_scenarios_come_and_go_without_disturbing() -> None:
    assert disturbance(roll(pod("a")), roll(pod("a"), pod("b", "theirs"))) == ""


def test_a_pod_of_ones_own_that_vanishes_disturbs() -> None:
    assert "b is gone" in disturbance(roll(pod("a"), pod("b", "mine")), roll(pod("a")))


def test_a_pod_that_is_scaled_down_belongs_no_more() -> None:
    ending = pod("b", "mine", deletionTimestamp="2026-01-01T00:00:00Z")
    assert disturbance(roll(pod("a")), roll(pod("a"), ending)) == ""


def test_the_stages_own_pods_disturb_while_they_end() -> None:
    ending = pod("b", deletionTimestamp="2026-01-01T00:00:00Z")
    assert disturbance(roll(pod("a")), roll(pod("a"), ending))


def test_the_prober_knows_whose_pods_are_whose() -> None:
    found = pods_of([pod("a"), pod("b", "mine")], {"gamma-producer"})
    assert [(one.name, one.echo, one.scenario) for one in found] == [("a", True, ""), ("b", True, "mine")]


def test_an_own_workload_is_an_echo_that_services_for_any_echo_do_not_select() -> None:
    own = Workload("producer", "scaled", 2, scenario="mine")
    template = deployment(SETTINGS, own, "program")["spec"]["template"]
    assert "--listen" in template["spec"]["containers"][0]["command"]
    assert template["metadata"]["labels"][SCENARIO_LABEL] == "mine"
    assert endpoints_expected("producer", {"app": "scaled"}, [own]) == 2
    assert endpoints_expected("producer", {"echo": "any"}, [own]) == endpoints_expected("producer", {"echo": "any"})
