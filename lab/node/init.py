"""Process 1 of the sandbox: furnishes it, starts its processes, reaps, and ends everything when one of them ends."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from lab.node import places, sandbox, syscalls
from lab.node.boot import Boot, tell

_LOG_LINES = 12
_API_PATIENCE = 30.0


def main(boot: Boot, supervisor_alive: int) -> NoReturn:
    """Run the sandbox; never returns. ``supervisor_alive`` is a pipe that ends with the supervisor."""
    syscalls.set_name("gamma-init")
    syscalls.die_with_parent(signal.SIGKILL)
    if select.select([supervisor_alive], [], [], 0)[0]:
        os._exit(0)  # it was gone before the line above could help
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)  # process 1 ignores what it does not handle: SIGKILL ends us
    signal.set_wakeup_fd(-1)
    try:
        sandbox.furnish(Path(boot.run_dir))
    except sandbox.SandboxError as error:
        tell(boot.status, "failed", message=error.message, hint=error.hint)
        os._exit(3)
    names = _start(boot)
    _reap(boot, names)


def _start(boot: Boot) -> dict[int, str]:
    """Start the lab's processes; the one that forks pods first, while this process knows nothing it should not have."""
    agent_end, zygote_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    zygote = os.fork()
    if zygote == 0:
        agent_end.close()
        _become(boot, "zygote")
        from lab.node import zygote as process  # noqa: PLC0415 - its modules are for containers, not for us

        process.main(zygote_end)
    zygote_end.close()
    os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"  # gRPC's fork handlers break the processes that Envoys are forked from
    import aiohttp  # noqa: F401, PLC0415 - slow to import, wanted by all three processes to come: once is enough

    return {
        zygote: "zygote",
        _fork(boot, "api", lambda: _api(boot)): "api",
        _fork(boot, "node", lambda: _agent(boot, agent_end)): "node",
        _fork(boot, "mesh", lambda: _mesh(boot)): "mesh",
    }


def _fork(boot: Boot, name: str, run: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        _become(boot, name)
        run()
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it is, it belongs into this process's log
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(status)  # a process with gRPC threads may never get through an orderly exit


def _become(boot: Boot, name: str) -> None:
    """The ordinary surroundings of a process: a session, an empty stdin, its own log."""
    os.setsid()
    syscalls.set_name(f"gamma-{name}")
    with Path(os.devnull).open("rb") as nothing, (boot.log_dir / f"{name}.log").open("ab") as log:
        os.dup2(nothing.fileno(), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


def _api(boot: Boot) -> None:
    from lab import credentials  # noqa: PLC0415
    from lab.api import main as api  # noqa: PLC0415 - in its own process only

    api.run(credentials.api_config(boot))


def _agent(boot: Boot, zygote: socket.socket) -> None:
    from lab.node import agent  # noqa: PLC0415 - in its own process only

    agent.run(boot, zygote)


def _mesh(boot: Boot) -> None:
    from lab.mesh import main as mesh  # noqa: PLC0415 - in its own process only

    _wait_for(places.API_SOCKET, places.NETNS / "node-2.ready")
    mesh.run(mesh.MeshConfig(run=places.RUN, log_dir=boot.log_dir, pose=boot.pose))


def _wait_for(*files: Path) -> None:
    """Wait until other processes have made these files. Raises TimeoutError."""
    end = time.monotonic() + _API_PATIENCE
    while missing := [file.name for file in files if not file.exists()]:
        if time.monotonic() > end:
            raise TimeoutError(f"not there after {_API_PATIENCE:g} s: {', '.join(missing)}")
        time.sleep(0.005)


def _reap(boot: Boot, names: dict[int, str]) -> NoReturn:
    while True:
        pid, status = os.wait()
        if pid in names:
            name, code = names[pid], os.waitstatus_to_exitcode(status)
            log = boot.log_dir / f"{name}.log"
            tell(boot.status, "failed", message=f"the lab's {name} process ended (status {code})", log=tail(log))
            os._exit(1)


def tail(log: Path) -> str:
    """The last lines of a log, empty if there are none."""
    try:
        text = log.read_text(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-_LOG_LINES:])
