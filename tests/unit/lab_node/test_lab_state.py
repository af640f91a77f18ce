"""What is remembered of a running lab, its credentials, and the objects it shows itself by."""

from __future__ import annotations

import base64
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from lab import control, credentials, state
from lab.config import LabConfig, LabError
from lab.node import nodes
from lab.node.addresses import NODES
from lab.state import State


@pytest.fixture
def sleeper():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


def remembered(process: subprocess.Popen[bytes]) -> State:
    return State(process.pid, state.began(process.pid), 1, "v1.6", "standard")


def test_a_process_is_known_by_its_number_and_its_beginning(sleeper):
    kept = remembered(sleeper)
    assert kept.running
    assert not State(sleeper.pid, kept.began + 1, 1, "v1.6", "standard").running


def test_a_process_that_was_ended_but_not_reaped_does_not_run(sleeper):
    kept = remembered(sleeper)
    assert state.end(kept)
    assert not kept.running
    assert state.end(kept)


def test_state_is_read_as_it_was_written(tmp_path, sleeper):
    kept = remembered(sleeper)
    assert state.read(tmp_path) is None
    state.write(kept, tmp_path)
    assert state.read(tmp_path) == kept
    state.forget(tmp_path)
    assert state.read(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "surprise": 2}'])
def test_a_damaged_state_is_no_lab(tmp_path, text):
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "state.json").write_text(text)
    assert control.attach(tmp_path) is None


def test_credentials_are_private_and_the_kubeconfig_is_complete(tmp_path):
    made = credentials.make()
    credentials.write(made, tmp_path)
    credentials.write_kubeconfig(made, 1234, tmp_path / "kubeconfig")
    assert credentials.read(tmp_path) == made
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    config = json.loads((tmp_path / "kubeconfig").read_text())
    (cluster,) = config["clusters"]
    assert cluster["cluster"]["server"] == "https://127.0.0.1:1234"
    authority = base64.b64decode(cluster["cluster"]["certificate-authority-data"]).decode()
    assert authority == made.certificates.authority
    assert config["current-context"] == credentials.CONTEXT == config["contexts"][0]["name"]


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (LabConfig(Path("run"), defect="timeout-ignord"), "there is no defect 'timeout-ignord'"),
        (LabConfig(Path("run"), crds="v0.8"), "the lab has no Gateway API v0.8/standard"),
        (LabConfig(Path("run"), channel="nightly"), "the lab has no Gateway API v1.6/nightly"),
    ],
)
def test_what_the_lab_does_not_have_is_refused_before_anything_starts(config, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LabError, match=told) as caught:
        control.start(config)
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_another_system_is_told_what_to_use_instead(monkeypatch, tmp_path):
    monkeypatch.setattr(control.sys, "platform", "darwin")
    with pytest.raises(LabError, match="needs Linux, this is darwin") as caught:
        control.start(LabConfig(tmp_path))
    assert "--kube-context" in caught.value.hint


def test_missing_packages_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(control, "_NEEDED", {"no_such_module": "no-such-package", "json": "json"})
    with pytest.raises(LabError, match="not installed: no-such-package") as caught:
        control.start(LabConfig(tmp_path))
    assert "pip install -e '.[lab]'" in caught.value.hint


def test_nodes_are_ready_objects():
    for plan in NODES:
        node = nodes.node_object(plan)
        assert node["metadata"]["name"] == plan.name
        assert node["spec"]["podCIDR"] == str(plan.pods)
        (ready,) = node["status"]["conditions"]
        assert (ready["type"], ready["status"]) == ("Ready", "True")
