"""Workers with a stage each, where the profile says `isolate`."""

from __future__ import annotations

import pytest

from harness.errors import TargetError
from harness.mesh_profile import MeshProfile
from harness.settings import Settings
from suites.plugin.target import each_of


def settings(tmp_path, **more):
    return Settings(run_id="r", run_dir=tmp_path, mesh=MeshProfile(name="some"), **more)


def test_workers_share_one_stage_unless_they_are_isolated(tmp_path):
    shared = settings(tmp_path)
    assert shared.stages() == (shared,)
    assert shared.for_worker("gw2") == shared.model_copy(update={"worker": "gw2"})


def test_each_worker_finds_the_stage_that_was_built_for_it(tmp_path):
    isolated = settings(tmp_path, isolated=3)
    built = {each.namespace("producer") for each in isolated.stages()}
    assert built == {"gamma-w0-producer", "gamma-w1-producer", "gamma-w2-producer"}
    assert {isolated.for_worker(f"gw{number}").namespace("producer") for number in range(3)} == built
    assert isolated.for_worker("gw3").namespace("producer") in built, "the one that replaces a worker that died"


def test_every_stage_is_taken_down_though_one_does_not_let_us():
    done = []

    def down(stage):
        done.append(stage)
        if stage != "b":
            raise TargetError(f"{stage} is stuck")

    with pytest.raises(TargetError, match="a is stuck"):
        each_of(["a", "b", "c"], down)
    assert done == ["a", "b", "c"]
