"""The live display of real runs, on an emulated terminal, as a person sees it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import time
from collections.abc import Callable

import pyte
import pytest

from tests.contract.pytest_interface.conftest import ROOT, Run

HEIGHT = 40


class Watched:
    """A run on a terminal; every state of the screen that could be seen is kept."""

    def __init__(self, run, *arguments: str, width: int = 100, environment: dict[str, str] | None = None) -> None:
        self.raw = b""
        self.seen: list[str] = []
        emulated = pyte.HistoryScreen(width, HEIGHT, history=10_000)
        stream = pyte.ByteStream(emulated)
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, width, 0, 0))
        removed = ("PYTEST_", "CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "PY_COLORS")
        clean = {key: value for key, value in os.environ.items() if not key.startswith(removed)}
        clean |= {"GAMMA_SCRIPT": str(run._script), "TERM": "xterm-256color", **(environment or {})}
        process = subprocess.Popen(run.command(*arguments), cwd=ROOT, env=clean, stdout=slave, stderr=slave)
        os.close(slave)
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                data = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            self.raw += data
            stream.feed(data)
            self.seen.append("\n".join(line.rstrip() for line in emulated.display))
        self.status = process.wait(10)
        os.close(master)
        gone = ["".join(line[column].data for column in range(width)) for line in emulated.history.top]
        self.lines = [line.rstrip() for line in (*gone, *emulated.display)]
        while self.lines and not self.lines[-1]:
            self.lines.pop()


@pytest.fixture
def watch(run) -> Callable[..., Watched]:
    def start(*arguments: str, script: str = "{}", **how) -> Watched:
        run._script.write_text(script)
        return Watched(run, *arguments, **how)

    return start


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])
def test_a_terminal_shows_what_is_waited_for_and_keeps_none_of_it(watch, workers):
    done = watch(*workers, script='{"alpha": "fail", "bravo": "slow", "charlie": "slow"}')
    assert done.status == 1
    panels = [screen for screen in done.seen if re.search(r"^\d/4 scenarios ", screen, re.MULTILINE)]
    assert any(re.search(r"(bravo|charlie) +2/3 +waiting 0\.\ds  quick: 3/5", screen) for screen in panels)
    assert any("FAIL alpha/served (wrong): scripted to end in fail" in screen for screen in panels)
    end = "\n".join(done.lines)
    assert "waiting 0." not in end
    assert "4 scenarios  " not in end
    assert done.lines[-1].startswith("5 checks: 3 pass, 2 fail (4 scenarios, ")
    assert "\x1b[31mFAIL alpha/served" in done.raw.decode()


def test_a_narrow_terminal_loses_no_line_of_pytest(watch):
    done = watch("-n", "2", width=50, script='{"bravo": "slow"}')
    assert done.status == 0
    assert any(re.search(r"^bravo +2/3 +waiting", screen, re.MULTILINE) for screen in done.seen)
    assert any(line.startswith("=") and "conformance" in line for line in done.lines)
    assert done.lines[-1].startswith("5 checks: 5 pass")


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [(["--no-live"], {}), ([], {"CI": "true"}), ([], {"TERM": "dumb"}), (["-q"], {}), (["-s"], {})],
    ids=["no-live", "ci", "dumb", "quiet", "no-capture"],
)
def test_there_is_no_panel_where_it_would_disturb(watch, arguments, environment):
    done = watch("--scenario=bravo", *arguments, environment=environment, script='{"bravo": "slow"}')
    assert done.status == 0
    assert not any("1 scenarios" in screen or "quick: 3/5" in screen for screen in done.seen)
    assert done.lines[-1].startswith("1 check: 1 pass")


def test_no_color_takes_the_colour_and_leaves_the_panel(watch):
    done = watch("--scenario=bravo", environment={"NO_COLOR": "1"}, script='{"bravo": "slow"}')
    assert any("/1 scenarios" in screen for screen in done.seen)
    assert not re.search(rb"\x1b\[[0-9;]*m", done.raw)


def test_a_file_gets_a_line_a_scenario_and_colour_only_where_it_is_forced(run, monkeypatch):
    plain: Run = run("-n", "2")
    assert len(re.findall(r"PASSED \S+test_\w+\[(alpha|bravo|charlie|delta)\]|\[(\w+)\] PASSED", plain.output)) == 4
    assert "\x1b" not in plain.output
    assert "scenarios  " not in plain.output


def test_quiet_runs_tell_failures_and_totals(run):
    done = run("-q", "-n", "2", script={"alpha": "fail"})
    assert "waiting" not in done.output
    assert "FAIL alpha/served" in done.output
    assert done.last_line.startswith("5 checks: 3 pass, 2 fail")
