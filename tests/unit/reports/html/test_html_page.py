"""The whole page: everything is told, what went wrong without the script, and nothing that a mesh sent is markup."""

from __future__ import annotations

import pytest

from harness.evidence import load
from harness.evidence.model import Answer, Kind, Proportion, Verdict
from harness.evidence.writer import ReportWriter
from reports import html
from reports.html.page import IN_FULL
from reports.html.words import WORDS
from tests.evidence_samples import check, header, outcome, planned, sample, scenario_record, write_report
from tests.unit.reports.html.page_reader import Page

ATTACK = '</pre></script></title><script>alert(1)</script><img src=x onerror="alert(2)">\x1b[2J\u202e\ud800\u2028\x00'


def page_of(directory, *checks, **head) -> Page:
    return Page(
        html.render(load(write_report(directory, *([checks] if checks else []), **head), allow_incomplete=True))
    )


def hostile(verdict: Verdict = Verdict.FAIL, text: str = ATTACK):
    text = text.encode("utf-8", "replace").decode()
    seen = sample(
        summary=text,
        request=text,
        headers=(("x", text), (text, "y")),
        trailers=((text, text),),
        backend_saw={"method": text, "path": text, "headers": [[text, text]], text: text},
    )
    answer = Answer(id=text, client=text, at=1, elapsed_ms=1, connection=0, outcome=text, summary=text)
    return check(
        "hostile",
        verdict,
        reason=text,
        likely=text,
        expected=text,
        request=text,
        step_text=text,
        evidence=text,
        reproduce=(text,),
        observed=(outcome(name=text, description=text, by_client={text: 30, "b": 30}, sample=seen),),
        answers=(answer,),
        proportions=(Proportion(client=text, outcome=text, count=5, size=10, low=1, high=9),),
    )


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.DEVIATION, Verdict.ERROR, Verdict.SKIP, Verdict.OBSERVED])
def test_markup_is_shown_and_none_of_it_is_any(tmp_path, verdict):
    mesh = {"name": ATTACK[:-4], "identity": {"project": ATTACK[:-4], "version": ATTACK[:-4]}}
    page = page_of(tmp_path, hostile(verdict), mesh=mesh)
    for seen in (page, page.later()):
        assert not seen.tags & {"img", "iframe", "object", "embed", "base"}
        assert not [name for name, _ in seen.attributes if name.startswith("on") or name == "style"]
        assert all(not ord(char) < 32 or char == "\n" for char in seen.text)
        assert "\u202e" not in seen.text
    assert len(page.scripts) == 2  # the style and the script of ours
    assert not any("alert" in script for script in page.scripts)
    everything = page.text + page.later().text
    assert "<script>alert(1)</script>" in everything
    assert r"\x1b[2J" in everything


def test_a_megabyte_is_shown_by_its_beginning(tmp_path):
    page = html.render(load(write_report(tmp_path, (hostile(text="h" * 1_000_000),))))
    assert len(page) < 500_000
    assert "(1,000,000 characters)" in page


def test_the_page_needs_nothing_else(tmp_path):
    text = html.render(load(write_report(tmp_path)))
    page = Page(text)
    for name, value in page.attributes:
        assert name != "src"
        assert name != "href" or value.startswith(("#", "https://", "data:,"))
    assert "@import" not in text
    assert "url(" not in text
    assert "unsafe" not in text


def test_every_check_is_told_with_all_that_is_known(tmp_path):
    report = load(write_report(tmp_path))
    page = Page(html.render(report))
    everything = page.text + page.later().text
    rows = {row[1]: row for row in page.data["index"]["checks"]}
    assert set(rows) == {record.check for record in report.checks}
    for record in report.checks:
        assert rows[record.check][2] == record.verdict
        assert record.reason in everything
        assert f"{record.file}:{record.line}" in everything
    for words in ("the Service's implicit forwarding survived the route", "gamma show", "MUST", "SHOULD"):
        assert words.lower() in everything.lower()


def test_what_went_wrong_can_be_read_without_the_script_and_comes_first(tmp_path):
    page = page_of(tmp_path)
    order = [row[2] for row in page.data["index"]["checks"]]
    assert order[:5] == ["fail", "error", "deviation", "not-run", "pass"]
    assert set(page.data["details"]["checks"]) == {"3", "4", "5", "6"}
    assert "60 of 60 answers were direct" in page.text or "falls-through" in page.text
    assert ("id", "check=unmatched/falls-through") in page.attributes
    assert ("href", "#check=unmatched/falls-through") in page.attributes
    assert sum(name == "open" for name, _ in page.attributes) == 2  # the failure and the error


def test_what_fails_by_the_thousand_does_not_fill_the_page(tmp_path):
    many = tuple(check(f"c{number}", Verdict.FAIL, kind=Kind.WRONG) for number in range(IN_FULL + 50))
    page = page_of(tmp_path, *many)
    assert len(page.data["index"]["checks"]) == IN_FULL + 50
    assert len(page.data["details"]["checks"]) == 50


def test_a_reproduction_says_what_to_expect_and_how_to_clean_up(tmp_path):
    page = page_of(tmp_path, check("x", Verdict.FAIL, expected="rejected: 404", observed=(outcome("direct", 60),)))
    told = "Expected: rejected: 404. In this run: 60 of 60 (100.0%) direct: 200 from echo-v1, without x-gamma-route."
    assert told in page.text
    assert "To clean up: gamma clean, or the first command with kubectl delete for kubectl apply." in page.text
    assert "pip install -e ." in page.text


def test_words_that_are_not_everybodys_are_explained(tmp_path):
    text = html.render(load(write_report(tmp_path)))
    assert text.count('href="#words"') == 2
    for word, meaning in WORDS:
        assert f"<dt>{word}</dt>" in text
        assert meaning.count(". ") == 0
    assert {"witness", "fence", "hold", "await", "outcome"} <= {word for word, _ in WORDS}


def test_totals_add_up(tmp_path):
    page = page_of(tmp_path)
    text = " ".join(page.text.split())
    assert "pass 1 fail 1 deviation 1 observed 1 error 1 skip 1 not-run 1 = 7 checks in 1 scenario" in text


def test_an_incomplete_run_says_so_first(tmp_path):
    text = " ".join(page_of(tmp_path, check("a"), check("b"), why_incomplete="interrupted").text.split())
    assert text.index("Incomplete run interrupted.") < text.index("pass")


def test_a_run_that_never_began_has_a_page(tmp_path):
    ReportWriter(tmp_path / "report.jsonl", header()).finish(3, "the target is not ready")
    page = Page(html.render(load(tmp_path, allow_incomplete=True)))
    assert "Incomplete run the target is not ready. 7 planned checks" in " ".join(page.text.split())
    assert "No check was recorded." in page.text


def test_statements_and_scenarios_stand_in_the_data_once(tmp_path):
    checks = tuple(check(f"c{number}") for number in range(20))
    details = page_of(tmp_path, *checks).data["details"]
    assert len(details["requirements"]) == len(details["scenarios"]) == 1


def test_manifests_are_shown_as_applied_without_the_labels_of_the_run(tmp_path):
    text = "---\n# apply route\nkind: HTTPRoute\nmetadata:\n  name: a\n  labels:\n    gamma.test/run: x\nspec: {}\n"
    writer = ReportWriter(tmp_path / "report.jsonl", header((check(),), scenarios=planned((check(),))))
    writer.add(scenario_record(manifests=text), check())
    writer.finish(0)
    shown = Page(html.render(load(tmp_path))).later().text
    assert "kind: HTTPRoute\nmetadata:\n  name: a\nspec: {}" in shown
