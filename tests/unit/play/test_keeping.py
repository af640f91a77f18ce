"""What stays of a scenario that failed, and what is shown before it goes."""

from __future__ import annotations

import pytest

from harness.play.player import Player
from harness.play.state import RunState

from .test_playing import correct
from .world import World, from_echo, scenario


def world(tmp_path, behave, **settings):
    found = World(tmp_path, behave)
    found.settings = found.settings.model_copy(update=settings)
    found.shown = []
    found.player = Player(
        found.settings,
        cluster=found.cluster,
        sender=found.sender,
        clock=found.clock,
        pause=lambda text: found.shown.append((text, routes(found))),
    )
    return found


def routes(found):
    return [ref.name for ref in found.cluster.objects if ref.kind == "HTTPRoute"]


def wrong(request):
    """The route comes into force, but what it does not match is forwarded all the same."""
    reply = correct(request)
    return from_echo() if reply.answer.status == 404 else reply


@pytest.mark.parametrize(
    ("keep", "behave", "stays"),
    [
        ("", wrong, False),
        ("failed", wrong, True),
        ("failed", correct, False),
        ("all", correct, True),
    ],
)
def test_what_is_asked_for_is_kept(tmp_path, keep, behave, stays):
    found = world(tmp_path, behave, keep=keep)
    found.play(scenario())
    assert routes(found) == (["front"] if stays else [])
    assert RunState(found.settings.state_dir).kept == (["front"] if stays else [])


def test_a_pause_shows_what_is_in_force_before_it_is_removed(tmp_path):
    found = world(tmp_path, wrong, pause_on_failure=True)
    found.play(scenario())
    ((text, present),) = found.shown
    assert present == ["front"]
    assert "fail front/unmatched-rejected: " in text
    assert "HTTPRoute gamma-producer/front" in text
    assert "send http://front.gamma-producer/other" in text
    assert routes(found) == []


def test_nobody_is_stopped_by_what_passes(tmp_path):
    found = world(tmp_path, correct, pause_on_failure=True)
    found.play(scenario())
    assert found.shown == []


def test_a_scenario_that_breaks_is_kept_too(tmp_path):
    found = world(tmp_path, correct, keep="failed")
    found.sender.journal = None  # a mistake of ours
    found.play(scenario())
    assert routes(found) == ["front"]
