"""Comparisons and the site of published reports: both schemes, small screens, assistive technology, no network."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence import load
from harness.evidence.model import Verdict
from reports.compare import compare
from reports.compare import html as comparison
from reports.publish import site
from reports.publish.layout import published
from tests.evidence_samples import ONE_OF_EACH, check, write_report

PAGES = ("compare", "index", "matrix", "mesh/acme", "requirement/attachment.unmatched-rejected")


def report(directory: Path, version: str, verdict: Verdict):
    checks = (*ONE_OF_EACH, check("changes", verdict, reason="" if verdict is Verdict.PASS else "60 of 60 were direct"))
    mesh = {"name": "acme", "identity": {"organization": "acme", "version": version}}
    cluster = {"gateway_api": {"version": "v1.6.1", "channel": "standard"}}
    return load(write_report(directory, checks, mesh=mesh, cluster=cluster, started=f"2026-01-{version[-1]}T00:00:00"))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    place = tmp_path_factory.mktemp("reports")
    found = [report(place / "1", "1.1", Verdict.PASS), report(place / "2", "1.2", Verdict.FAIL)]
    made = {name: text for name, text in site.pages([published(one) for one in found]) if isinstance(text, str)}
    return {"compare.html": comparison.render(compare(found)), **made}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(visit, pages, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed (extra dev)")
    page = visit(pages[f"{name}.html"], color_scheme=scheme, bypass_csp=True).show()
    found = axe.Axe().run(page).response["violations"]
    bad = [(one["id"], one["impact"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]
    assert [one for one in bad if one[1] in ("serious", "critical")] == []


@pytest.mark.parametrize("width", [320, 390, 1200])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_sticks_out(visit, pages, name, width):
    page = visit(pages[f"{name}.html"], viewport={"width": width, "height": 800}).show()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_comparison_is_read_by_keyboard(visit, pages):
    page = visit(pages["compare.html"]).show()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    summary = page.locator("summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None


def test_what_differs_is_seen_first(visit, pages):
    page = visit(pages["compare.html"]).show()
    assert page.locator("h1").text_content() == "acme 1.1 and acme 1.2 compared"
    assert page.locator("main h2").all_text_contents()[:2] == ["Regressions", "Checks that differ"]
    assert page.locator(".matrix tbody tr").first.text_content().startswith("unmatched/changes")
