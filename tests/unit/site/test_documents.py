"""What pages say is true: figures, examples and the tutorial are held against the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from cli.main import main
from harness.evidence.model import Kind, Verdict
from harness.scenario import load_catalogue, load_file

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    return [text for found, text in _BLOCK.findall((DOCS / page).read_text()) if found == language]


def test_the_tutorial_makes_a_scenario_that_is_clean(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    commands = [line.split() for block in blocks("writing-a-scenario.md", "console") for line in block.splitlines()]
    new, lint, show, play = commands
    assert main(new[1:]) == 0
    file = tmp_path / "mine" / "matching" / "canary-header.yaml"
    assert main(lint[1:]) == 0, "the skeleton"
    file.write_text("\n".join(blocks("writing-a-scenario.md", "yaml")))
    assert main(lint[1:]) == 0, capsys.readouterr()
    assert "1 scenario, 3 checks, clean" in capsys.readouterr().out
    assert main(show[1:]) == 0
    assert "canary-header/value-compared-in-full" in capsys.readouterr().out
    assert play == ["pytest", "--scenarios=mine", "--scenario", load_file(file).id]


def test_every_verdict_and_kind_is_explained_with_what_a_run_told():
    page = (DOCS / "reading-a-report.md").read_text()
    texts = {path.stem: path.read_text() for path in (DOCS / "examples" / "verdicts").glob("*.txt")}
    assert all(f'"examples/verdicts/{name}.txt"' in page for name in texts)
    firsts = [text.splitlines()[0] for text in texts.values()]
    for verdict in Verdict:
        assert any(first.startswith(f"{verdict.upper()} ") for first in firsts), verdict
    for kind in Kind:
        assert re.search(rf"^####? {kind}$", page, re.MULTILINE), kind
    catalogue = load_catalogue([ROOT / "scenarios"])
    known = {f"{one.id}/{check.id}" for one in catalogue.values() for check in one.checks}
    assert {first.split()[1] for first in firsts} <= known


def test_the_workflow_can_be_read_and_names_files_that_runs_write():
    text = (DOCS / "examples" / "github-workflow.yaml").read_text()
    steps = yaml.safe_load(text)["jobs"]["conformance"]["steps"]
    assert "has not been run" in text.splitlines()[0]
    assert any("report.md" in step.get("run", "") for step in steps)


def test_no_page_shows_totals_that_go_stale():
    for page in (ROOT / "README.md", DOCS / "index.md"):
        assert not re.search(r"\d+ checks: ", page.read_text()), page
