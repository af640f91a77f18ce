"""Who holds a prefix: a note about the process of a run, by which another one may tell that it has ended. Pure but for
the lookups in ``/proc``."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Holder:
    """The run that uses a prefix, and the process that plays it. Every field is text, as a ConfigMap wants it."""

    run: str
    who: str  # user@host, for people
    machine: str = ""  # this boot of this machine, and its process namespace; empty where that cannot be told
    process: str = ""
    began: str = ""  # when the process began, so that a number used again is not taken for it

    @classmethod
    def here(cls, run: str) -> Holder:
        """This process."""
        pid = os.getpid()
        return cls(run, f"{_user()}@{socket.gethostname()}", _machine(), str(pid), _began(pid))

    @classmethod
    def read(cls, data: Mapping[str, str]) -> Holder:
        """What a note says; what it leaves out is unknown."""
        known = {name: str(data.get(name, "")) for name in ("machine", "process", "began")}
        return cls(str(data.get("run") or "unknown"), str(data.get("who") or "unknown"), **known)

    def note(self) -> dict[str, str]:
        """The data of a ConfigMap."""
        return asdict(self)

    def has_ended(self, machine: str, began: str) -> bool:
        """Whether this process surely runs no more, seen from ``machine``, where its number belongs to a process that
        began at ``began`` (empty: to none). False where it cannot be told."""
        if not (self.machine and self.began and self.process.isdigit()):
            return False
        return self.machine == machine and self.began != began

    def is_gone(self) -> bool:
        """The same, seen from here."""
        return self.process.isdigit() and self.has_ended(_machine(), _began(int(self.process)))

    def __str__(self) -> str:
        return f"run {self.run} of {self.who}" + (f", process {self.process}" if self.process else "")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no entry in the user database: a container's arbitrary user
        return str(os.getuid())


def _machine() -> str:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _began(pid: int) -> str:
    """Clock ticks since boot; empty where there is no such process, or none that still runs."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
