"""``gamma list``: the scenarios, what they need and what they prove."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.catalogue import add_scenarios_option, directories
from harness.scenario import channel, features_needed, load_catalogue, since, support_level
from harness.scenario.model import Scenario

_WIDTH = 200  # where there is no terminal


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("list", help="the scenarios and what they prove")
    parser.add_argument("--json", action="store_true", help="as a JSON list, for programs")
    add_scenarios_option(parser)


def run(options: argparse.Namespace) -> int:
    """Print the catalogue. Raises ScenarioError where a scenario does not load."""
    catalogue = load_catalogue(directories(options))
    if options.json:
        sys.stdout.write(json.dumps([entry(one) for one in catalogue.values()], indent=2, ensure_ascii=False) + "\n")
        return 0
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    console.print(_table(catalogue))
    checks = sum(len(scenario.checks) for scenario in catalogue.values())
    console.print(f"{len(catalogue)} scenarios, {checks} checks")
    return 0


def entry(scenario: Scenario) -> dict[str, Any]:
    """What programs get to know about a scenario."""
    return {
        "id": scenario.id,
        "area": scenario.area,
        "title": scenario.title,
        "support": support_level(scenario),
        "features": sorted(features_needed(scenario)),
        "since": since(scenario),
        "channel": channel(scenario),
        "file": scenario.mark.file,
        "checks": [
            {"id": f"{scenario.id}/{check.id}", "proves": list(check.proves), "line": check.mark.line}
            for check in scenario.checks
        ],
    }


def _table(catalogue: Mapping[str, Scenario]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("area", no_wrap=True)
    table.add_column("scenario", no_wrap=True)
    table.add_column("support", no_wrap=True)
    table.add_column("since", no_wrap=True)
    table.add_column("checks", justify="right")
    table.add_column("title")
    for scenario in catalogue.values():
        first = since(scenario) + (f" {channel(scenario)}" if channel(scenario) != "standard" else "")
        row = (scenario.area, scenario.id, support_level(scenario), first, str(len(scenario.checks)), scenario.title)
        table.add_row(*(Text(cell) for cell in row))
    return table
