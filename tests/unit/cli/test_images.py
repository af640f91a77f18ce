"""gamma images, and the options by which a run pulls its image from elsewhere."""

from __future__ import annotations

import json

import pytest
import yaml

from cli import main as gamma
from harness.errors import UsageError
from harness.images import checked_image, checked_secrets, images
from harness.mesh_profile import MeshProfile
from harness.settings import Settings

MIRROR = "mirror.example:5000/library/python:3.12-slim@sha256:" + "a" * 64


def told(capsys, *arguments):
    assert gamma.main(arguments) == 0
    return capsys.readouterr().out


def test_images_are_listed_once_with_those_of_the_profiles_own_manifests(tmp_path, capsys):
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "waypoint"}}
    pod["spec"] = {"containers": [{"name": "a", "image": "proxy:1"}], "initContainers": [{"name": "b", "image": "x:2"}]}
    profile = tmp_path / "mine.yaml"
    profile.write_text(yaml.safe_dump({"name": "mine", "afterNamespaces": [{"manifest": pod}]}))
    assert told(capsys, "images", "--mesh", str(profile)) == "python:3.12-slim\nproxy:1\nx:2\n"
    found = json.loads(told(capsys, "images", "--mesh", str(profile), "--image", MIRROR, "--json"))
    assert found == [MIRROR, "proxy:1", "x:2"]


def test_what_mirrors_hold_is_what_pods_pull():
    settings = Settings(run_id="r", run_dir=".", mesh=MeshProfile(name="m"), image=MIRROR)
    assert images(settings) == (MIRROR,)


def test_a_stage_for_a_private_registry_tells_which_secrets_to_make(capsys):
    out = told(capsys, "stage", "--print", "--image", MIRROR, "--image-pull-secret", "regcred")
    assert f"# Nodes pull {MIRROR}\n" in out
    assert "#   kubectl create secret docker-registry regcred -n gamma-consumer --docker-server=...\n" in out
    assert {obj["kind"] for obj in yaml.safe_load_all(out)} == {"Namespace"}
    assert "docker-registry" not in told(capsys, "stage", "--print")


def test_a_plan_names_the_image(capsys):
    out = told(capsys, "plan", "--scenario", "unmatched-rejected", "--image", MIRROR)
    assert f"pulls     {MIRROR}\n" in out


@pytest.mark.parametrize("command", [["images"], ["stage", "--print"], ["plan"], ["preflight"]])
@pytest.mark.parametrize("wrong", [["--image", "two words"], ["--image-pull-secret", "other/secret"]])
def test_impossible_names_are_refused_before_anything_is_touched(capsys, command, wrong):
    assert gamma.main([*command, *wrong]) == 4
    assert wrong[0] in capsys.readouterr().err


def test_names_that_registries_and_clusters_have_are_taken():
    for name in ("python", "python:3.12-slim", "reg:5000/a/b__c:Tag-1.0", MIRROR):
        assert checked_image(name) == name
    assert checked_image(None) is None
    assert checked_secrets(["a", "b.c", "a"]) == ("a", "b.c")
    for wrong in ("", "-x", "a b", "a\nb"):
        with pytest.raises(UsageError):
            checked_image(wrong)
    with pytest.raises(UsageError):
        checked_secrets(["Upper"])
