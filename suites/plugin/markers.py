"""Markers: the area, the support level and every feature of a scenario."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

import spec.features
from harness.scenario import features_needed, support_level
from harness.scenario.model import Scenario

SUPPORT = ("core", "extended", "experimental")


def register(config: pytest.Config, directories: Iterable[Path]) -> None:
    """Declare every marker a scenario may get, so that ``--strict-markers`` finds misspelled ones."""
    for area in sorted({path.name for directory in directories for path in directory.iterdir() if path.is_dir()}):
        config.addinivalue_line("markers", f"{area_marker(area)}: scenarios in the area {area}")
    for level in SUPPORT:
        config.addinivalue_line("markers", f"{level}: scenarios that need nothing beyond {level} support")
    for feature in spec.features.load().values():
        config.addinivalue_line("markers", f"{feature.marker}: scenarios that need {feature.name}")


def of(scenario: Scenario) -> list[pytest.MarkDecorator]:
    """The markers of one scenario."""
    names = [area_marker(scenario.area), support_level(scenario)]
    names += [spec.features.marker(feature) for feature in sorted(features_needed(scenario))]
    return [getattr(pytest.mark, name) for name in dict.fromkeys(names)]


def area_marker(area: str) -> str:
    """``producer-consumer`` is ``producer_consumer``."""
    return area.replace("-", "_").replace(".", "_")
