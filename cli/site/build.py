"""Hands the generated pages to MkDocs, and makes links into the repository work inside the site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from cli.site import pages
from harness.scenario import load_catalogue
from spec import requirements

ROOT = Path(__file__).resolve().parents[2]
#: Where files of the repository that pages link to are put.
SOURCES = "files"
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<to>\.\./[^)#\s]+)(?P<part>#[^)\s]*)?\)")


def generated() -> Iterator[tuple[str, str]]:
    """Every generated page: its place among the sources, and its Markdown."""
    catalogue = list(load_catalogue([ROOT / "scenarios"]).values())
    known = requirements.load()
    yield f"{pages.FOLDER}/index.md", pages.index(catalogue)
    for scenario in catalogue:
        yield pages.address(scenario), pages.page(scenario, known)


def linked(markdown: str, page: str) -> tuple[str, tuple[str, ...]]:
    """A page whose links to files of the repository lead to copies in the site, and which files these are.

    `page` is the page's place below ``docs/``. The README is what the site begins with. Raises ValueError for a link
    to what does not exist.
    """
    wanted: list[str] = []

    def lead(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), found["to"]))
        if target == "README.md":
            to = "index.md"
        elif target.startswith("docs/"):
            return found[0]
        elif target.startswith("scenarios/") and target.endswith(".yaml"):
            to = f"{pages.FOLDER}/{target.removeprefix('scenarios/').removesuffix('.yaml')}.md"
        elif (ROOT / target).is_file():
            wanted.append(target)
            to = f"{SOURCES}/{target}{'.txt' if target.endswith(('.py', '.md')) else ''}"
        elif (ROOT / target).is_dir():
            return f"`{target}/`"
        else:
            raise ValueError(f"docs/{page} links to {target}, which does not exist")
        relative = posixpath.relpath(to, posixpath.dirname(page) or ".")
        return f"[{found['text']}]({relative}{found['part'] or ''})"

    return _LINK.sub(lead, markdown), tuple(wanted)
