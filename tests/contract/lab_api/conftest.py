"""One real API server for all tests of this folder, and a namespace of its own for each test."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator

import kubernetes
import pytest
from kubernetes.dynamic import DynamicClient

from tests.contract.lab_api.lab_api_server import ADMIN_TOKEN, LIMITED_TOKEN, RunningServer

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    server = RunningServer(tmp_path_factory.mktemp("api"))
    yield server
    server.close()


@contextlib.contextmanager
def _client(running: RunningServer, token: str) -> Iterator[kubernetes.client.ApiClient]:
    configuration = kubernetes.client.Configuration()
    configuration.host = running.url
    configuration.ssl_ca_cert = str(running.folder / "tls" / "ca.crt")
    configuration.api_key = {"authorization": f"Bearer {token}"}
    with kubernetes.client.ApiClient(configuration) as client:
        yield client
        client.rest_client.pool_manager.clear()  # the client itself leaves its connections open


@pytest.fixture
def api(running: RunningServer) -> Iterator[kubernetes.client.ApiClient]:
    with _client(running, ADMIN_TOKEN) as client:
        yield client


@pytest.fixture
def limited_api(running: RunningServer) -> Iterator[kubernetes.client.ApiClient]:
    with _client(running, LIMITED_TOKEN) as client:
        yield client


@pytest.fixture
def core(api: kubernetes.client.ApiClient) -> kubernetes.client.CoreV1Api:
    return kubernetes.client.CoreV1Api(api)


@pytest.fixture
def dynamic(api: kubernetes.client.ApiClient, tmp_path_factory: pytest.TempPathFactory) -> DynamicClient:
    cache = tmp_path_factory.mktemp("discovery") / "cache.json"
    return DynamicClient(api, cache_file=str(cache))


@pytest.fixture
def namespace(core: kubernetes.client.CoreV1Api) -> str:
    name = f"test-{next(_NUMBERS)}"
    core.create_namespace({"metadata": {"name": name}})
    return name
