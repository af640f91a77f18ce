"""The lines of the panel: they fit, and say what is waited for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from harness.evidence.model import Verdict
from reports.text import visible
from suites.live.desk import Doing
from suites.live.panel import Place, State, clock, lines

GW0 = Doing("gw0", "consumer-timeout", "6/8", "waiting 1.4s  quick: 3/5 by-consumer", 90.0, 98.6)
GW1 = Doing("gw1", "weights-70-30", "4/5", "drawing 6060 answers to split", 35.0, 88.0)
COUNTS = {Verdict.SKIP: 2, Verdict.PASS: 41, Verdict.FAIL: 1}
STATE = State(now=100.0, began=30.0, total=173, done=12, counts=COUNTS, doing=(GW0, GW1))


def test_it_says_how_far_the_run_is_and_what_each_worker_waits_for():
    head, first, second = lines(STATE, Place(100, 24))
    assert re.fullmatch(r"12/173 scenarios  \S+ *1:10  41 pass, 1 fail, 2 skip", head)
    assert re.fullmatch(r"gw0  consumer-timeout  6/8  waiting 1.4s  quick: 3/5 by-consumer +10s", first)
    assert re.fullmatch(r"gw1  weights-70-30     4/5  drawing 6060 answers to split +1:05", second)


def test_one_process_needs_no_name():
    alone = State(now=100.0, began=30.0, total=2, doing=(Doing("main", "a", "", "", 99.0, 99.0),))
    assert lines(alone, Place(100, 24))[1].startswith("a ")


def test_before_the_first_scenario_it_says_what_is_prepared():
    state = State(now=4.0, began=0.0, preparing="waiting for the lab")
    assert lines(state, Place(80, 24)) == ["preparing 4s  waiting for the lab"]


def test_a_narrow_terminal_keeps_scenario_and_reason():
    head, first, second = lines(STATE, Place(40, 24))
    assert head == "12/173 scenarios  1:10  41 pass, 1 fai…"
    assert first.startswith("consumer-timeo")
    assert "waiting" in first
    assert "drawing" in second


def test_many_workers_leave_most_of_the_terminal_to_pytest():
    doing = tuple(Doing(f"gw{number}", "a", "", "x", 1.0, 1.0) for number in range(10))
    shown = lines(State(now=2.0, began=0.0, total=9, doing=doing), Place(80, 12))
    assert len(shown) == 5
    assert shown[-1] == "and 7 more workers"


def test_without_colour_there_is_no_escape_and_with_it_there_is():
    assert "\x1b" not in "".join(lines(STATE, Place(100, 24)))
    assert "\x1b[32m41 pass\x1b[0m" in lines(STATE, Place(100, 24, colour=True))[0]


def test_a_terminal_of_few_characters_gets_those():
    for line in lines(STATE, Place(50, 24, encoding="ascii")):
        line.encode("ascii")


@given(st.text(max_size=200), st.text(max_size=60), st.integers(1, 200), st.integers(1, 50), st.booleans())
def test_hostile_text_stays_text_and_no_line_is_too_wide(text, scenario, width, height, colour):
    state = State(
        now=9.0, began=0.0, preparing=text, total=len(text), doing=(Doing("gw0", scenario, "1/2", text, 1.0, 1.0),)
    )
    for line in lines(state, Place(width, height, colour)):
        plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
        assert visible(plain) == plain
        assert cell_len(plain) <= max(width - 1, 10)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.4, "0s"), (59.9, "59s"), (65, "1:05"), (7209, "2:00:09"), (-1, "0s")]
)
def test_time_is_short(seconds, shown):
    assert clock(seconds) == shown
