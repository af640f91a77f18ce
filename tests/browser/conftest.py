"""One browser for all tests; each page is alone with its file, and everything that it should not do is written down."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.evidence import load
from reports import html
from tests.browser import report_samples

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

ADDRESS = "https://report.test/report.html"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


# For one module: while it runs, its event loop stands in the way of every other test of this process.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (extra dev)")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Visit:
    """A page, and what it did besides showing itself."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def show(self, fragment: str = "") -> Page:
        self.page.goto(ADDRESS + fragment)
        return self.page


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Open a file in a context of its own; at the end it must have asked nobody for anything, and not complained."""
    visits: list[Visit] = []

    def begin(text: str, **options: Any) -> Visit:
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], **options)
        made = Visit(context.new_page())
        visits.append(made)

        def answer(route: Route) -> None:
            url = route.request.url
            if url.partition("#")[0] == ADDRESS:
                route.fulfill(body=text, content_type="text/html; charset=utf-8")
            else:
                made.requests.append(url)
                route.abort()

        context.route("**/*", answer)
        page = made.page
        page.on(
            "console", lambda said: made.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: made.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (made.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        return made

    yield begin
    for made in visits:
        made.page.context.close()
        assert made.requests == []
        assert made.complaints == []


@pytest.fixture(scope="session")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("report")
    path = directory / html.FILE
    path.write_text(html.render(load(report_samples.write(directory))), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def report_page(report_file: Path) -> str:
    return report_file.read_text(encoding="utf-8")
