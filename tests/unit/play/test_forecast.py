"""What a run would do, from the scenarios alone."""

from __future__ import annotations

from harness.mesh_profile import load
from harness.play import forecast
from harness.settings import Settings

from .world import scenario


def settings(tmp_path, **more):
    return Settings(run_id="r", run_dir=tmp_path, mesh=load("lab"), **more)


def test_objects_requests_and_seconds_of_a_scenario(tmp_path):
    found = forecast.of(scenario(), settings(tmp_path))
    assert found.shared == {"Service": 2}
    assert found.played == {"HTTPRoute": 1}
    # Two probes held for 2 s at 30 a second, beside what three awaits take.
    assert 120 <= found.requests <= 250
    assert 2.0 <= found.seconds <= 6.0
    assert found.alone == 0.0


def test_repetitions_send_more_and_make_nothing_more_at_a_time(tmp_path):
    once = forecast.of_all([scenario()], settings(tmp_path))
    thrice = forecast.of_all([scenario()], settings(tmp_path, repeat=3))
    assert (thrice.requests, thrice.seconds) == (3 * once.requests, 3 * once.seconds)
    assert (thrice.shared, thrice.played) == (once.shared, once.played)


def test_workers_do_not_shorten_hazards(tmp_path):
    usual = forecast.of(scenario(), settings(tmp_path))
    hazard = forecast.of(scenario(hazard=True), settings(tmp_path))
    assert hazard.played == {"HTTPRoute": 3}, "and two controls"
    both = usual + hazard
    assert both.with_workers(4) == usual.seconds / 4 + hazard.seconds
    assert both.with_workers(1) == both.seconds
