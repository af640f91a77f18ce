"""When probes are asked, and what their answers mean; how an exec ends; the lines of a log."""

from __future__ import annotations

import asyncio
from itertools import chain, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.node.kubelet import probes, sessions
from lab.node.kubelet.probes import early_tries
from lab.node.kubelet.spec import ProbeSpec


def probe(*, period: float = 0.001, failures: int = 3, successes: int = 1) -> ProbeSpec:
    return ProbeSpec(("true",), delay=0, period=period, timeout=1, failures=failures, successes=successes)


class Answers:
    """An ``ask`` that gives these answers, then the last one for ever."""

    def __init__(self, *answers: bool) -> None:
        self._answers = chain(answers, repeat(answers[-1]))
        self.asked = 0

    async def __call__(self, spec: ProbeSpec) -> bool:
        self.asked += 1
        return next(self._answers)


@given(st.floats(0.01, 60))
def test_the_tries_of_the_first_period_grow_apart_and_stay_in_it(period: float) -> None:
    pauses = list(early_tries(period))
    assert pauses == sorted(pauses)
    assert sum(pauses) < period
    assert len(pauses) < 20


def test_a_container_has_started_at_the_first_success():
    ask = Answers(False, False, True)
    assert asyncio.run(probes.wait_started(probe(period=1), ask))
    assert ask.asked == 3


def test_early_tries_are_no_failures_but_later_ones_are():
    ask = Answers(False)
    assert not asyncio.run(probes.wait_started(probe(failures=4), ask))
    assert ask.asked == 4


@pytest.mark.parametrize(
    ("answers", "good", "told"),
    [
        ((True, False, False, False), True, [False]),
        ((False, False, True, False, False, True), True, []),
        ((False, False, False, True), True, [False, True]),
        ((True,), False, [True]),
    ],
)
def test_readiness_changes_after_so_many_failures_or_successes_in_a_row(answers, good, told):
    heard: list[bool] = []

    async def follow() -> None:
        ask = Answers(*answers)
        task = asyncio.create_task(probes.follow(probe(), ask, heard.append, good=good))
        while ask.asked < len(answers) + 2:
            await asyncio.sleep(0.001)
        task.cancel()

    asyncio.run(follow())
    assert heard[: len(told)] == told
    assert len(heard) == len(told)


@pytest.mark.parametrize(("code", "status"), [(0, "Success"), (3, "Failure"), (137, "Failure")])
def test_the_end_of_a_command_is_told_as_kubelets_do(code, status):
    told = sessions.exit_status(code)
    assert told["status"] == status
    if code:
        assert told["reason"] == "NonZeroExitCode"
        assert told["details"]["causes"] == [{"reason": "ExitCode", "message": str(code)}]


@given(st.lists(st.binary(max_size=5).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b"")), max_size=8))
def test_the_last_lines_are_the_end_of_the_log(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    for number in range(len(lines) + 2):
        expected = b"".join(line + b"\n" for line in lines[max(0, len(lines) - number) :])
        assert sessions.last_lines(data, number) == expected
    assert sessions.last_lines(b"a\nb", 1) == b"b"
