"""The mesh process: watches, plans, delivers, reports."""

from __future__ import annotations

import argparse
import asyncio
import logging
from dataclasses import dataclass, field, replace
from pathlib import Path

from lab.client import ApiError, Client, item
from lab.defects.registry import selectable
from lab.mesh.ads.pack import Packer
from lab.mesh.ads.server import AdsServer
from lab.mesh.controller import ClusterState, Orders, defect_of, follow
from lab.mesh.dataplane import DataPlaneError, Envoy, Node, intercept
from lab.mesh.mesh_resource import MeshResource
from lab.mesh.model.decisions import CONFORMANT, Decisions
from lab.mesh.model.delivery import PROMPT, DeliveryPolicy, at_once
from lab.mesh.model.history import History
from lab.mesh.model.ignoring import accepted_world
from lab.mesh.model.posing import in_force, reported
from lab.mesh.plan import Plan, Planner
from lab.mesh.signs import Signs
from lab.mesh.spec_writer import SpecWriter
from lab.mesh.status_writer import StatusWriter
from lab.poses import LAB, pose_of

log = logging.getLogger(__name__)

RUN = Path("/run/gamma-lab")
# Writes come in bursts (a Service, its slice, a route): waiting this long for the rest saves whole rounds.
_DEBOUNCE_SECONDS = 0.003
# Longer than Envoy takes on a machine that is busy with other things.
_SETTLED_SECONDS = 20.0


@dataclass(frozen=True)
class MeshConfig:
    """Where the mesh finds its surroundings.

    `ready_file` appears when every Envoy has confirmed the first snapshot; `pose` is a mesh of `lab.poses`.
    """

    run: Path = RUN
    log_dir: Path = RUN / "log"
    nodes: tuple[Node, ...] = field(
        default_factory=lambda: tuple(Node(name, RUN / "netns" / name) for name in ("node-1", "node-2"))
    )
    defect_map: tuple[str, str] = ("gamma-lab-system", "mesh")
    pose: str = LAB.name

    @property
    def api_socket(self) -> Path:
        """Where the API server listens."""
        return self.run / "api.sock"

    @property
    def ads_socket(self) -> Path:
        """Where Envoys ask for their configuration."""
        return self.run / "xds.sock"

    @property
    def ready_file(self) -> Path:
        """The sign that the mesh is ready."""
        return self.run / "mesh.ready"


