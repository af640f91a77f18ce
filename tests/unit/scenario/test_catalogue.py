"""The suite's own catalogue, and that what lint knows of the stage is what the stage is."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ScenarioError
from harness.scenario.lint import lint, load_linted
from harness.scenario.places import APP_PROTOCOLS, CLIENTS, ECHOES
from harness.scenario.rules.ownership import RESERVED
from harness.stage.layout import LISTENERS, WORKLOADS
from harness.stage.manifests import CONTROL_BACKEND, CONTROL_FRONTEND

from .spoil import CATALOGUE, edited

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"


def test_the_catalogue_is_clean() -> None:
    catalogue = load_linted([SCENARIOS])
    assert [str(problem) for problem in lint(catalogue)] == []
    assert len(catalogue) >= 25
    assert "unmatched-rejected" in catalogue


def test_lint_and_loading_speak_with_one_voice(tmp_path: Path) -> None:
    area = tmp_path / "examples"
    area.mkdir()
    (area / "good.yaml").write_text(edited(("fence: [producer, bystander]", "fence: [producer]")), encoding="utf-8")
    (area / "bad.yaml").write_text("title: x", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_linted([tmp_path])
    assert {Path(problem.mark.file).name for problem in caught.value.problems} == {"good.yaml", "bad.yaml"}


def test_how_a_file_reads_does_not_keep_it_from_being_played(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    text = edited(("title: A scenario", "title: It should be a scenario"))
    (tmp_path / "examples" / "good.yaml").write_text(text, encoding="utf-8")
    catalogue = load_linted([tmp_path])
    assert [problem.rule for problem in lint(catalogue)] == ["prose"]


def test_several_catalogues_are_one() -> None:
    assert {"good", "unmatched-rejected"} <= load_linted([SCENARIOS, CATALOGUE]).keys()


def _of_stage(*, echo: bool) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for workload in WORKLOADS:
        if workload.echo is echo:
            found.setdefault(workload.role, set()).add(workload.name)
    return found


def test_lint_knows_the_workloads_of_the_stage() -> None:
    assert {role: set(names) for role, names in CLIENTS.items()} == _of_stage(echo=False)
    assert {role: set(names) for role, names in ECHOES.items()} == _of_stage(echo=True)


def test_lint_knows_the_ports_of_the_stage() -> None:
    assert APP_PROTOCOLS.keys() >= LISTENERS.keys()


def test_names_of_the_stage_are_reserved() -> None:
    assert CONTROL_FRONTEND.startswith(RESERVED)
    assert CONTROL_BACKEND.startswith(RESERVED)
