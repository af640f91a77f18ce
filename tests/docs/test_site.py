"""The built site: every link leads somewhere, and nothing is loaded from elsewhere. `tox -e docs` builds it before."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

SITE = Path(__file__).resolve().parents[2] / "build" / "site"
_LOADED = {("link", "href"), ("object", "data"), *((tag, "src") for tag in ("script", "img", "iframe", "source"))}


class Page(HTMLParser):
    """Links, ids and what is loaded."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.loaded: list[str] = []
        self.titles = 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids |= {given[key] for key in ("id", "name") if given.get(key)}
        self.titles += tag == "h1"
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        for name, value in attrs:
            if (tag, name) in _LOADED and value and given.get("rel") != "canonical":
                self.loaded.append(value)


@pytest.fixture(scope="module")
def site() -> dict[Path, Page]:
    if not SITE.is_dir():
        pytest.skip("no site was built: mkdocs build --strict")
    return {path: Page(path) for path in SITE.rglob("*.html")}


def test_links_lead_to_pages_and_parts_that_exist(site):
    broken = []
    for path, page in site.items():
        if path.name == "404.html":  # its links begin at the root of a server
            continue
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                broken.append(f"{path.relative_to(SITE)}: {link}")
            elif parts.fragment and target in site and unquote(parts.fragment) not in site[target].ids:
                broken.append(f"{path.relative_to(SITE)}: {link} (no such part)")
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(site):
    for path, page in site.items():
        assert [url for url in page.loaded if "//" in url] == [], path
    for path in [*SITE.rglob("*.css")]:
        found = re.findall(r"url\(\s*['\"]?(?:https?:)?//[^)]*|@import[^;]*", path.read_text(encoding="utf-8"))
        assert found == [], path


def test_every_page_has_one_title(site):
    assert [path for path, page in site.items() if page.titles != 1] == []
