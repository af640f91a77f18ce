"""The matrix for real: a few defects on one lab; killed in the middle it goes on, and leaves no lab behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from mutants.journal import Journal

PROJECT = Path(__file__).resolve().parents[2]
DEFECTS = ("pod-ip-intercepted", "pair-means-all", "stalls-on-hazard")
PATIENCE = 300.0


def command(out: Path, *options: str) -> list[str]:
    chosen = [word for name in DEFECTS for word in ("--only", name)]
    return [sys.executable, "-m", "mutants", "--labs", "1", "--out", str(out), *chosen, *options]


def play(out: Path, *options: str) -> tuple[int, list[str], dict[str, Any]]:
    done = subprocess.run(
        command(out, *options), cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode in (0, 1), done.stdout[-3000:] + done.stderr[-3000:]
    return done.returncode, done.stdout.splitlines(), json.loads((out / "matrix.json").read_text())


def processes_of(folder: Path) -> list[str]:
    """Commands of living processes that name this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return [one for one in found if str(folder) in one]


def test_killed_in_the_middle_it_goes_on_and_ends_as_promised(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = subprocess.Popen(command(out), cwd=PROJECT, stdout=subprocess.DEVNULL)
    end = time.monotonic() + PATIENCE
    while not Journal(out).read() and time.monotonic() < end:
        assert first.poll() is None, "it ended before the first finding"
        time.sleep(0.1)
    first.send_signal(signal.SIGKILL)
    first.wait()
    known = sum(len(one.scenarios) for one in Journal(out).read())
    while processes_of(out) and time.monotonic() < end:
        time.sleep(0.1)
    assert processes_of(out) == []

    status, lines, matrix = play(out)
    assert f"; {known} known already" in lines[0]
    assert sorted(matrix["killed"]) == sorted(DEFECTS)
    assert matrix["survivors"] == []
    assert matrix["defects"]["pod-ip-intercepted"]["killed_by"] == [
        "pod-ip-untouched/pod-not-rerouted",
        "pod-ip-untouched/pod-not-rejected",
    ]
    assert all(one["clean"] for one in matrix["controls"].values())
    assert lines[-1].startswith("3 of 3 defects killed, ")
    assert (status == 0) == (matrix["summary"]["holds"])
    assert "pod-ip-intercepted" in (out / "matrix.html").read_text()

    again, lines, same = play(tmp_path / "other", "--from", str(out))
    plays = re.fullmatch(r"\d+ tasks, (\d+) plays; (\d+) known already", lines[0])
    assert plays is not None
    assert plays[1] == plays[2]
    assert (again, same["killed"]) == (status, matrix["killed"])
