"""What the commands about scenarios share: where the catalogue is, and finding a scenario in it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from harness.errors import UsageError
from harness.scenario.model import Scenario
from harness.scenario.suggest import suggest

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"


def add_scenarios_option(parser: argparse.ArgumentParser) -> None:
    """Declare ``--scenarios``."""
    parser.add_argument(
        "--scenarios",
        action="append",
        type=Path,
        metavar="DIR",
        help="another catalogue than the suite's own (may be repeated)",
    )


def directories(options: argparse.Namespace) -> list[Path]:
    """The catalogues that were asked for."""
    return options.scenarios or [SCENARIOS]


def find(catalogue: Mapping[str, Scenario], name: str) -> Scenario:
    """The scenario of an id, or of one of its checks. Raises UsageError with the nearest id."""
    found = catalogue.get(name.partition("/")[0])
    if found is None:
        raise UsageError(f"there is no scenario {name!r}", f"{suggest(name, catalogue)} (`gamma list` shows all)")
    return found
