"""Markers: the area, the support level and every feature of a scenario; and a smoke selection."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import pytest

import spec.features
from harness.scenario import features_needed, support_level
from harness.scenario.model import Scenario

SUPPORT = ("core", "extended", "experimental")
SMOKE = "smoke"


def register(config: pytest.Config, directories: Iterable[Path]) -> None:
    """Declare every marker a scenario may get, so that ``--strict-markers`` finds misspelled ones."""
    for area in sorted({path.name for directory in directories for path in directory.iterdir() if path.is_dir()}):
        config.addinivalue_line("markers", f"{area_marker(area)}: scenarios in the area {area}")
    config.addinivalue_line("markers", f"{SMOKE}: one scenario an area, the first that needs least")
    for level in SUPPORT:
        config.addinivalue_line("markers", f"{level}: scenarios that need nothing beyond {level} support")
    for feature in spec.features.load().values():
        config.addinivalue_line("markers", f"{feature.marker}: scenarios that need {feature.name}")


def smoke(catalogue: Mapping[str, Scenario]) -> frozenset[str]:
    """One scenario of each area: the first of those with the lowest support level that every mesh may be asked."""
    first: dict[str, Scenario] = {}
    for scenario in sorted(catalogue.values(), key=lambda one: SUPPORT.index(support_level(one))):
        if not scenario.hazard and not scenario.unless:
            first.setdefault(scenario.area, scenario)
    return frozenset(scenario.id for scenario in first.values())


def of(scenario: Scenario, smoke: Collection[str] = ()) -> list[pytest.MarkDecorator]:
    """The markers of one scenario; ``smoke`` are the ids of the smoke selection."""
    return [getattr(pytest.mark, name) for name in names_of(scenario, smoke)]


def names_of(scenario: Scenario, smoke: Collection[str] = ()) -> list[str]:
    """The markers by name, each once."""
    names = [area_marker(scenario.area), support_level(scenario), *([SMOKE] if scenario.id in smoke else ())]
    names += [spec.features.marker(feature) for feature in sorted(features_needed(scenario))]
    return list(dict.fromkeys(names))


def area_marker(area: str) -> str:
    """``producer-consumer`` is ``producer_consumer``."""
    return area.replace("-", "_").replace(".", "_")
