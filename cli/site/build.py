"""Hands the generated pages to MkDocs, and makes links into the repository work inside the site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from cli.site import pages
from harness.scenario import load_catalogue
from harness.scenario.model import Scenario
from spec import defects, requirements

ROOT = Path(__file__).resolve().parents[2]
#: Where files of the repository that pages link to are put.
SOURCES = "files"
#: Pages whose tables need all the room there is.
WIDE = ("coverage.md",)
_CHECK = re.compile(r"(?<![\[`])`(?P<scenario>[a-z0-9-]+)/(?P<check>[a-z0-9-]+)`(?!\])")
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<to>\.\./[^)#\s]+)(?P<part>#[^)\s]*)?\)")

#: A link to a folder below ``docs/``, which is no page.
_FOLDER = re.compile(r"(?<!!)\[[^\]]*\]\((examples/[^).#\s]+?)/?\)")


def catalogue() -> Mapping[str, Scenario]:
    """The suite's own."""
    return load_catalogue([ROOT / "scenarios"])


def generated(scenarios: Mapping[str, Scenario]) -> Iterator[tuple[str, str]]:
    """Every generated page: its place among the sources, and its Markdown."""
    known = requirements.load()
    killers = pages.killers_of(defects.load().values())
    yield f"{pages.FOLDER}/index.md", pages.index(scenarios.values())
    for scenario in scenarios.values():
        yield pages.address(scenario), pages.page(scenario, known, killers)


def checks_linked(markdown: str, page: str, catalogue: Mapping[str, Scenario]) -> str:
    """A page in which each check that stands between backticks leads to where it is explained."""

    def lead(found: re.Match[str]) -> str:
        scenario = catalogue.get(found["scenario"])
        if scenario is None or found["check"] not in {check.id for check in scenario.checks}:
            return found[0]
        to = posixpath.relpath(pages.address(scenario), posixpath.dirname(page) or ".")
        return f"[{found[0]}]({to}#{found['check']})"

    return _CHECK.sub(lead, markdown)


def without_contents(markdown: str) -> str:
    """A page of wide tables, which take the room of the table of contents."""
    return f'---\nhide: [toc]\n---\n<div class="gamma-wide" markdown>\n\n{markdown}\n</div>\n'


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

    return _FOLDER.sub(r"`docs/\1/`", _LINK.sub(lead, markdown)), tuple(wanted)
