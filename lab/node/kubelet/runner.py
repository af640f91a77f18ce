"""One container of a pod: its process, its probes, its restarts."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab.node.container import Command, Container
from lab.node.controllers.objects import now
from lab.node.kubelet import probes, spec
from lab.node.kubelet.spec import ProbeSpec
from lab.node.kubelet.status import ContainerState
from lab.node.runtime import Process, Runtime, StartError

_CANNOT_START = 128
# A container that ran this long has recovered: its next restart is a first one again.
_RECOVERED_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a container gets from its pod."""

    runtime: Runtime
    container: Container
    netns: int
    policy: str
    log: Path
    warn: Callable[[str, str], None]  # reason, message: an Event of the pod
    changed: Callable[[], None]


class Runner:
    """Runs a container until it has ended for good or is stopped."""

    def __init__(self, raw: Mapping[str, Any], command: Command, around: Surroundings) -> None:
        self._raw = raw
        self._command = command
        self._around = around
        self._process: Process | None = None
        self._stopping = False
        self._started = asyncio.Event()
        self.state = ContainerState(raw["name"], raw.get("image", ""))
        self.log_start = 0

    @property
    def log(self) -> Path:
        """Where the container's output goes; that of its present process begins at ``log_start``."""
        return self._around.log

    async def run(self) -> None:
        """Start, restart after a pause that grows, until the restart policy says that it is over."""
        row = 0
        while not self._stopping:
            begun = time.monotonic()
            code = await self._run_once()
            if self._stopping or not spec.restarts(self._around.policy, code):
                return
            row = row + 1 if time.monotonic() - begun < _RECOVERED_SECONDS else 1
            await self._pause(spec.restart_delay(row), code)

    async def wait_started(self) -> None:
        """Return once the container has started, by its startup probe if it has one."""
        await self._started.wait()

    async def _pause(self, seconds: float, code: int) -> None:
        if not self.state.waiting:
            self.state.last = self.state.terminated()
            if seconds:
                self.state.waiting = "CrashLoopBackOff"
                self.state.message = f"ended with {code}; back-off {seconds:g}s before the next start"
        self._around.changed()
        if self.state.waiting == "CrashLoopBackOff":
            self._around.warn("BackOff", f"Back-off restarting failed container {self.state.name}: exit code {code}")
        await asyncio.sleep(seconds)

    async def _run_once(self) -> int:
        around = self._around
        with around.log.open("ab") as log, Path(os.devnull).open("rb") as nothing:
            self.log_start = log.tell()
            streams = (nothing.fileno(), log.fileno(), log.fileno())
            try:
                process = await around.runtime.start(around.container, self._command, around.netns, streams)
            except StartError as error:
                self.state.waiting, self.state.message = "CreateContainerError", str(error)
                around.warn("Failed", f"Error: {error}")
                return _CANNOT_START
        self._process = process
        self.state = replace(
            self.state,
            waiting="",
            message="",
            number=self.state.number + 1,
            container_id=f"lab://{uuid.uuid4().hex}",
            started_at=now(),
            started=False,
            ready=False,
            exit_code=None,
        )
        around.changed()
        probing = asyncio.create_task(self._probe())
        code = await process.wait()
        probing.cancel()
        self.state.exit_code, self.state.finished_at = code, now()
        around.changed()
        return code

    async def _probe(self) -> None:
        """Follow the probes of the present process; one that must live and does not is ended."""
        startup, readiness, liveness = (
            spec.probe(self._raw, kind) for kind in ("startupProbe", "readinessProbe", "livenessProbe")
        )
        if startup is not None and not await probes.wait_started(startup, self._ask):
            self._around.warn("Unhealthy", f"Startup probe of {self.state.name} failed {startup.failures} times")
            self.kill(signal.SIGTERM)
            return
        self.state.started = True
        self._started.set()
        # The same question was answered a moment ago: it need not be asked again to be believed.
        ready = readiness is None or (startup is not None and startup.command == readiness.command)
        self._tell_ready(ready)
        async with asyncio.TaskGroup() as tasks:
            if readiness is not None:
                tasks.create_task(probes.follow(readiness, self._ask, self._tell_ready, good=ready))
            if liveness is not None:
                tasks.create_task(probes.follow(liveness, self._ask, self._tell_alive, good=True))

    def _tell_ready(self, ready: bool) -> None:
        if self.state.ready and not ready:
            self._around.warn("Unhealthy", f"Readiness probe of {self.state.name} failed")
        self.state.ready = ready
        self._around.changed()

    def _tell_alive(self, alive: bool) -> None:
        if not alive:
            self._around.warn("Unhealthy", f"Liveness probe of {self.state.name} failed; it will be restarted")
            self.kill(signal.SIGTERM)

    async def _ask(self, probe: ProbeSpec) -> bool:
        with Path(os.devnull).open("r+b") as nothing:
            try:
                process = await self.execute(probe.command, [nothing.fileno()] * 3)
            except StartError:
                return False
        try:
            async with asyncio.timeout(probe.timeout):
                return await process.wait() == 0
        except TimeoutError:
            process.kill(signal.SIGKILL)
            return False

    async def execute(self, words: Sequence[str], streams: Sequence[int], *, terminal: bool = False) -> Process:
        """Run another command in the container. Raises StartError."""
        if self._process is None:
            raise StartError(f'container "{self.state.name}" is waiting to start: {self.state.waiting}')
        command = replace(self._command, arguments=tuple(words), terminal=terminal)
        return await self._around.runtime.execute(self._process, command, streams)

    def kill(self, number: int) -> None:
        """Send a signal to the container's first process."""
        if self._process is not None:
            self._process.kill(number)

    async def stop(self, grace: float, hurry: asyncio.Event) -> None:
        """Ask the process to end, and end it after ``grace`` seconds or as soon as ``hurry`` is set."""
        self._stopping = True
        process = self._process
        if process is None or process.exited.done():
            return
        process.kill(signal.SIGTERM)
        ended = asyncio.ensure_future(process.wait())
        hurried = asyncio.ensure_future(hurry.wait())
        await asyncio.wait({ended, hurried}, timeout=grace, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        process.kill(signal.SIGKILL)
        await ended
