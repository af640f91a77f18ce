"""Requirements and features that a scenario names are those of the specification."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import Problem
from harness.scenario.gateway_api import since
from harness.scenario.model import Scenario, checks_of
from harness.scenario.suggest import suggest
from spec import crds, features, requirements

Line = tuple[int, int]

#: What a wrong outcome of anything weaker means does not depend on the release.
_JUDGED = ("MUST", "SHOULD")


def _numbers(release: str) -> Line:
    """``v1.4`` and ``v1.4.0/standard`` as numbers."""
    major, minor = release.removeprefix("v").partition("/")[0].split(".")[:2]
    return int(major), int(minor)


def _line(release: str) -> Line:
    """The release line that something is asked of; what no release has yet is asked of the newest."""
    return min(_numbers(release), _numbers(crds.VERSION))


def _text(line: Line) -> str:
    return f"v{line[0]}.{line[1]}"


def proven(scenario: Scenario) -> Iterator[Problem]:
    """Every requirement that a check proves is in the catalogue, named once, and stated where the check is played."""
    known = requirements.load()
    first = _line(since(scenario))
    for index, step in enumerate(scenario.steps):
        for number, check in enumerate(checks_of(step)):
            for place, name in enumerate(check.proves):
                mark = scenario.at("steps", index, "checks", number, "proves", place)
                if name not in known:
                    yield Problem(mark, f"unknown requirement {name!r}", suggest(name, known))
                elif name in check.proves[:place]:
                    yield Problem(mark, f"{check.id} names {name!r} twice", "keep one")
                elif known[name].strength in _JUDGED and first < (stated := _line(known[name].since)):
                    text = f"{name!r} is stated since {_text(stated)}, but would be judged from {_text(first)} on"
                    yield Problem(mark, text, f"write since: {_text(stated)}")


def unless(scenario: Scenario) -> Iterator[Problem]:
    """Every feature under ``unless`` exists."""
    known = features.load()
    for place, name in enumerate(scenario.unless):
        if name not in known:
            yield Problem(scenario.at("unless", place), f"unknown feature {name!r}", suggest(name, known))
