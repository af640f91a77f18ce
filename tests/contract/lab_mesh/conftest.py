"""A real Envoy under the mesh's control, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.lab_mesh.bench import Bench


@pytest.fixture(scope="session")
def shared_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("mesh"))
    yield made
    made.close()


@pytest.fixture
def bench(shared_bench: Bench) -> Iterator[Bench]:
    """The sandbox; after the test Envoy must have taken the last configuration without complaint."""
    yield shared_bench
    assert shared_bench.rejections == []
