"""Filters, links and keys of report.html, in a real browser."""

from __future__ import annotations

import pytest

from tests.browser.report_samples import SEND

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (extra dev)").expect


@pytest.fixture
def page(visit, report_page):
    return visit(report_page).show()


def shown(page) -> list[str]:
    return page.locator("#list .check .name").all_text_contents()


def fragment(page) -> str:
    return page.evaluate("location.hash")


def test_all_checks_are_there_and_what_failed_stands_first_and_open(page):
    assert page.locator("#state").text_content() == "78 checks, what failed first"
    assert shown(page)[:3] == ["split/seventy-thirty", "slow/lost", "slow/late"]
    assert page.locator("#list .check[open]").count() == 2
    assert page.get_by_text("Weights are ignored: all backends count alike.").last.is_visible()


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("area", "timeouts", 4),
        ("support", "experimental", 1),
        ("feature", "HTTPRouteRequestTimeout", 4),
        ("requirement", "weights.proportional", 3),
    ],
)
def test_a_choice_filters_and_stands_in_the_address(page, name, value, number):
    page.locator(f"select[name={name}]").select_option(value)
    assert page.locator("#state").text_content() == f"{number} of 78 checks"
    assert fragment(page) == f"#{name}={value}"
    page.reload()
    assert len(shown(page)) == number
    assert page.locator(f"select[name={name}]").input_value() == value
    page.get_by_role("button", name="Show all").click()
    assert fragment(page) == ""
    assert page.locator("#state").text_content() == "78 checks, what failed first"


def test_verdicts_add_up(page):
    button = page.locator("#filters .verdict")
    button.filter(has_text="fail").first.click()
    button.filter(has_text="deviation").click()
    assert shown(page) == ["split/seventy-thirty", "slow/late"]
    assert fragment(page) == "#verdict=fail,deviation"
    assert button.filter(has_text="deviation").get_attribute("aria-pressed") == "true"
    button.filter(has_text="deviation").click()
    assert shown(page) == ["split/seventy-thirty"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("exec session", ["slow/lost"]),
        ("UDPROUTE", ["unmatched/lookalike"]),
        ("proportion to their weights", ["split/seventy-thirty", "split/zero-gets-nothing", "retried/again"]),
        ("retried again", ["retried/again"]),
        ("count alike", ["split/seventy-thirty"]),
        ("nothing like it", []),
    ],
)
def test_words_are_searched_in_everything_that_is_told(page, text, found):
    page.get_by_label("Search").fill(text)
    assert shown(page) == found
    assert page.evaluate("new URLSearchParams(location.hash.slice(1)).get('q')") == text


def test_filters_narrow_each_other(page):
    page.locator("select[name=area]").select_option("timeouts")
    page.locator("#filters .verdict").filter(has_text="error").click()
    assert shown(page) == ["slow/lost"]


def test_a_cell_of_the_matrix_leads_to_its_checks_and_back(page):
    page.locator(".matrix tbody tr").filter(has_text="timeouts").locator("a").nth(1).click()
    assert fragment(page) == "#area=timeouts&support=extended"
    assert len(shown(page)) == 4
    page.go_back()
    assert page.locator("#state").text_content() == "78 checks, what failed first"


def test_a_statement_leads_to_all_checks_that_prove_it(page):
    page.locator("#list .requirement a").first.click()
    assert fragment(page) == "#requirement=weights.proportional"
    assert len(shown(page)) == 3


@pytest.mark.parametrize("check", ["unmatched/passes-069", "split/seventy-thirty", "unmatched/lookalike"])
def test_a_link_to_a_check_opens_it(visit, report_page, check):
    page = visit(report_page).show(f"#check={check}")
    row = page.locator(f'[id="check={check}"]')
    assert row.get_attribute("open") is not None
    expect(row.locator("summary").first).to_be_focused()
    assert row.locator(".body").is_visible()
    assert row.locator(".requirement").count() == 1
    assert row.locator(".timeline li").count() == 6
    top = row.evaluate("one => one.getBoundingClientRect().top")
    assert 0 <= top < 300


def test_opening_a_check_puts_it_into_the_address(page):
    page.get_by_label("Search").fill("passes-007")
    page.locator("#list summary").first.click()
    assert fragment(page) == "#q=passes-007&check=unmatched/passes-007"
    assert page.locator("#list .exchange").count() == 0 or page.locator("#list .histogram").count() == 1
    page.locator("#list summary").first.click()
    assert fragment(page) == "#q=passes-007"


def test_rows_appear_as_they_are_scrolled_to(page):
    assert len(shown(page)) == 60
    page.locator("#more").scroll_into_view_if_needed()
    expect(page.locator("#list .check")).to_have_count(78)
    assert page.locator("#more").is_hidden()


def test_commands_are_copied(page):
    row = page.locator("#list .check").first
    row.locator(".code").filter(has_text="probe.pyz send").get_by_role("button").click()
    expect(page.locator("#said")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == SEND
    row.get_by_text("Manifests as applied").click()
    row.locator(".code").last.get_by_role("button").click()
    assert "kind: HTTPRoute" in page.evaluate("navigator.clipboard.readText()")


def test_commands_are_copied_where_the_clipboard_is_not_to_be_had(visit, report_page):
    page = visit(report_page).show()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }")
    page.locator("#list .copy").nth(1).click()
    expect(page.locator("#said")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == SEND


def test_everything_can_be_done_by_keys(visit, report_page):
    page = visit(report_page).show()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className").endswith("skip-link")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.get_by_label("Search").focus()
    page.keyboard.type("passes-01")
    assert len(shown(page)) == 10
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.check > summary')"):
            break
    page.keyboard.press("Enter")
    assert page.locator("#list .check").first.get_attribute("open") is not None
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert page.locator("#list .check").nth(1).get_attribute("open") is not None
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert page.locator("#list .check").first.get_attribute("open") is None
