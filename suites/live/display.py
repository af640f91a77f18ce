"""Shows while a run goes on what it waits for: a panel on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

import pytest

from harness.evidence.model import CheckRecord, Verdict
from reports.blocks import headline
from reports.text import visible
from suites.live import panel
from suites.live.desk import Doing
from suites.live.screen import Screen
from suites.plugin.verdicts import UNEXPECTED

_EVERY = 0.2  # seconds between two looks
_LONG = 15.0  # seconds after which, without a panel, it is said what a worker waits for; and again
_TOLD = (*UNEXPECTED, Verdict.ERROR)


@dataclass
class Progress:
    """How far the run is; the controlling process writes it, the display reads it."""

    doing: Callable[[], tuple[Doing, ...]]
    began: float = field(default_factory=time.monotonic)
    preparing: str = ""
    total: int = 0
    done: int = 0
    counts: Callable[[], Mapping[Verdict, int]] = dict

    def state(self) -> panel.State:
        """As it is now."""
        return panel.State(
            now=time.monotonic(),
            began=self.began,
            preparing=self.preparing,
            total=self.total,
            done=self.done,
            counts=self.counts(),
            doing=self.doing() if self.total else (),
        )


class Display:
    """Looks a few times a second what there is to be shown, until it is stopped."""

    def __init__(self, progress: Progress, writer: Any, *, live: bool) -> None:
        self._progress = progress
        self._writer = writer  # pytest's TerminalWriter
        self._file = writer._file  # noqa: SLF001 - pytest offers no way to know when it writes
        self._terminal = os.dup(self._file.fileno())
        self.live = live
        self._screen = Screen(self._file, self._terminal, self._size)
        self._said: dict[str, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="display", daemon=True)
        writer._file = self._screen  # noqa: SLF001
        self._thread.start()

    def told(self, check: CheckRecord) -> None:
        """A check has ended; on a terminal its failure is news at once, while the whole text comes at the end."""
        if self.live and check.verdict in _TOLD:
            text = visible(f"{headline(check)}: {check.reason.splitlines()[0] if check.reason else ''}")
            width = self._size()[0] - 1
            text = text if len(text) <= width else text[: max(width - 1, 0)] + "…"
            self._screen.line(self._writer.markup(text, red=True))

    def stop(self) -> None:
        """Take the panel away and give pytest its file back; may be called again."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._thread.join()
        self._screen.show([])
        if self._writer._file is self._screen:  # noqa: SLF001
            self._writer._file = self._file  # noqa: SLF001
        os.close(self._terminal)

    def _look(self) -> None:
        while not self._ended.wait(_EVERY):
            state = self._progress.state()
            if self.live:
                width, height = self._size()
                place = panel.Place(width, height, bool(self._writer.hasmarkup), self._file.encoding or "utf-8")
                self._screen.show(panel.lines(state, place))
            else:
                for text in self._long(state):
                    self._screen.line(text)

    def _long(self, state: panel.State) -> list[str]:
        """What has taken long, and was not said a moment ago."""
        lines = []
        for one in state.doing:
            if state.now - max(one.since, self._said.get(one.worker, 0.0)) >= _LONG:
                self._said[one.worker] = state.now
                step = f" step {one.step}" if one.step else ""
                for_long = panel.clock(state.now - one.since)
                lines.append(visible(f"  {one.worker} {one.scenario}{step}, for {for_long}: {one.text or 'playing'}"))
        return lines

    def _size(self) -> tuple[int, int]:
        try:
            found = os.get_terminal_size(self._terminal)
        except OSError:
            return 80, 24
        return found.columns or 80, found.lines or 24


def has_terminal(file: TextIO) -> bool:
    """Whether it is a terminal that can move its cursor."""
    return file.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def make(config: pytest.Config, progress: Progress, *, wanted: bool) -> Display | None:
    """The display that suits where pytest writes; None where it is to be quiet, or others write there, too."""
    if config.pluginmanager.get_plugin("terminalreporter") is None or config.option.verbose < 0:
        return None
    writer = config.get_terminal_writer()
    try:
        writer._file.fileno()  # noqa: SLF001
    except (AttributeError, OSError, ValueError):  # pytest's own tests write to memory
        return None
    # A panel would be torn by those who write to the terminal directly, or wait for somebody's answer there.
    alone = config.option.capture != "no" and not config.option.usepdb and not config.getoption("--pause-on-failure")
    return Display(progress, writer, live=wanted and alone and has_terminal(writer._file))  # noqa: SLF001
