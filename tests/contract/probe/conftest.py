"""One world for all tests of this folder; tests that break an agent start their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from probe_world import World

from harness.prober import Prober


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    found = World(tmp_path_factory.mktemp("agents"))
    yield found
    found.stop()


@pytest.fixture
def prober(world: World) -> Iterator[Prober]:
    found = world.prober()
    yield found
    found.close()
