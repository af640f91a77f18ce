"""Who plays when: hazards alone, after all others."""

import os
import threading
import time

import pytest

from harness.play.turns import IDLE, Turns


class Clock:
    """Time passes when somebody sleeps; what is scheduled happens then."""

    def __init__(self):
        self.time = 0.0
        self.later = []

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds
        for at, action in [entry for entry in self.later if entry[0] <= self.time]:
            self.later.remove((at, action))
            action()


@pytest.fixture
def clock():
    return Clock()


def turns(tmp_path, clock):
    return Turns(tmp_path, now=clock.now, sleep=clock.sleep)


def done(tmp_path, name):
    with Turns(tmp_path).take(name, hazard=False):
        pass


def test_a_hazard_alone_in_its_run_waits_for_nobody(tmp_path, clock):
    found = turns(tmp_path, clock)
    found.plan([])
    with found.take("risky", hazard=True):
        assert clock.time == 0.0


def test_a_hazard_waits_for_scenarios_that_have_not_begun(tmp_path, clock):
    found = turns(tmp_path, clock)
    found.plan(["a", "b"])
    done(tmp_path, "a")
    clock.later.append((3.0, lambda: done(tmp_path, "b")))
    with found.take("risky", hazard=True):
        assert 3.0 <= clock.time < 4.0
        assert found.waiting_for() == []


def test_a_hazard_waits_while_anybody_plays_however_long(tmp_path, clock):
    found = turns(tmp_path, clock)
    found.plan(["slow"])
    playing = Turns(tmp_path).take("slow", hazard=False)
    playing.__enter__()
    clock.later.append((500.0, lambda: playing.__exit__(None, None, None)))
    with found.take("risky", hazard=True):
        assert clock.time >= 500.0


def test_a_scenario_that_never_comes_is_not_waited_for_for_ever(tmp_path, clock):
    found = turns(tmp_path, clock)
    found.plan(["of a worker that died"])
    with found.take("risky", hazard=True):
        assert IDLE <= clock.time < IDLE + 1


def test_nobody_plays_beside_a_hazard(tmp_path):
    found, order = Turns(tmp_path), []
    found.plan([])

    def other():
        with Turns(tmp_path).take("other", hazard=False):
            order.append("other")

    thread = threading.Thread(target=other)
    with found.take("risky", hazard=True):
        thread.start()
        time.sleep(0.3)
        order.append("risky")
    thread.join(5)
    assert order == ["risky", "other"]


def test_a_worker_that_dies_gives_its_turn_back(tmp_path, clock):
    found = turns(tmp_path, clock)
    found.plan(["lost"])
    child = os.fork()
    if child == 0:
        Turns(tmp_path).take("lost", hazard=False).__enter__()
        os._exit(9)
    os.waitpid(child, 0)
    with found.take("risky", hazard=True):
        assert clock.time < IDLE + 1
