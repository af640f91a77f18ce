"""What a lab consists of on this machine, so that a test can tell whether anything of it is left."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 10.0

# Starts a lab in the directory given and tells its supervisor's process id; ends when its stdin does.
STARTER = """
import signal, sys, threading
from pathlib import Path
from lab.control import LabConfig, start
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where whoever runs the tests ignores it
def go():
    global lab
    lab = start(LabConfig(Path(sys.argv[1])))
if sys.argv[2] == "thread":
    other = threading.Thread(target=go)
    other.start()
    other.join()
else:
    go()
print(lab.state.pid, flush=True)
if sys.argv[3] == "ready":
    lab.wait_ready(60)
    print("ready", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Traces:
    """The processes of a lab, each with the time it began, and the namespaces that they are in.

    ``seen`` is when that was looked up, in clock ticks since boot: the kernel gives the number of a namespace that has
    ended to the next one, so that whatever began later in one of these may belong to somebody else.
    """

    processes: frozenset[tuple[int, str]]
    namespaces: frozenset[str]
    seen: int

    def __or__(self, other: Traces) -> Traces:
        return Traces(self.processes | other.processes, self.namespaces | other.namespaces, max(self.seen, other.seen))

    def left(self) -> list[str]:
        """What of it is still there."""
        here = {kind: _link(f"/proc/self/ns/{kind}") for kind in ("net", "mnt", "pid")}
        alive = [f"process {pid}" for pid, began in self.processes if _began(pid) == began]
        old = [pid for pid in _pids() if int(_began(pid) or self.seen + 1) <= self.seen]
        entered = {link for pid in old for kind in here for link in [_link(f"/proc/{pid}/ns/{kind}")]}
        return alive + sorted((self.namespaces - set(here.values())) & entered)


def traces(supervisor: int) -> Traces:
    """All descendants of a lab's supervisor and their namespaces."""
    parents = {pid: _parent(pid) for pid in _pids()}
    found = {supervisor}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    links = {_link(f"/proc/{pid}/ns/{kind}") for pid in found for kind in ("net", "mnt", "pid")}
    seen = int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK"))
    return Traces(frozenset((pid, _began(pid)) for pid in found), frozenset(links - {""}), seen)


def gone(what: Traces) -> bool:
    """Whether all of it ends within a few seconds."""
    end = time.monotonic() + PATIENCE
    while what.left():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def mounts() -> list[str]:
    """Where this machine has mounts; a lab adds none."""
    return sorted(line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines())


def launch(code: str, *arguments: str, python: str = sys.executable, **options: object) -> subprocess.Popen[str]:
    """Run a program of a test in the project's surroundings."""
    path = os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [python, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env={**os.environ, "PYTHONPATH": path, **options.pop("env", {})},
        **options,
    )


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _link(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except OSError:
        return ""


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _began(pid: int) -> str:
    """When a process began; empty if there is none, or if it only waits to be collected by its parent."""
    fields = _stat(pid)
    return fields[19] if fields and fields[0] != "Z" else ""
