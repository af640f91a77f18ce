import pytest
from kubernetes import client

from harness.cluster import KubeCluster

from .scripted_api import Api


@pytest.fixture
def api():
    server = Api()
    yield server
    server.stop()


@pytest.fixture
def cluster(api):
    configuration = client.Configuration()
    configuration.host = api.url
    configuration.retries = False
    found = KubeCluster.connect(configuration)
    yield found
    found.close()
