"""Options, markers and pytest's own means select what a reader expects."""

from __future__ import annotations

from pathlib import Path

import pytest

CATALOGUE = Path(__file__).parent / "catalogue"
ROOT = Path(__file__).parents[3]
EVERYTHING = ["alpha", "bravo", "charlie", "delta"]


@pytest.mark.parametrize(
    ("arguments", "played"),
    [
        ([], EVERYTHING),
        (["-k", "alpha"], ["alpha"]),
        (["-k", "attachment and not alpha"], ["bravo"]),
        (["-m", "timeouts"], ["charlie"]),
        (["-m", "own_area"], ["delta"]),
        (["-m", "extended"], ["charlie"]),
        (["-m", "core"], ["alpha", "bravo", "delta"]),
        (["-m", "http_route_request_timeout"], ["charlie"]),
        (["--scenario", "alpha", "--scenario", "d*"], ["alpha", "delta"]),
        (["--requirement", "attachment.unmatched-rejected"], ["alpha"]),
        (["--requirement", "timeouts.*"], ["charlie"]),
        (["--requirement", "attachment.*", "--scenario", "[ab]*", "-k", "not alpha"], ["bravo"]),
        (["--feature", "HTTPRouteRequestTimeout"], ["charlie"]),
        (["suites/test_timeouts.py"], ["charlie"]),
        (["suites/test_attachment.py::test_attachment[bravo]"], ["bravo"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_only_what_is_meant_is_played(run, arguments, played):
    done = run(*arguments)
    assert (done.status, done.played) == (0, played), done.output
    assert f"ready {' '.join(sorted(played, key=EVERYTHING.index))}".split()[1:] == sorted(
        next(line for line in done.log if line.startswith("ready")).split()[1:]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scenario", "alhpa"], "did you mean alpha?"),
        (["--requirement", "timeouts.reqest-504"], "did you mean timeouts.request-504"),
        (["--feature", "HTTPRouteRequestTimeuot"], "did you mean HTTPRouteRequestTimeout"),
        (["--mesh", "labb"], "there is no mesh profile named 'labb'"),
        (["--mesh", "./nowhere.yaml"], "nowhere.yaml"),
        (["--scenarios=/nowhere/at/all"], "there is no such directory"),
        (["--lab-defect", "unmatched-fals-through"], "did you mean unmatched-falls-through"),
        (["--lab-defect", "timeout-ignored", "--kube-context", "kind"], "--lab-defect is for a lab"),
        (["--time-scale", "0"], "a factor above 0 is needed"),
        (["--namespace-prefix", "My_"], "--namespace-prefix My_"),
        (["--seed", "many"], "invalid int value"),
        (["--no-such-option"], "unrecognized arguments"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_does_not_exist_is_a_usage_error(run, arguments, message):
    done = run(*arguments)
    assert done.status == 4, done.output
    assert message in done.output
    assert "Traceback" not in done.output
    assert done.log == []
    assert not done.directory.exists()


def test_a_usage_error_is_told_once_with_workers_too(run):
    done = run("--scenario", "alhpa", "-n", "2")
    assert done.status == 4
    assert done.output.count("did you mean alpha?") == 1
    assert done.log == []


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])
@pytest.mark.parametrize("arguments", [["-k", "nothing-like-this"], ["--requirement", "weights.*"]], ids=["k", "glob"])
def test_nothing_selected_ends_with_5_and_starts_no_stage(run, arguments, workers):
    done = run(*arguments, *workers)
    assert done.status == 5, done.output
    assert "No scenario is selected" in done.output
    assert not any(line.startswith(("ready", "play")) for line in done.log)
    assert done.log in ([], ["start", "stop"])
    assert not done.directory.exists()


def test_collecting_only_starts_nothing(run):
    done = run("--collect-only", "-q", "-m", "attachment")
    assert done.status == 0
    assert done.log == []
    assert [line for line in done.output.splitlines() if "::" in line] == [
        "suites/test_attachment.py::test_attachment[alpha]",
        "suites/test_attachment.py::test_attachment[bravo]",
    ]
    assert not done.directory.exists()


def test_every_marker_is_registered(run):
    done = run("--markers")
    for marker in ("attachment", "own_area", "core", "extended", "experimental", "mesh_consumer_route"):
        assert f"@pytest.mark.{marker}:" in done.output
    assert done.log == []


def test_the_tests_of_the_suite_itself_need_no_target(run):
    done = run("tests/unit/evidence", "-k", "older_report")
    assert done.status == 0, done.output
    assert done.log == []
    assert not done.directory.exists()


@pytest.fixture
def broken(tmp_path):
    """A catalogue of one scenario with an unknown key and a misspelled one."""
    area = tmp_path / "mine" / "attachment"
    area.mkdir(parents=True)
    text = (CATALOGUE / "attachment" / "bravo.yaml").read_text()
    (area / "bravo.yaml").write_text(text.replace("outcomes:", "outcome:").replace("title:", "titel:"))
    return str(area.parent)


@pytest.mark.parametrize("more", [[], ["-n", "2"], ["--collect-only"]], ids=["alone", "workers", "collecting"])
def test_an_invalid_scenario_is_told_with_file_and_line(run, broken, more):
    done = run(f"--scenarios={broken}", *more)
    assert done.status == 4, done.output
    assert "bravo.yaml:2" in done.output
    assert "titel" in done.output
    assert "outcome" in done.output
    assert "Traceback" not in done.output
    assert done.log == []


@pytest.mark.parametrize(
    ("spoil", "place", "message"),
    [
        (("attachment.no-route-default", "attachment.no-rout-default"), "bravo.yaml:25", "attachment.no-route-default"),
        (("hold: 2s", "hold: 0s"), "bravo.yaml:2", "hold"),
        (("from: consumer", "from: consumers"), "bravo.yaml:1", "consumer"),
    ],
    ids=["requirement", "hold", "client"],
)
def test_a_scenario_that_could_not_be_trusted_is_not_played(run, tmp_path, spoil, place, message):
    area = tmp_path / "mine" / "attachment"
    area.mkdir(parents=True)
    text = (CATALOGUE / "attachment" / "bravo.yaml").read_text()
    assert spoil[0] in text
    (area / "bravo.yaml").write_text(text.replace(*spoil))
    done = run(f"--scenarios={area.parent}")
    assert done.status == 4, done.output
    assert place in done.output
    assert message in done.output
    assert done.log == []


def test_a_module_without_scenarios_selects_nothing(run, tmp_path):
    only = tmp_path / "only" / "timeouts"
    only.mkdir(parents=True)
    (only / "charlie.yaml").write_text((CATALOGUE / "timeouts" / "charlie.yaml").read_text())
    done = run(f"--scenarios={only.parent}", "suites/test_attachment.py")
    assert done.status in (4, 5), done.output
    assert done.played == []


def test_the_suites_cover_every_area_of_the_catalogue():
    areas = {path.name for path in (ROOT / "scenarios").iterdir() if path.is_dir()}
    modules = {path.stem.removeprefix("test_") for path in (ROOT / "suites").glob("test_*.py")}
    assert {area.replace("-", "_") for area in areas} <= modules
