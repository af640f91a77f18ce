"""One pod on its node, from its address to its last process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from lab.client import ApiError, Client, item
from lab.node.addresses import Pool
from lab.node.container import Container
from lab.node.controllers.objects import Object, now
from lab.node.kubelet import spec, status, volumes
from lab.node.kubelet.runner import Runner, Surroundings
from lab.node.kubelet.spec import Identity, UnsupportedError
from lab.node.kubelet.status import ContainerState
from lab.node.network import Netns, NodeNetwork
from lab.node.runtime import Runtime

_MOUNT_RETRY_SECONDS = 0.5
_DEFAULT_GRACE = 30


@dataclass(frozen=True, slots=True)
class Node:
    """A node as its pods see it; ``link`` gives a pod its network."""

    network: NodeNetwork
    pool: Pool
    link: Callable[[IPv4Address], Awaitable[Netns]]

    @property
    def name(self) -> str:
        """Its name."""
        return self.network.plan.name


@dataclass(frozen=True, slots=True)
class Tools:
    """What every pod of the lab works with."""

    client: Client
    runtime: Runtime
    log_dir: Path
    warn: Callable[[Object, str, str], None]  # pod, reason, message


class PodWorker:
    """Makes one pod real. ``run`` returns when nothing of the pod is left."""

    def __init__(self, pod: Object, node: Node, tools: Tools) -> None:
        self.pod = pod
        self._node = node
        self._tools = tools
        self._since = now()
        self._address = ""
        self._states = [_before(one) for one in pod["spec"]["containers"]]
        self._states_at_start = [
            _before(one, ends=not spec.stays(one)) for one in pod["spec"].get("initContainers") or ()
        ]
        self.runners: dict[str, Runner] = {}
        self._at_start: list[Runner] = []
        self._changed = asyncio.Event()
        self._ending = asyncio.Event()
        self._vanished = asyncio.Event()

    @property
    def path(self) -> str:
        """The pod's path in the API."""
        meta = self.pod["metadata"]
        return item("v1", "pods", meta["name"], meta["namespace"])

    def observe(self, pod: Object) -> None:
        """A new state of the pod's object."""
        self.pod = pod
        if pod["metadata"].get("deletionTimestamp"):
            self._ending.set()

    def vanish(self) -> None:
        """The pod's object is gone: end its processes at once."""
        self._vanished.set()
        self._ending.set()

    async def run(self) -> None:
        """Live until the object is deleted, then clean up and say so to the API."""
        writer = asyncio.create_task(self._write_status())
        life = asyncio.create_task(self._live())
        ending = asyncio.create_task(self._ending.wait())
        try:
            done, _pending = await asyncio.wait({life, ending}, return_when=asyncio.FIRST_COMPLETED)
            if life in done:
                life.result()
                await ending
            await self._stop()
        finally:
            for task in (life, ending, writer):
                task.cancel()
            await asyncio.gather(life, ending, writer, return_exceptions=True)
        await asyncio.to_thread(volumes.remove, self.pod["metadata"]["uid"])
        if not self._vanished.is_set():
            with contextlib.suppress(ApiError):
                await self._tools.client.delete(self.path, grace_seconds=0)

    async def _live(self) -> None:
        """Set up and run the containers until all have ended for good."""
        self._changed.set()
        try:
            spec.check(self.pod["spec"])
        except UnsupportedError as error:
            self._cannot("CreateContainerConfigError", str(error))
            return
        address = self._node.pool.take()
        try:
            netns = await self._node.link(address)
            try:
                await self._run_in(netns, address)
            finally:
                netns.close()
        finally:
            self._node.pool.give_back(address)

    async def _run_in(self, netns: Netns, address: IPv4Address) -> None:
        self._address = str(address)
        meta, plan = self.pod["metadata"], self._node.network.plan
        who = Identity(meta["name"], meta["namespace"], meta["uid"], self._address, self._node.name, str(plan.address))
        await asyncio.to_thread(volumes.write_etc, who)
        made = await self._volumes()
        wanted, policy = self.pod["spec"], self.pod["spec"].get("restartPolicy", "Always")
        try:
            runners = [self._runner(raw, who, netns, made, policy) for raw in wanted["containers"]]
            at_start = [
                self._runner(raw, who, netns, made, spec.policy_at_start(raw, policy))
                for raw in wanted.get("initContainers") or ()
            ]
        except UnsupportedError as error:
            self._cannot("CreateContainerConfigError", str(error))
            return
        self._at_start = at_start
        for runner, state in zip(at_start, self._states_at_start, strict=True):
            runner.state.ends = state.ends
        if at_start:
            for runner in runners:
                runner.state.waiting = "PodInitializing"
        self.runners = {runner.state.name: runner for runner in (*runners, *at_start)}
        async with asyncio.TaskGroup() as beside:
            if await self._initialize(beside):
                async with asyncio.TaskGroup() as tasks:
                    for runner in runners:
                        tasks.create_task(runner.run())
            await asyncio.gather(*(runner.stop(_DEFAULT_GRACE, self._vanished) for runner in reversed(at_start)))
        # The network stays until the pod goes, also when its containers are through.
        await self._ending.wait()

    async def _initialize(self, beside: asyncio.TaskGroup) -> bool:
        """Run the init containers one after the other; those that stay go on in ``beside``. Whether all went well."""
        for runner in self._at_start:
            if runner.state.ends:
                await runner.run()
                if runner.state.exit_code != 0:
                    return False
            else:
                beside.create_task(runner.run())
                await runner.wait_started()
        return True

    async def _volumes(self) -> dict[str, bool]:
        while True:
            try:
                return await volumes.prepare(self._tools.client, self.pod)
            except volumes.MountError as error:
                self._cannot("ContainerCreating", str(error))
                self._tools.warn(self.pod, "FailedMount", f"MountVolume.SetUp failed: {error}")
                await asyncio.sleep(_MOUNT_RETRY_SECONDS)

    def _runner(self, raw: Object, who: Identity, netns: Netns, made: dict[str, bool], policy: str) -> Runner:
        container = Container(str(volumes.pod_dir(who.uid)), who.name, spec.mounts(raw, made))
        around = Surroundings(
            runtime=self._tools.runtime,
            container=container,
            netns=netns.fd,
            policy=policy,
            log=self._tools.log_dir / f"{who.namespace}_{who.name}_{raw['name']}.log",
            warn=lambda reason, message: self._tools.warn(self.pod, reason, message),
            changed=self._changed.set,
        )
        return Runner(raw, spec.command(raw, spec.environment(raw, who)), around)

    def _cannot(self, reason: str, message: str) -> None:
        for state in (*self._states, *self._states_at_start):
            state.waiting, state.message = reason, message
        self._changed.set()

    async def _stop(self) -> None:
        grace = self.pod["metadata"].get("deletionGracePeriodSeconds", _DEFAULT_GRACE)
        beside = [runner for runner in self.runners.values() if runner not in self._at_start]
        for runners in (beside, self._at_start):  # a proxy outlives those that need it
            await asyncio.gather(*(runner.stop(grace, self._vanished) for runner in runners))

    async def _write_status(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            own = {runner.state.name: runner.state for runner in self.runners.values()}
            states, at_start = (
                [own.get(state.name, state) for state in known] for known in (self._states, self._states_at_start)
            )
            host = str(self._node.network.plan.address)
            wanted = status.build(self.pod, states, self._address, host, self._since, at_start=at_start)
            if status.differs(self.pod.get("status") or {}, wanted):
                with contextlib.suppress(ApiError):  # it is being deleted
                    written = await self._tools.client.patch_status(self.path, wanted)
                    if not self._ending.is_set():
                        self.pod = written


def _before(container: Object, *, ends: bool = False) -> ContainerState:
    """The state of a container that nobody has started yet."""
    return ContainerState(container["name"], container.get("image", ""), ends=ends)
