"""What a worker does reaches the controlling process, and nothing that goes wrong on the way disturbs a run."""

from __future__ import annotations

import json
from contextlib import ExitStack

from suites.live.desk import Desk, Doing, read


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_scenario_is_told_from_its_begin_to_its_end(tmp_path):
    clock = Clock()
    desk = Desk(tmp_path, "gw1", clock)
    with desk.plays("consumer-timeout"):
        assert read(tmp_path) == (Doing("gw1", "consumer-timeout", "", "waiting for its turn", 100.0, 100.0),)
        clock.now = 103.0
        desk.say("step 2 of 8")
        desk.say("waiting 0.1s  quick: 1/5")
        assert read(tmp_path) == (Doing("gw1", "consumer-timeout", "2/8", "waiting 0.1s  quick: 1/5", 100.0, 103.0),)
    assert read(tmp_path) == ()
    desk.say("nobody plays")
    assert read(tmp_path) == ()


def test_an_await_that_speaks_often_is_written_a_few_times_a_second(tmp_path):
    clock = Clock()
    desk = Desk(tmp_path, "main", clock)
    with desk.plays("a"):
        for round_ in range(100):
            clock.now = 100 + round_ / 100
            desk.say(f"waiting {round_ / 100:.2f}s")
        text = read(tmp_path)[0].text
        assert text in ("waiting 0.75s", "waiting 0.76s", "waiting 0.77s", "waiting 0.78s")
        assert read(tmp_path)[0].since == 100.0
        desk.say("hold 2.0s")
        assert read(tmp_path)[0].text == "hold 2.0s"


def test_workers_stand_in_the_order_of_their_numbers(tmp_path):
    with ExitStack() as stack:
        for worker in ("gw10", "gw2", "gw1"):
            stack.enter_context(Desk(tmp_path, worker).plays("a"))
        assert [one.worker for one in read(tmp_path)] == ["gw1", "gw2", "gw10"]


def test_what_cannot_be_read_is_left_out(tmp_path):
    folder = tmp_path / "doing"
    folder.mkdir()
    (folder / "gw0.json").write_text('{"worker": "gw0", "sce')
    (folder / "gw1.json").write_text(json.dumps({"unknown": 1}))
    (folder / "gw2.json").write_bytes(b"\xff")
    (folder / "gw3.json").write_text("[]")
    assert read(tmp_path) == ()
    assert read(tmp_path / "nowhere") == ()


def test_a_place_that_cannot_be_written_disturbs_nobody(tmp_path):
    (tmp_path / "doing").write_text("a file")
    with Desk(tmp_path, "gw0").plays("a"):
        pass
