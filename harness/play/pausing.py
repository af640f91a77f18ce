"""What is done with the objects of a scenario that failed: kept, or shown to somebody who sits before the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from harness.cluster import Ref
from harness.evidence.model import CheckRecord, Verdict
from harness.settings import Settings

Pause = Callable[[str], None]
_TERMINAL = Path("/dev/tty")  # not stdin and stdout, which pytest keeps to itself
FAILED = (Verdict.FAIL, Verdict.ERROR)


def keeps(settings: Settings, *, failed: bool) -> bool:
    """Whether a scenario's objects stay after it was played."""
    return settings.keep == "all" or (settings.keep == "failed" and failed)


def wait_for_enter(text: str) -> None:
    """Show a text on the terminal and wait for Enter; goes on at once where there is no terminal."""
    try:
        # Not one file for both: a terminal cannot be positioned in, as buffered reading and writing wants it.
        with _TERMINAL.open("w", encoding="utf-8") as out, _TERMINAL.open(encoding="utf-8") as keys:
            out.write(text)
            out.flush()
            keys.readline()
    except OSError:
        return


def story(scenario: str, checks: Iterable[CheckRecord], objects: Iterable[Ref]) -> str:
    """What failed, what is in force, and how to look at it. Pure."""
    failed = [check for check in checks if check.verdict in FAILED]
    lines = ["", f"{scenario} is paused: its objects are in force as they were at its end."]
    lines += [f"  {check.verdict} {check.id}: {check.reason}" for check in failed]
    lines.append("  in force:")
    lines += [f"    {ref}" for ref in sorted(objects)] or ["    nothing of this scenario"]
    commands = list(dict.fromkeys(command for check in failed for command in check.reproduce))
    sends = [command for command in commands if not command.startswith("gamma show")]
    if sends:
        lines += ["  try:", *(f"    {command}" for command in sends)]
    return "\n".join([*lines, "Press Enter to remove them and go on: "])
