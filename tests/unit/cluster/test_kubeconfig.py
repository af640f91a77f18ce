import pytest
import yaml

from harness.cluster import config, load_configuration
from harness.errors import TargetError


def kubeconfig(tmp_path, **changes):
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"token": "secret"}}],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": "u"}} for name in ("kind-ci", "kind-dev")],
        "current-context": "kind-ci",
        **changes,
    }
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(config, "_IN_CLUSTER", tmp_path / "no-token")


def test_a_kubeconfig_gives_server_and_credentials(tmp_path):
    found = load_configuration(kubeconfig(tmp_path))
    assert found.host == "https://127.0.0.1:1"
    assert found.auth_settings()["BearerToken"]["value"] == "Bearer secret"


def test_the_environment_names_the_kubeconfig(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path)))
    assert load_configuration(context="kind-dev").host == "https://127.0.0.1:1"


def test_no_kubeconfig_anywhere():
    with pytest.raises(TargetError, match="no kubeconfig") as caught:
        load_configuration()
    assert "--mesh lab" in caught.value.hint


def test_a_kubeconfig_that_does_not_exist(tmp_path, monkeypatch):
    with pytest.raises(TargetError, match=r"there is no kubeconfig .*/absent"):
        load_configuration(tmp_path / "absent")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    with pytest.raises(TargetError, match="names no existing file"):
        load_configuration()


def test_a_wrong_context_lists_those_that_exist(tmp_path):
    with pytest.raises(TargetError, match="no context 'prod'") as caught:
        load_configuration(kubeconfig(tmp_path), "prod")
    assert caught.value.hint == "contexts that exist: kind-ci, kind-dev"


def test_no_current_context_asks_for_one(tmp_path):
    with pytest.raises(TargetError) as caught:
        load_configuration(kubeconfig(tmp_path, **{"current-context": ""}))
    assert "cannot be used" in caught.value.message or "--kube-context" in caught.value.hint


@pytest.mark.parametrize("text", ["", "[1, 2", "just text", "contexts: 5\n", "{}"])
def test_a_file_that_is_no_kubeconfig(tmp_path, text):
    path = tmp_path / "kubeconfig"
    path.write_text(text)
    with pytest.raises(TargetError, match="cannot be used"):
        load_configuration(path)


def test_a_context_whose_cluster_is_missing(tmp_path):
    with pytest.raises(TargetError, match="cannot be used"):
        load_configuration(kubeconfig(tmp_path, clusters=[]))
