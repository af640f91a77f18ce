"""One lab for all tests of this folder, and a namespace of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.control import Lab, LabConfig, start
from tests.contract.lab_node.node_cluster import Cluster

_PATIENCE = 60.0


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    running = start(LabConfig(tmp_path_factory.mktemp("run")))
    try:
        running.wait_ready(_PATIENCE)
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def cluster(lab: Lab) -> Iterator[Cluster]:
    found = Cluster(lab.kubeconfig)
    yield found
    found.close()


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    name = cluster.namespace()
    yield name
    cluster.core.delete_namespace(name)
