"""A page as a browser would read it: elements, texts, and the data that its script is given."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any


class Page(HTMLParser):
    """What stands in a page, and in the markup that its script would add."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.data: dict[str, Any] = {}
        self.scripts: list[str] = []
        self._inside: dict[str, str | None] | None = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._inside = dict(attrs) if tag == "script" else None if tag != "style" else {}

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside is None:
            self.text += data
        elif "id" in self._inside:
            self.data[str(self._inside["id"])] = json.loads(data)
        elif self._inside == {}:
            self.scripts.append(data)

    def later(self) -> Page:
        """The markup of all details that are not in the page yet, read in the same way."""
        details = self.data["details"]
        parts = [part for both in details["checks"].values() for part in both]
        return Page("".join([*parts, *details["requirements"], *details["scenarios"]]))
