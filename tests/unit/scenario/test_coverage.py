"""Which statements are proven, and that excuses are few, known and needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.main import main
from harness.coverage import Coverage, counts, cover, group
from harness.scenario import load_catalogue
from spec import excuses, requirements
from spec.documents import SpecError

from .spoil import CATALOGUE

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"
GOOD = load_catalogue([CATALOGUE]).values()
AT_MOST = 12


def covered(reasons: dict[str, str] | None = None) -> dict[str, Coverage]:
    found = cover(requirements.load(), GOOD, reasons or {})
    return {one.requirement.id: one.how for one in found}


def test_a_statement_is_proven_by_the_checks_that_name_it():
    (found,) = [one for one in cover(requirements.load(), GOOD, {}) if one.requirement.id == "timeouts.request-504"]
    assert (found.how, found.checks, found.excuse) == ("proven", ("good/slow-times-out",), "")


def test_a_statement_without_check_is_missing_or_excused():
    reasons = {"session.grpc": "there is no client"}
    assert (covered()["session.grpc"], covered(reasons)["session.grpc"]) == ("missing", "excused")


def test_what_a_mesh_may_do_as_it_likes_is_observed():
    catalogue = load_catalogue([SCENARIOS]).values()
    found = {one.requirement.id: one.how for one in cover(requirements.load(), catalogue, {})}
    assert found["attachment.parentref-group-core-alias"] == "observed"


def test_every_statement_is_counted_once():
    found = counts(cover(requirements.load(), GOOD, {}))
    assert {name: sum(numbers.values()) for name, numbers in found.items()} == {
        "core": 148,
        "extended": 88,
        "experimental": 36,
        "other": 29,
    }


def test_excuses_for_what_every_mesh_is_held_to_are_few():
    held_to = [name for name in excuses.load() if group(requirements.load()[name]) in ("core", "extended")]
    assert len(held_to) <= AT_MOST, held_to


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"excuses": {"session.nothing": "why"}}, "session.nothing is no requirement"),
        ({"excuses": {"session.grpc": ""}}, "session.grpc: reason must be a text"),
        ({"excuse": {}}, "missing excuses"),
    ],
)
def test_a_wrong_excuse_is_refused(document, message):
    with pytest.raises(SpecError, match=message):
        excuses.parse(document)


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["coverage", "--scenarios", str(CATALOGUE), *words]) == 0
    return capsys.readouterr().out


def test_programs_get_a_list(capsys):
    entries = {entry["id"]: entry for entry in json.loads(shown(capsys, "--json"))}
    assert list(entries) == list(requirements.load())
    assert entries["timeouts.request-504"] == {
        "id": "timeouts.request-504",
        "strength": "MUST",
        "support": "extended",
        "contested": False,
        "feature": "HTTPRouteRequestTimeout",
        "coverage": "proven",
        "checks": ["good/slow-times-out"],
        "excuse": "",
        "upstream": {"test": "gateway-only: HTTPRouteTimeoutRequest", "coverage": "gateway-only"},
    }
    assert entries["status.unsupported-value"]["excuse"].startswith("The enumerations of the CRDs")


def test_people_get_numbers_and_what_is_missing(capsys):
    text = shown(capsys)
    assert text.splitlines()[0].split() == ["proven", "observed", "excused", "missing"]
    assert "\n301 statements; the upstream suite covers 41\n" in text
    assert "\nmissing:\n  attachment." in text
    missing = shown(capsys, "--missing").split()
    assert "session.grpc" in missing
    assert "timeouts.request-504" not in missing


def test_the_page_has_a_row_for_each_statement(capsys):
    page = shown(capsys, "--markdown")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == 301
    (row,) = [line for line in rows if line.startswith("| `timeouts.request-504`<br>")]
    assert row.endswith("| MUST | extended | proven | `good/slow-times-out` | gateway-only: HTTPRouteTimeoutRequest |")
    assert all(line.count(" | ") == 5 for line in rows)
