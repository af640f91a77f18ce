"""``gamma lint``, ``gamma list`` and ``gamma show`` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from cli.main import main

CATALOGUE = Path(__file__).resolve().parents[1] / "scenario" / "catalogue"
GOOD = CATALOGUE / "examples" / "good.yaml"
OWN = ("--scenarios", str(CATALOGUE))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(words)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    area = tmp_path / "examples"
    area.mkdir()
    text = GOOD.read_text(encoding="utf-8")
    (area / "good.yaml").write_text(text.replace("timeouts.request-504", "timeouts.request-505"), encoding="utf-8")
    (area / "other.yaml").write_text(text.replace("title:", "titel:"), encoding="utf-8")
    return tmp_path


def test_lint_says_what_it_has_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "lint", *OWN) == (0, "1 scenario, 6 checks, clean\n", "")


def test_lint_tells_place_finding_and_remedy(capsys: pytest.CaptureFixture[str], spoilt: Path) -> None:
    status, out, _ = run(capsys, "lint", "--scenarios", str(spoilt))
    assert status == 4
    assert f"{spoilt}/examples/good.yaml:67:18: unknown requirement 'timeouts.request-505'  [requirements]\n" in out
    assert "    did you mean 'timeouts.request-504'?\n" in out
    assert f"{spoilt}/examples/other.yaml:3:1: unknown key 'titel' in the scenario\n" in out
    assert out.endswith("\n2 problems in 2 files\n")


def test_lint_reports_on_the_paths_it_is_given(capsys: pytest.CaptureFixture[str], spoilt: Path) -> None:
    own = ("--scenarios", str(spoilt))
    status, out, _ = run(capsys, "lint", str(spoilt / "examples" / "good.yaml"), *own)
    assert (status, out.count("\n    ")) == (4, 1)
    assert "other.yaml" not in out
    assert run(capsys, "lint", str(spoilt / "examples"), *own)[1].endswith("2 problems in 2 files\n")


def test_lint_of_a_new_file_compares_it_with_the_catalogue(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    copy = tmp_path / "examples" / "good.yaml"
    copy.parent.mkdir()
    copy.write_text(GOOD.read_text(encoding="utf-8"), encoding="utf-8")
    status, out, _ = run(capsys, "lint", str(copy), *OWN)
    assert status == 4
    assert "duplicate scenario name 'good'" in out


def test_lint_of_nothing_is_a_usage_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, _, err = run(capsys, "lint", str(tmp_path / "nowhere"))
    assert status == 4
    assert "there is no scenario at" in err


def test_list_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "list", "--json", *OWN)
    (entry,) = json.loads(out)
    assert status == 0
    assert entry["id"] == "good"
    assert (entry["support"], entry["since"], entry["channel"]) == ("extended", "v1.2", "standard")
    assert entry["features"] == ["HTTPRoute", "HTTPRouteRequestTimeout", "Mesh", "MeshConsumerRoute"]
    assert entry["file"].endswith("catalogue/examples/good.yaml")
    assert [check["id"] for check in entry["checks"]][:2] == ["good/known-routed", "good/unknown-rejected"]
    assert entry["checks"][2] == {"id": "good/slow-times-out", "proves": ["timeouts.request-504"], "line": 66}


def test_list_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "list", *OWN)
    lines = out.splitlines()
    assert status == 0
    assert lines[0].split() == ["area", "scenario", "support", "since", "checks", "title"]
    assert lines[1].split()[:5] == ["examples", "good", "extended", "v1.2", "6"]
    assert lines[2] == "1 scenarios, 6 checks"


def test_list_of_a_broken_catalogue_tells_the_problems(capsys: pytest.CaptureFixture[str], spoilt: Path) -> None:
    status, out, err = run(capsys, "list", "--scenarios", str(spoilt))
    assert (status, out) == (4, "")
    assert "other.yaml:3: unknown key 'titel'" in err


def test_show_tells_the_story_with_what_is_derived(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "show", "good", *OWN)
    assert status == 0
    assert out.startswith("examples/good  (extended, since v1.2, standard channel)\nA scenario without any mistake")
    assert "clients   bystander, consumer, producer\n" in out
    assert "fence     Service gamma-producer/fence-good\n" in out
    assert " 3  apply route, with a fence for producer, bystander\n      HTTPRoute gamma-consumer/good\n" in out
    assert " 5  hold 2s\n      good/known-routed  line " in out
    assert "split: GET http://good.gamma-producer/split from consumer is 70 % v2, 30 % direct" in out
    assert " 7  delete route\n" in out


def test_show_finds_a_scenario_by_its_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "show", "good/known-routed", *OWN)[1] == run(capsys, "show", "good", *OWN)[1]


def test_show_at_a_step_prints_what_can_be_applied(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "show", "good", "--at", "3", *OWN)
    objects = list(yaml.safe_load_all(out))
    assert status == 0
    assert [(obj["kind"], obj["metadata"]["name"]) for obj in objects] == [
        ("Service", "good"),
        ("Service", "good-v2"),
        ("HTTPRoute", "good"),
    ]
    labels = {
        "gamma.test/owner": "gamma-conformance",
        "gamma.test/stage": "gamma-producer",
        "gamma.test/run": "by-hand",
        "gamma.test/scenario": "good",
    }
    assert objects[0]["metadata"]["labels"] == labels
    assert objects[2]["spec"]["rules"][1]["timeouts"] == {"request": "500ms"}


def test_show_at_a_step_maps_the_prefix(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "show", "good", "--at", "3", "--namespace-prefix", "x-", *OWN)
    assert {obj["metadata"]["namespace"] for obj in yaml.safe_load_all(out)} == {"x-producer", "x-consumer"}
    assert "gamma-producer" not in out


def test_show_with_the_stage_prints_namespaces_and_workloads_first(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "show", "good", "--at", "1", "--stage", *OWN)
    kinds = [obj["kind"] for obj in yaml.safe_load_all(out)]
    assert kinds[0] == "Namespace"
    assert kinds.index("Deployment") > kinds.index("ConfigMap")
    assert kinds[-2:] == ["Service", "Service"]


def test_show_diff_prints_what_is_changed_before_it_is_applied(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "show", "good", "--diff", "--namespace-prefix", "x-", *OWN)
    added = {line for line in out.splitlines() if line.startswith("+") and not line.startswith("+++")}
    assert status == 0
    assert "+  namespace: x-producer" in added
    assert "+    gamma.test/owner: gamma-conformance" in added
    assert out.count("\n+++ applied ") + out.startswith("+++ applied ") == 3


def test_show_diff_at_a_step_is_about_the_objects_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "show", "good", "--diff", "--at", "1", *OWN)
    assert "HTTPRoute" not in out
    assert "Service gamma-producer/good-v2" in out


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["god"], "there is no scenario 'god'", "did you mean 'good'?"),
        (["good", "--at", "10"], "good has no step 10", "its steps are 1 to 9"),
        (["good", "--at", "0"], "good has no step 0", "its steps are 1 to 9"),
        (["good", "--stage"], "--stage goes with --at STEP", "gamma show good --at 9 --stage"),
        (["good", "--at", "1", "--mesh", "istioo"], "no mesh profile named 'istioo'", "choose one of"),
    ],
)
def test_show_explains_a_wrong_command_line(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str, hint: str
) -> None:
    status, out, err = run(capsys, "show", *words, *OWN)
    assert (status, out) == (4, "")
    assert message in err
    assert hint in err
