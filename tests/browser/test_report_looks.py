"""How report.html looks and reads: schemes, paper, small screens, without script, to assistive technology."""

from __future__ import annotations

import pytest

from harness.evidence import load
from harness.evidence.model import Verdict
from reports import html
from tests.browser import report_samples
from tests.evidence_samples import check, outcome, sample

DARK, LIGHT = "rgb(21, 24, 28)", "rgb(253, 253, 252)"


def ground(page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("fragment", ["", "#check=unmatched/passes-003", "#q=nothing-has-this"])
def test_axe_finds_nothing_serious(visit, report_page, scheme, fragment):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed (extra dev)")
    page = visit(report_page, color_scheme=scheme, bypass_csp=True).show(fragment)
    for row in page.locator("#list details.more > summary").all()[:3]:
        row.click()
    found = axe.Axe().run(page).response["violations"]
    bad = [(one["id"], one["impact"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]
    assert [one for one in bad if one[1] in ("serious", "critical")] == []


@pytest.mark.parametrize(("scheme", "colour"), [("light", LIGHT), ("dark", DARK)])
def test_the_readers_scheme_is_followed(visit, report_page, scheme, colour):
    assert ground(visit(report_page, color_scheme=scheme).show()) == colour


def test_the_scheme_can_be_chosen_and_stays(visit, report_page):
    page = visit(report_page, color_scheme="light").show()
    button = page.get_by_role("button", name="Theme")
    button.click()
    button.click()
    assert button.text_content() == "Theme: dark"
    assert ground(page) == DARK
    page.reload()
    assert ground(page) == DARK
    button.click()
    assert ground(page) == LIGHT


def test_paper_is_light_and_has_what_matters(visit, report_page):
    page = visit(report_page, color_scheme="dark").show()
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    for hidden in (".bar", "#filters", ".copy"):
        assert page.locator(hidden).first.is_hidden()
    for there in (".hero h1", ".matrix", "#list .check[open] .body", ".timeline", ".record"):
        assert page.locator(there).first.is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#list .check").count() == 78
    assert page.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("width", [320, 390, 820])
def test_nothing_sticks_out_on_small_screens(visit, report_page, width):
    page = visit(report_page, viewport={"width": width, "height": 800}).show("#check=split/seventy-thirty")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator(".copy").first.is_visible()


def test_beside_drawings_on_small_screens_texts_have_room(visit, report_page):
    page = visit(report_page, viewport={"width": 420, "height": 800}).show("#check=split/seventy-thirty")
    for place in (
        ".proportions tbody td:last-child",
        ".shares td:last-child",
        "dl.figures-text dd",
        ".body dl.pairs dd",
    ):
        assert page.locator(place).first.bounding_box()["width"] > 300, place
    names = page.locator(".proportions tbody td:not(.drawn):not(:last-child)")
    assert names.first.bounding_box()["height"] < 30  # on one line


def test_names_of_distributions_stand_above_their_bars(visit, report_page):
    for width in (420, 1200):
        page = visit(report_page, viewport={"width": width, "height": 800}).show()
        for row in page.locator(".distribution g").all():
            name = row.locator(".name").bounding_box()
            assert all(name["y"] + name["height"] <= bar.bounding_box()["y"] + 1 for bar in row.locator(".bar").all())


@pytest.mark.parametrize(("width", "height"), [(420, 2400), (1280, 900)])
def test_a_jump_to_a_check_lands_at_its_beginning(visit, report_page, width, height):
    page = visit(report_page, viewport={"width": width, "height": height}).show()
    page.locator("#more").scroll_into_view_if_needed()
    for name in ("unmatched/passes-069", "split/seventy-thirty"):
        page.evaluate("name => { location.hash = `check=${name}` }", name)
        page.wait_for_timeout(500)
        box = page.locator(f'[id="check={name}"]').bounding_box()
        assert page.locator("header.bar").bounding_box()["height"] <= box["y"] < height
        at_the_end = page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 1")
        assert at_the_end or box["y"] < 120


@pytest.mark.parametrize("fragment", ["", "#check=split/seventy-thirty"])
def test_words_are_explained_where_their_links_lead(visit, report_page, fragment):
    page = visit(report_page, reduced_motion="reduce").show(fragment)
    page.wait_for_timeout(500)
    page.get_by_role("link", name="What words such as").click()
    page.wait_for_timeout(300)
    assert 0 < page.locator("#words").bounding_box()["y"] < 120
    assert page.get_by_text("throw-away route of ours").is_visible()


def test_without_the_script_summary_matrix_and_failures_can_be_read(visit, report_page):
    page = visit(report_page, java_script_enabled=False).show("#check=split/seventy-thirty")
    for text in ("1 check fails", "consumer got 400 of 766 v2, expected 473 to 597", "gamma show split --at 5"):
        assert page.get_by_text(text).first.is_visible()
    assert page.locator(".matrix").is_visible()
    assert page.locator("#filters").is_hidden()
    assert page.locator(".copy").first.is_hidden()
    listed = page.locator("noscript li")
    assert listed.count() == 78
    assert listed.last.is_visible()


def test_the_first_page_says_what_a_reader_must_know(visit, report_page):
    page = visit(report_page).show()
    told = dict(
        zip(
            page.locator(".record dt b").all_text_contents(),
            page.locator(".record dd").all_text_contents(),
            strict=False,
        )
    )
    assert "HTTPRouteCORS" in told["Claimed, without a counted check"]
    assert "HTTPRouteRetry" in told["Undeclared, works"]
    assert "UDPRoute" in told["Disclaimed features"]
    assert "fired 300 ms late" in told["Deviations"]
    assert "timeouts.request-504 1 deviation, 1 observed, 1 error, 1 xfail" in told["Contested statements"]
    assert "raised to 2 times itself, by --time-scale" in told["Raised budgets"]
    assert "Nothing to tell it by." in told["Excused statements"]
    assert "HTTP 503" in told["Known differences"]
    nothing = page.locator(".record > div").last.text_content()
    assert "undeclared, accepted and silently ignored" in nothing
    assert "known failures that do not hold" in nothing


def test_the_file_can_be_opened_from_a_folder(browser, report_file):
    page = browser.new_context().new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(report_file.as_uri() + "#verdict=fail")
    assert page.locator("#state").text_content() == "1 of 78 checks"
    page.get_by_label("Search").fill("seventy")
    assert page.evaluate("location.hash") == "#q=seventy&verdict=fail"
    assert complaints == []
    page.context.close()


ATTACK = (
    '"></pre></script></template></noscript><script>alert(1)</script><img src=https://evil.test/x onerror=alert(2)>'
    '<iframe src="javascript:alert(3)"></iframe><style>*{display:none}</style>\x1b[2J\x00\u202e\u2028\ufffe{{ 7 * 7 }}'
)


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.PASS, Verdict.SKIP])
def test_what_a_mesh_sends_runs_nothing_and_asks_nobody(visit, tmp_path, verdict):
    raw = b"\xff\xfe\x80".decode("latin-1") + ATTACK
    seen = sample(
        summary=raw,
        headers=((raw, raw), ("big", "x" * 1_000_000)),
        backend_saw={"method": raw, "path": raw, "headers": [[raw, raw]]},
    )
    record = check(
        "hostile",
        verdict,
        reason=raw,
        likely=raw,
        request=raw,
        expected=raw,
        reproduce=(raw,),
        observed=(outcome(raw, description=raw, sample=seen),),
    )
    report = load(report_samples.write(tmp_path, (record,)))
    text = html.render(report)
    assert len(text) < 400_000
    page = visit(text).show("#check=unmatched/hostile")
    body = page.locator("#list .body")
    assert body.is_visible()
    shown = body.text_content()
    assert "<script>alert(1)</script><img src=https://evil.test/x onerror=alert(2)>" in shown
    assert "\\x1b[2J\\x00\\u202e\\u2028" in shown
    assert "{{ 7 * 7 }}" in shown
    assert "1,000,000 characters" in shown
    assert page.locator("img, iframe").count() == 0
    assert page.evaluate("document.scripts.length") == 3  # two of data, one of ours
    page.get_by_label("Search").fill("<script>alert(1)")
    assert page.locator("#list .check").count() == 1