class Mesh:
    """One run of the reference mesh."""

    def __init__(self, config: MeshConfig, api: Client) -> None:
        self._config = config
        self._pose = pose_of(config.pose)
        self._state = ClusterState(config.defect_map, self._pose)
        self._writer = StatusWriter(api, self._state)
        self._api = api
        self._specs = SpecWriter(api, self._state)
        self._signs = Signs(api, self._pose)
        self._resource = MeshResource(api)
        self._ads = AdsServer(config.ads_socket)
        self._packer = Packer()
        self._envoys = [Envoy(node, config.ads_socket, config.run, config.log_dir) for node in config.nodes]
        self._intercepted: frozenset[str] = frozenset()
        self._published = asyncio.Event()
        self._ready = asyncio.Event()
        self._enacted: Orders | None = None
        self._node_names = {node.name for node in config.nodes}

    async def run(self) -> None:
        """Serve until cancelled. Raises DataPlaneError when an Envoy ends, ApiError when the API refuses us."""
        try:
            await self._ads.start()
            for envoy in self._envoys:
                envoy.start()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(follow(self._api, self._state))
                tasks.create_task(self._reconcile())
                tasks.create_task(self._writer.run())
                tasks.create_task(self._specs.run())
                tasks.create_task(self._signs.run())
                if self._pose.publishes:
                    tasks.create_task(self._describe())
                tasks.create_task(self._announce())
                for envoy in self._envoys:
                    tasks.create_task(self._guard(envoy))
        finally:
            for envoy in self._envoys:
                envoy.stop()
            await self._ads.stop()

    async def _reconcile(self) -> None:
        obeyed: tuple[bool, Orders] | None = None
        orders, planner, history, stalled = Orders(), Planner(CONFORMANT), History(), False
        while True:
            await self._due(planner.decisions.every * orders.time_scale)
            await asyncio.sleep(_DEBOUNCE_SECONDS)
            self._state.changed.clear()
            if not self._state.synced:
                continue
            told = (self._state.ordered, self._state.orders)
            begins, obeyed = told != obeyed, told
            if begins:
                orders = self._state.orders
                defect = defect_of(self._state, selectable)
                log.warning("defect: %s", defect or "none")
                await self._forget()
                planner, history, stalled = Planner(_decisions(defect)), History(orders.time_scale), False
                self._writer.decide(planner.decisions)
                self._specs.decide(planner.decisions)
            await self._resource.decide(planner.decisions)
            world = planner.decisions.seen(self._state.world())
            stalled = stalled or planner.decisions.stalls(world)
            if stalled:
                continue
            effective = in_force(world, self._pose)
            history.observe(effective)
            followed = planner.decisions.world(effective, history)
            plan = planner.plan(followed, planner.decisions.views(effective, history))
            delivery = _scaled(planner.decisions.delivery, orders.time_scale)
            # A defect that delivers late begins with what is there, as if it had been delivered long ago.
            await self._enact(plan, replace(delivery, delay=at_once) if begins else delivery)
            judged = accepted_world(reported(world, self._pose), planner.decisions.ignored)
            self._writer.want(judged, planner.decisions.status_delay * orders.time_scale)
            self._specs.look()
            self._signs.want(effective)
            if begins and self._state.ordered:
                self._enacted = orders
                if self._ready.is_set() and await self._settled():
                    await self._confirm()

    async def _forget(self) -> None:
        """Bring every node to what the specification says, so that nothing is left of the defect before."""
        if self._published.is_set():
            await self._enact(Planner(CONFORMANT).plan(in_force(self._state.world(), self._pose)), PROMPT)
            await self._settled()

    async def _settled(self) -> bool:
        """Whether all nodes have confirmed what was published, in good time."""
        try:
            await asyncio.wait_for(self._ads.wait_settled(self._node_names), _SETTLED_SECONDS)
        except TimeoutError:
            log.error("the nodes do not confirm what they are told")  # noqa: TRY400 - nothing in this program led here
            return False
        return True

    async def _confirm(self) -> None:
        """Tell in the ConfigMap which defect is in force."""
        if self._enacted is None:
            return
        namespace, name = self._config.defect_map
        body = {"data": {"inForce": self._enacted.defect or "none", "inForceTurn": self._enacted.turn}}
        try:
            await self._api.patch(item("v1", "configmaps", name, namespace), body)
        except ApiError as error:
            if error.code != 404:
                raise

    async def _due(self, every: float) -> None:
        """Return when something has changed, or after so many seconds (0: only then)."""
        try:
            await asyncio.wait_for(self._state.changed.wait(), every or None)
        except TimeoutError:
            return

    async def _enact(self, plan: Plan, delivery: DeliveryPolicy) -> None:
        """Deliver the plan; pod addresses lead to Envoy only while Envoy listens on them."""
        await self._intercept(self._intercepted & plan.intercepted)
        self._ads.publish(self._packer.pack(plan.resources), delivery)
        self._published.set()
        if plan.intercepted != self._intercepted:
            await self._ads.wait_settled(self._node_names)
            await self._intercept(plan.intercepted)

    async def _intercept(self, addresses: frozenset[str]) -> None:
        if addresses != self._intercepted:
            for node in self._config.nodes:
                await asyncio.to_thread(intercept, node, addresses, self._intercepted)
            self._intercepted = addresses

    async def _announce(self) -> None:
        await self._published.wait()
        await self._ads.wait_settled(self._node_names)
        self._config.ready_file.touch()
        log.warning("ready")
        self._ready.set()
        await self._confirm()

    async def _describe(self) -> None:
        await self._published.wait()
        await self._resource.run()

    async def _guard(self, envoy: Envoy) -> None:
        status = await envoy.wait()
        raise DataPlaneError(f"Envoy of {envoy.node.name} ended with status {status}")


def _scaled(policy: DeliveryPolicy, scale: float) -> DeliveryPolicy:
    """The policy with all its seconds multiplied."""
    return policy if scale == 1 else replace(policy, delay=lambda node: policy.delay(node) * scale)


def _decisions(defect: str) -> Decisions:
    return selectable[defect].decisions if defect else CONFORMANT


async def _run(config: MeshConfig) -> None:
    async with Client(config.api_socket, user_agent="gamma-lab-mesh") as api:
        await Mesh(config, api).run()


def run(config: MeshConfig) -> None:
    """Run the mesh until the process is ended. Raises what ended it."""
    config.log_dir.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=config.log_dir / "mesh.log", level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    try:
        asyncio.run(_run(config))
    except KeyboardInterrupt:
        return
    except BaseException:
        log.critical("the mesh ends", exc_info=True)
        raise


def main(argv: list[str] | None = None) -> int:
    """`python -m lab.mesh.main`: the mesh of the sandbox this process lives in."""
    parser = argparse.ArgumentParser(description="the reference mesh of the lab")
    parser.add_argument("--run", type=Path, default=RUN, help="directory of sockets (default: %(default)s)")
    parser.add_argument("--log-dir", type=Path, default=RUN / "log", help="where logs go (default: %(default)s)")
    arguments = parser.parse_args(argv)
    nodes = tuple(Node(name, arguments.run / "netns" / name) for name in ("node-1", "node-2"))
    run(MeshConfig(run=arguments.run, log_dir=arguments.log_dir, nodes=nodes))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
