"""Form: the file can be read in one go, and its prose states what a right mesh does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from harness.errors import Problem
from harness.scenario.basics import Mark
from harness.scenario.model import Scenario

SHORTEST, LONGEST, WIDEST = 40, 160, 110
_SCHEMA = re.compile(r"# yaml-language-server: \$schema=\S*scenario\.schema\.json")
_SCHEMA_LINE = "# yaml-language-server: $schema=../../spec/scenario.schema.json"
_WISHES = re.compile(r"\b(should|tests? (that|if|whether)|checks? (that|if|whether))\b", re.IGNORECASE)
_ANNOUNCEMENTS = re.compile(r"\b(must|shall|ought|verif(y|ies)|ensures?|makes? sure)\b", re.IGNORECASE)


def file(scenario: Scenario) -> Iterator[Problem]:
    """Length, width, the first line, and the file's name."""
    name, lines = scenario.mark.file, scenario.text.splitlines()
    if not lines:
        return  # made in code
    if not _SCHEMA.fullmatch(lines[0]):
        yield Problem(Mark(name, 1), "line 1 does not name the schema, by which editors help", f"write {_SCHEMA_LINE}")
    if len(lines) < SHORTEST:
        text = f"{len(lines)} lines: a scenario has {SHORTEST} to {LONGEST}"
        yield Problem(Mark(name, len(lines)), text, "say more about why, or make it part of another scenario")
    if len(lines) > LONGEST:
        text = f"{len(lines)} lines: a scenario has {SHORTEST} to {LONGEST}"
        yield Problem(Mark(name, LONGEST + 1), text, "split it: one story, one file")
    for number, line in enumerate(lines, start=1):
        if len(line) > WIDEST:
            yield Problem(Mark(name, number, WIDEST + 1), f"{len(line)} columns", f"break the line at {WIDEST}")
        if line != line.rstrip() or "\t" in line:
            yield Problem(Mark(name, number), "spaces at the end, or a tab", "remove them")
    if PurePath(name).stem != scenario.id:
        text = f"the scenario {scenario.id!r} stands in {PurePath(name).name}"
        yield Problem(scenario.at("scenario"), text, f"name the file {scenario.id}.yaml")


def prose(scenario: Scenario) -> Iterator[Problem]:
    """Titles and explanations state behaviour; they neither wish nor announce a test."""
    title, mark = scenario.title, scenario.at("title")
    if title != title.strip() or title.endswith(".") or "\n" in title or not title[:1].isupper():
        yield Problem(mark, f"the title {title!r} is no heading", "one line, a capital first, no full stop")
    texts = [(title, mark), (scenario.why, scenario.at("why"))]
    for index, step in enumerate(scenario.steps):
        for number, check in enumerate(getattr(step, "checks", ())):
            where, instead = ("steps", index, "checks", number, "ifInstead"), check.ifInstead
            if isinstance(instead, str):
                texts.append((instead, scenario.at(*where)))
            else:
                texts += [(text, scenario.at(*where, outcome)) for outcome, text in instead.items()]
    if found := _ANNOUNCEMENTS.search(title):
        yield Problem(mark, f"{found[0]!r}: a title states behaviour", "say what a right mesh does")
    for text, place in texts:
        if found := _WISHES.search(text):
            yield Problem(place, f"{found[0]!r}: prose states what happens", "say what a mesh does, or did instead")
