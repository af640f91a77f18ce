"""The one process of the lab outside its PID namespace: makes the sandbox, and ends it with whoever started it.

``python -m lab.node.supervisor BOOT`` is started by ``lab.control``. When the starter ends, even by SIGKILL, the end
of stdin says so (and the kernel, see ``die_with_parent``); killing pid 1 of the sandbox then ends every process in it,
and with the last one its namespaces and mounts.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from collections.abc import Sequence

from lab.node import init, sandbox, syscalls
from lab.node.boot import Boot, tell

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main(arguments: Sequence[str]) -> int:
    """Run a lab until it ends or is told to; the exit status is 0 when we ended it."""
    boot = Boot.from_json(arguments[0])
    syscalls.set_name("gamma-lab")
    wakeup = _notice_signals()
    try:
        sandbox.enter()
    except sandbox.SandboxError as error:
        tell(boot.status, "failed", message=error.message, hint=error.hint)
        return 3
    # Only now: a process that changes its credentials, as by a user namespace, is no longer told of its parent's end.
    if boot.starter:
        syscalls.die_with_parent(signal.SIGKILL)
        if os.getppid() != boot.starter:
            return 0
    alive, our_life = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(our_life)
        init.main(boot, alive)
    os.close(alive)
    return _watch(pid, wakeup, watch_stdin=boot.watch_stdin)


def _notice_signals() -> int:
    """A descriptor that becomes readable when we are asked to end."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    for number in _ENDING:
        signal.signal(number, _ignore)
    return reading


def _ignore(number: int, frame: object) -> None:
    """The wakeup descriptor has it."""


def _watch(pid: int, wakeup: int, *, watch_stdin: bool) -> int:
    """Wait for the sandbox's end, or end it."""
    process = os.pidfd_open(pid)
    poll = select.poll()
    for fd in (process, wakeup, *((0,) if watch_stdin else ())):
        poll.register(fd, select.POLLIN)
    ended_by_us = False
    while True:
        ready = {fd for fd, _event in poll.poll()}
        if process in ready:
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            return 0 if ended_by_us else abs(status)
        ended_by_us = True
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        for fd in ready:
            poll.unregister(fd)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
