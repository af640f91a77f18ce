"""The generated pages, and links from pages to the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.site import build, pages
from harness.scenario import load_catalogue
from spec import defects, requirements

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE = load_catalogue([ROOT / "scenarios"])


def test_every_scenario_has_a_page_and_stands_in_the_index():
    made = dict(build.generated(CATALOGUE))
    assert len(made) == len(CATALOGUE) + 1
    for scenario in CATALOGUE.values():
        assert f"({scenario.area}/{scenario.id}.md)" in made["catalogue/index.md"]
        assert scenario.text.rstrip() in made[pages.address(scenario)]
    checks = sum(len(scenario.checks) for scenario in CATALOGUE.values())
    assert f"{len(CATALOGUE)} scenarios with {checks} checks" in made["catalogue/index.md"]


def test_a_page_tells_what_why_who_and_what_is_proven():
    killers = pages.killers_of(defects.load().values())
    page = pages.page(CATALOGUE["consumer-timeout"], requirements.load(), killers)
    assert "## Who calls whom" in page
    assert '<svg class="gamma-diagram" role="img"' in page
    assert "### consumer-times-out" in page
    assert "timeouts.request-504</code> (MUST, extended; [source](https://" in page
    assert "pytest --scenario consumer-timeout" in page
    assert "- <code>timeout-ignored</code>: " in page


def test_nothing_of_a_title_becomes_markup():
    assert pages.text("a <b> | *c* _d_ [e](f) `g|<h>`") == (
        r"a &lt;b&gt; &#124; \*c\* \_d\_ \[e\](f) <code>g&#124;&lt;h&gt;</code>"
    )


def test_links_into_the_repository_lead_to_copies():
    scenario = "../scenarios/timeouts/consumer-timeout.yaml"
    text = f"[a](../spec/requirements.yaml#x) [s]({scenario}) [r](../README.md) [d](running.md)"
    shown, wanted = build.linked(text, "proof.md")
    assert wanted == ("spec/requirements.yaml",)
    assert shown == (
        "[a](files/spec/requirements.yaml#x) [s](catalogue/timeouts/consumer-timeout.md) [r](index.md) [d](running.md)"
    )
    assert build.linked("[a](../deploy)", "proof.md") == ("`deploy/`", ())
    assert build.linked("[a](examples/results)", "reports.md") == ("`docs/examples/results/`", ())


def test_a_link_to_what_does_not_exist_ends_the_build():
    with pytest.raises(ValueError, match=r"docs/proof.md links to spec/gone.yaml"):
        build.linked("[a](../spec/gone.yaml)", "proof.md")


def test_checks_lead_to_where_they_are_explained():
    text = "`unmatched-rejected/plain-unaffected`, `gone/gone`, [`unmatched-rejected/plain-unaffected`](x)"
    shown = build.checks_linked(text, "coverage.md", CATALOGUE)
    assert shown == (
        "[`unmatched-rejected/plain-unaffected`](catalogue/attachment/unmatched-rejected.md#plain-unaffected), "
        "`gone/gone`, [`unmatched-rejected/plain-unaffected`](x)"
    )
