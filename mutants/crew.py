"""A process for each lab: takes task after task, and hands back what it found."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from harness.errors import GammaError
from lab.control import LabError
from mutants.findings import Finding, failed
from mutants.site import Plot, Site
from mutants.tasks import Task

_TRIES = 2  # a lab that broke is started anew, and the task played there
_END_WITHIN = 10.0


@dataclass
class _Hand:
    """One process of the crew, its end of the line, and the task that it has."""

    process: SpawnProcess
    line: multiprocessing.connection.Connection
    task: Task | None = None


def play(tasks: Sequence[Task], plots: Sequence[Plot], progress: Callable[[str], None]) -> Iterator[Finding]:
    """The findings of all tasks, as they come; a process that died leaves a finding that says so."""
    context = multiprocessing.get_context("spawn")
    waiting = list(tasks)[::-1]
    hands = [_hire(context, plot) for plot in plots[: len(waiting)]]
    try:
        for hand in hands:
            _give(hand, waiting)
        while busy := [hand for hand in hands if hand.task is not None]:
            for line in multiprocessing.connection.wait([hand.line for hand in busy]):
                hand = next(one for one in busy if one.line is line)
                task = hand.task
                assert task is not None, "only busy ones are waited for"
                try:
                    found: Finding = hand.line.recv()
                    _give(hand, waiting)
                except (EOFError, OSError):
                    hand.process.join(_END_WITHIN)
                    hand.task = None
                    found = failed(task, f"the process that played it ended with status {hand.process.exitcode}", 0.0)
                yield found
        if waiting:
            progress(f"{len(waiting)} tasks were not played: no process is left")
    finally:
        for hand in hands:
            hand.line.close()
        for hand in hands:
            hand.process.join(_END_WITHIN)
            if hand.process.is_alive():
                hand.process.kill()


def _hire(context: SpawnContext, plot: Plot) -> _Hand:
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, plot), name=plot.directory.name)
    process.start()
    theirs.close()
    return _Hand(process, ours)


def _give(hand: _Hand, waiting: list[Task]) -> None:
    hand.task = waiting.pop() if waiting else None
    if hand.task is None:
        hand.line.close()
    else:
        hand.line.send(hand.task)


def _work(line: Any, plot: Plot) -> None:
    """The process: plays what it is given until nobody gives any more. Its lab ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the line
    site: Site | None = None
    opened = 0
    with contextlib.suppress(EOFError, OSError):
        while True:
            task: Task = line.recv()
            began, why = time.monotonic(), ""
            for _ in range(_TRIES):
                try:
                    if site is None:
                        opened += 1
                        site = Site(replace(plot, directory=plot.directory / str(opened)))
                    found = site.play(task)
                    break
                except (LabError, GammaError) as error:
                    why = str(error)
                    _close(site)
                    site = None
            else:
                found = failed(task, why, time.monotonic() - began)
            line.send(found)
    _close(site)
    os._exit(0)  # threads that still wait for a lab that has gone keep nobody here


def _close(site: Site | None) -> None:
    if site is not None:
        with contextlib.suppress(LabError, GammaError):
            site.close()
