"""Who has a prefix, and when it may be taken over."""

import os
import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cluster import ClusterError, Ref
from harness.errors import TargetError
from harness.mesh_profile import load
from harness.settings import Settings
from harness.stage.holder import Holder
from harness.stage.lease import LEASE, Lease

REF = Ref("v1", "ConfigMap", "gamma-producer", LEASE)


class Notes:
    """One ConfigMap with a version, as the API keeps it."""

    def __init__(self):
        self.obj = None
        self.count = 0
        self.answers_lost = 0

    def create(self, obj):
        if self.obj is not None:
            raise ClusterError("exists", code=409)
        self.write({**obj, "metadata": {**obj["metadata"], "uid": f"u{self.count}"}})
        if self.answers_lost:
            self.answers_lost -= 1
            raise ClusterError("exists", code=409)  # the transport repeated a request whose answer got lost
        return self.obj

    def write(self, obj):
        self.count += 1
        self.obj = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(self.count)}}
        return self.obj

    def patch(self, ref, changes, version):
        if self.obj is None:
            raise ClusterError("gone", code=404)
        if self.obj["metadata"]["resourceVersion"] != version:
            raise ClusterError("changed", code=409)
        return self.write({**self.obj, "data": {**self.obj["data"], **changes["data"]}})

    def get(self, ref):
        assert ref == REF
        return self.obj

    def delete(self, ref, *, uid=""):
        if self.obj is None:
            return False
        if uid not in ("", self.obj["metadata"]["uid"]):
            raise ClusterError("another", code=409)
        self.obj = None
        return True

    def held_by(self, holder):
        metadata = {"name": LEASE, "namespace": "gamma-producer"}
        self.create({"metadata": metadata, "data": {**holder.note(), "beat": "0"}})


@pytest.fixture
def notes():
    return Notes()


def lease(notes, tmp_path, run="mine", said=None, beat=0.02, stale=0.6):
    settings = Settings(run_id=run, run_dir=tmp_path, mesh=load("lab"))
    return Lease(notes, settings, (said if said is not None else []).append, beat=beat, stale=stale)


def elsewhere(run="theirs"):
    return Holder(run, "somebody@elsewhere", "another machine", "1", "1")


def eventually(true):
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_free_prefix_is_taken_refreshed_and_given_back(notes, tmp_path):
    mine = lease(notes, tmp_path)
    mine.refuse_if_taken()
    mine.acquire()
    assert mine.held
    eventually(lambda: int(notes.obj["data"]["beat"]) >= 2)
    mine.release()
    assert notes.obj is None
    assert not mine.held
    mine.release()


def test_a_run_that_lives_is_left_alone_and_named(notes, tmp_path):
    theirs = lease(notes, tmp_path, "theirs")
    theirs.acquire()
    for attempt in (lease(notes, tmp_path).refuse_if_taken, lease(notes, tmp_path).acquire):
        with pytest.raises(TargetError, match=r"gamma-\* are in use by run theirs of") as caught:
            attempt()
        assert "--namespace-prefix" in caught.value.hint
    assert theirs.held
    theirs.release()


def test_a_run_of_another_machine_counts_as_ended_after_a_while_without_a_sign(notes, tmp_path):
    notes.held_by(elsewhere())
    said, began = [], time.monotonic()
    mine = lease(notes, tmp_path, said=said)
    mine.refuse_if_taken()
    assert time.monotonic() - began >= 0.5
    mine.acquire()
    assert notes.obj["data"]["run"] == "mine"
    assert any("taking gamma-* over from run theirs of somebody@elsewhere" in text for text in said)
    mine.release()


def test_a_process_of_this_machine_that_ended_is_known_at_once(notes, tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    here = Holder.here("killed")
    notes.held_by(Holder("killed", here.who, here.machine, str(ended.pid), "1"))
    mine = lease(notes, tmp_path, stale=600)
    mine.refuse_if_taken()
    mine.acquire()
    assert mine.held
    mine.release()


def test_a_create_that_was_repeated_is_still_ours(notes, tmp_path):
    notes.answers_lost = 1
    mine = lease(notes, tmp_path)
    mine.acquire()
    assert mine.held
    mine.release()


def test_a_prefix_that_was_taken_away_is_lost_and_never_taken_back(notes, tmp_path):
    mine = lease(notes, tmp_path)
    mine.acquire()
    notes.delete(REF)
    notes.held_by(elsewhere())
    eventually(lambda: mine.lost)
    assert not mine.held
    mine.release()
    assert notes.obj["data"]["run"] == "theirs"


def test_trouble_with_the_api_loses_nothing(notes, tmp_path):
    mine = lease(notes, tmp_path)
    mine.acquire()
    patch, calls = notes.patch, []

    def failing(*arguments):
        calls.append(1)
        raise ClusterError("restarting", code=503)

    notes.patch = failing
    eventually(lambda: len(calls) > 2)
    notes.patch = patch
    before = notes.count
    eventually(lambda: notes.count > before)
    assert mine.held
    mine.release()


def test_this_process_is_alive():
    here = Holder.here("r")
    assert here.process == str(os.getpid())
    assert not here.is_gone()
    assert not elsewhere().is_gone()


@given(st.dictionaries(st.sampled_from(["run", "who", "machine", "process", "began", "beat"]), st.text()))
def test_any_note_can_be_read_and_what_is_unknown_is_never_called_ended(data):
    holder = Holder.read(data)
    assert str(holder).startswith("run ")
    if not data.get("machine") or not data.get("began"):
        assert not holder.is_gone()


@pytest.mark.parametrize(
    ("machine", "began", "ended"),
    [("m", "7", False), ("m", "8", True), ("m", "", True), ("other", "", False), ("", "", False)],
)
def test_only_a_process_of_the_same_machine_is_judged(machine, began, ended):
    assert Holder("r", "w", "m", "12", "7").has_ended(machine, began) is ended
