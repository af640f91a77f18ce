"""``gamma new AREA/NAME``: a scenario to begin with, that can be played as it stands."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from cli.catalogue import SCENARIOS, add_scenarios_option, directories
from harness.coverage import cover
from harness.errors import UsageError
from harness.scenario import Catalogue, load_catalogue
from harness.scenario.lint import lint
from harness.scenario.load import parse_scenario, scenario_files
from reports.terminal import shown
from spec import excuses, requirements

_SKELETON = Path(__file__).with_name("skeleton.yaml")
_PLACE = re.compile(r"(?P<area>[a-z][a-z0-9]*(-[a-z0-9]+)*)/(?P<name>[a-z][a-z0-9]*(-[a-z0-9]+)*)")
_LONGEST = 40  # of a name: other objects are named after the scenario
_SUGGESTED = 8


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("new", help="begin a scenario")
    parser.add_argument("place", metavar="AREA/NAME", help="where it goes: scenarios/AREA/NAME.yaml")
    add_scenarios_option(parser)


def run(options: argparse.Namespace) -> int:
    """Write the skeleton and say what to do next. Raises UsageError for a name that is taken or cannot be used."""
    place = _PLACE.fullmatch(options.place)
    if place is None or len(place["name"]) > _LONGEST:
        raise UsageError(
            f"{options.place!r} is no AREA/NAME: lower-case words and hyphens, at most {_LONGEST} characters in NAME",
            "for example: gamma new filters/mirror-twice",
        )
    begun = [directory for directory in directories(options) if scenario_files(directory)]
    catalogue = load_catalogue(begun)
    area, name = place["area"], place["name"]
    path = (options.scenarios or [SCENARIOS])[0] / area / f"{name}.yaml"
    text = skeleton(catalogue, area, name, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} exists", "choose another name, or edit that file") from None
    sys.stdout.write("\n".join(_next_steps(catalogue, area, name, shown(path))) + "\n")
    return 0


def skeleton(catalogue: Catalogue, area: str, name: str, path: Path) -> str:
    """The file's content. Raises UsageError where the name is taken, be it by an object of another scenario."""
    if name in catalogue:
        raise UsageError(f"there is a scenario {name!r} already: {catalogue[name].mark}", "choose another name")
    text = _SKELETON.read_text(encoding="utf-8").replace("NAME", name)
    scenario, problems = parse_scenario(text, str(path), area=area)
    if scenario is not None:
        problems = [one for one in lint({**catalogue, name: scenario}) if one.mark.file == str(path)]
    if problems:
        raise UsageError(f"{name!r} cannot be used: {problems[0].text}", "choose another name")
    return text


def _next_steps(catalogue: Catalogue, area: str, name: str, path: Path) -> Iterator[str]:
    known = sorted({scenario.area for scenario in catalogue.values()})
    news = f" ({area} is a new area; there are: {', '.join(known)})" if known and area not in known else ""
    yield f"wrote {path}{news}"
    yield ""
    yield "Next:"
    yield "  1. Write title and why, then objects, probes, outcomes and checks; editors help by the schema of line 1."
    yield f"  2. gamma lint {path}"
    yield f"  3. gamma show {name}                # what is derived from it"
    yield f"  4. pytest --scenario {name}         # play it on the lab"
    yield "  5. Name its checks in spec/defects.yaml, at the defects that must turn them red."
    covered = cover(requirements.load(), catalogue.values(), excuses.load())
    missing = [one.requirement.id for one in covered if one.how == "missing" and one.requirement.area == area]
    if missing:
        more = f", and {len(missing) - _SUGGESTED} more" if len(missing) > _SUGGESTED else ""
        yield f"Not proven yet in {area}: {', '.join(missing[:_SUGGESTED])}{more}"
