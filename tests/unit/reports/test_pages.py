"""Whatever a mesh sent stays text in Markdown."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from harness.evidence import load
from harness.evidence.model import Verdict
from reports import markdown, render_all
from spec import upstream
from tests.evidence_samples import check, outcome, sample, write_report

ATTACK = (
    '</pre></details><script>alert(1)</script><img src=x onerror="alert(2)"> [x](javascript:1) `|` **b** @all \x1b[2J'
)


def hostile(verdict: Verdict = Verdict.FAIL):
    return check(
        "hostile",
        verdict,
        reason=ATTACK,
        likely=ATTACK,
        expected=ATTACK,
        request=ATTACK,
        observed=(outcome(description=ATTACK, sample=sample(summary=ATTACK, headers=(("x", ATTACK),))),),
    )


class Collector(HTMLParser):
    """The elements a browser would see, and the text it would show."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


def parsed(page: str) -> Collector:
    collector = Collector()
    collector.feed(page)
    return collector


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.SKIP])
def test_markdown_keeps_hostile_text_inside_its_place(tmp_path, verdict):
    page = markdown.render(load(write_report(tmp_path, (hostile(verdict),))))
    seen = parsed(page)
    assert seen.tags <= {"details", "summary", "pre"}
    assert page.count("</details>") == page.count("<details>")
    assert page.count("</pre>") == page.count("<pre>")
    assert "\x1b" not in page
    # Inside HTML blocks Markdown is no markup; outside of them it must be escaped.
    outside = [line for line in page.split("<pre>")[0].splitlines() if not line.startswith("<summary>")]
    assert not any("[x](javascript:1)" in line for line in outside)


def test_markdown_escapes_everything_that_means_something():
    assert markdown.escape("a|b") == r"a\|b"
    assert markdown.escape("**bold** `code` <b> &amp; @all") == (r"\*\*bold\*\* \`code\` &lt;b&gt; &amp;amp; \@all")
    assert markdown.escape("one\ntwo") == r"one\\ntwo"


def test_markdown_counts_by_area_and_folds_failures(tmp_path):
    page = markdown.render(load(write_report(tmp_path)))
    assert "| area | pass | fail | deviation | observed | error | skip | not-run |" in page
    assert "| attachment | 1 | 1 | 1 | 1 | 1 | 1 | 1 |" in page
    assert page.count("<details>") == 3
    assert "<summary>FAIL unmatched/falls-through (wrong)" in page


def test_an_incomplete_run_says_so_first(tmp_path):
    report = load(write_report(tmp_path, why_incomplete="interrupted"), allow_incomplete=True)
    assert "Incomplete run" in markdown.render(report).split("area")[0]


def test_all_files_lie_beside_the_report_and_can_be_written_again(tmp_path):
    report = load(write_report(tmp_path))
    files = render_all(report, upstream.load())
    before = [path.read_bytes() for path in files]
    rendered = ["report.html", "report.md", "junit.xml", "badge.svg", "badge.json", "conformance-report.yaml"]
    assert [path.name for path in files] == ["report.jsonl", *rendered]
    assert [path.read_bytes() for path in render_all(load(tmp_path), upstream.load())] == before


def test_markdown_leaves_out_what_a_job_page_does_not_take_and_says_so(tmp_path):
    checks = tuple(check(f"c{number}", Verdict.FAIL, reason="x" * 1500) for number in range(300))
    report = load(write_report(tmp_path, checks))
    page = markdown.render(report, 100_000)
    assert 80_000 < len(page.encode()) <= 100_000
    assert page.count("<details>") == page.count("</details>") < 300
    assert f"**Left out:** {300 - page.count('<details>')} results" in page
    assert r"300 checks\: 300 fail" in page
    assert "Left out" not in markdown.render(report)
    assert len(markdown.render(report, 3000).encode()) <= 3000
