"""Hooks of the suite's own: where its target and its player come from.

The defaults are the embedded lab or a cluster, and the real player. A plugin (``pytest -p MODULE``) that implements
one of them puts something else in its place; under xdist the option reaches the workers too.
"""

from __future__ import annotations

import pytest

from harness.settings import Settings
from suites.plugin.interfaces import Player, Progress, Target


@pytest.hookspec(firstresult=True)
def pytest_gamma_target(
    settings: Settings,
    lab_defect: str | None,
    lab_gateway_api: str | None,
    lab_poses_as: str | None,
    progress: Progress,
) -> Target | None:
    """Offer what the scenarios are played on; asked once a run, in the controlling process."""


@pytest.hookspec(firstresult=True)
def pytest_gamma_player(settings: Settings, progress: Progress) -> Player | None:
    """Offer what plays the scenarios; asked once in every process that runs tests.

    It tells `progress` what it waits for.
    """
