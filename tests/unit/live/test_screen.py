"""The panel never garbles what pytest writes: shown on an emulated terminal, as a person would see it."""

from __future__ import annotations

import os
import pty
import tty

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.live.screen import Screen

WIDTH, HEIGHT = 30, 8


class Terminal:
    """A pseudo-terminal, with what can be seen of it."""

    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.file = os.fdopen(slave, "w", encoding="utf-8", newline="\r\n")
        self.size = (WIDTH, HEIGHT)
        self.emulated = pyte.HistoryScreen(WIDTH, HEIGHT, history=10_000)
        self.emulated.set_mode(pyte.modes.LNM)  # a raw terminal turns no newline into a carriage return
        self.stream = pyte.ByteStream(self.emulated)
        os.set_blocking(self.master, False)

    def look(self) -> list[str]:
        """Every line that was ever seen, and not taken away again."""
        self.file.flush()
        while True:
            try:
                self.stream.feed(os.read(self.master, 65536))
            except BlockingIOError:
                break
        gone = ["".join(line[column].data for column in range(WIDTH)) for line in self.emulated.history.top]
        lines = [line.rstrip() for line in (*gone, *self.emulated.display)]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def close(self) -> None:
        self.file.close()
        os.close(self.master)


def screen_on(terminal: Terminal) -> Screen:
    return Screen(terminal.file, terminal.file.fileno(), lambda: terminal.size)


TEXTS = st.text(alphabet="ab .\n\x1b漢", max_size=80).map(lambda text: text.replace("\x1b", "\x1b[31mr\x1b[0m"))
PANELS = st.lists(st.text(alphabet="xy ", min_size=1, max_size=WIDTH - 1), max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(TEXTS, PANELS), max_size=12))
def test_what_pytest_writes_reads_as_if_there_were_no_panel(steps):
    plain, shared = Terminal(), Terminal()
    try:
        screen = screen_on(shared)
        for step in steps:
            if isinstance(step, str):
                plain.file.write(step)
                screen.write(step)
                plain.look()
            else:
                screen.show(step)
            shared.look()
        screen.show([])
        assert shared.look() == plain.look()
    finally:
        plain.close()
        shared.close()


def test_the_panel_stays_below_a_line_that_goes_on():
    terminal = Terminal()
    screen = screen_on(terminal)
    screen.write("..")
    screen.show(["1/3 scenarios", "gw0 waiting"])
    screen.write("F.")
    assert terminal.look() == ["..F.", "1/3 scenarios", "gw0 waiting"]
    screen.line("FAIL a/b")
    assert terminal.look() == ["..F.", "FAIL a/b", "1/3 scenarios", "gw0 waiting"]
    screen.write("\ndone\n")
    screen.show([])
    assert terminal.look() == ["..F.", "FAIL a/b", "", "done"]
    terminal.close()


def test_a_terminal_that_became_narrower_is_cleared_all_the_same():
    terminal = Terminal()
    screen = screen_on(terminal)
    screen.write("first\n")
    screen.show(["x" * 29])
    terminal.look()
    # The emulator does not break lines anew; a terminal that does shows this one on two rows.
    terminal.size = (15, HEIGHT)
    screen._panel = ["x" * 29]
    assert screen._taken_away() == "\r\x1b[1A\x1b[J"
    terminal.close()


def test_what_pytest_captures_stays_captured(tmp_path):
    terminal = Terminal()
    with (tmp_path / "captured").open("w") as captured:
        screen = Screen(captured, terminal.file.fileno(), lambda: terminal.size)
        screen.show(["panel"])
        screen.write("a test's own output")
    assert (tmp_path / "captured").read_text() == "a test's own output"
    assert terminal.look() == ["panel"]
    terminal.close()


def test_characters_that_the_terminal_does_not_know_break_nothing():
    terminal = Terminal()
    terminal.file.reconfigure(encoding="ascii")
    screen = screen_on(terminal)
    screen.write("漢\n")
    screen.show(["ü"])
    assert terminal.look() == ["?", "?"]
    terminal.close()
