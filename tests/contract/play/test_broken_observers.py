"""Each way in which what we look with can break: the verdict stays right or becomes an error, whatever the mesh does.

Real engines, echoes, sockets and prober, and a proxy that obeys the route or leaks what no rule matches. What breaks is
the processes themselves: they are killed, stopped, started anew, their clocks lie, their resolver fails.
"""

from __future__ import annotations

import itertools
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.evidence.model import CheckRecord, Verdict
from harness.mesh_profile import load
from harness.play.player import Player
from harness.play.ports import RealClock
from harness.prober import Pod, Prober
from harness.prober.transport import CutError, SocketTransport, Transport
from harness.settings import Settings
from harness.stage import static_services_of
from tests.contract.play.local_mesh import Agents, Proxy, at_proxy, straight
from tests.unit.play.world import FakeCluster

NEGATIVE, POSITIVE = "unmatched-rejected", "matched-routed"
MESHES: Mapping[str, Callable[[str], str | int]] = {
    "obeying": lambda path: "echo-v2" if path == "/known" else 404,
    "leaking": lambda path: "echo-v2" if path == "/known" else "echo-v1!",
}
RIGHT = {
    "obeying": {NEGATIVE: Verdict.PASS, POSITIVE: Verdict.PASS},
    "leaking": {NEGATIVE: Verdict.FAIL, POSITIVE: Verdict.PASS},
}

# Read by every Python process that has the folder on its path, before anything else runs.
WEATHER = """
import os, socket, time

def shifted(clock, seconds):
    return lambda: clock() + seconds

hours = float(os.environ.get("TEST_HOURS_OFF", 0))
for name in ("time", "monotonic") if hours else ():
    setattr(time, name, shifted(getattr(time, name), 3600 * hours))

failing, slow = int(os.environ.get("TEST_DNS_FAILS", 0)), float(os.environ.get("TEST_DNS_SLOW", 0))
real = socket.getaddrinfo

def getaddrinfo(host, *rest, **more):
    global failing, slow
    if str(host).endswith(".gamma-producer"):
        pause, slow = slow, 0
        time.sleep(pause)
        if failing:
            failing -= 1
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        host = "127.0.0.1"
    return real(host, *rest, **more)

socket.getaddrinfo = getaddrinfo
"""


@dataclass(frozen=True)
class Trouble:
    """What is broken: from the start in the processes (by workload), or during the run by `strike`.

    `errors` says what the verdicts have to be: none an error, all of them, or either as it comes.
    """

    errors: bool | None
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    strike: Callable[[Agents], None] = lambda _agents: None
    connect: Callable[[Agents], Callable[[Pod], Transport]] = straight
    delays: Sequence[float] = (0.0,)  # seconds that what passes the proxy takes from then on, one after the other
    deadline: str = "10s"


class Cutting(SocketTransport):
    """A relay that is cut after so many pieces."""

    left = 5

    def receive(self) -> bytes:
        if self.left == 0:
            raise CutError("cut on purpose")
        self.left -= 1
        return super().receive()


def stuttering(agents: Agents) -> None:
    """A node so busy that the client's process gets its turn only now and then."""
    for _ in range(4):
        agents.processes["client"].send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        agents.processes["client"].send_signal(signal.SIGCONT)
        time.sleep(0.1)


TROUBLES = {
    "none": Trouble(errors=False),
    "clocks off by hours, each by others": Trouble(
        errors=False,
        environment={
            "client": {"TEST_HOURS_OFF": "7"},
            "echo-v1": {"TEST_HOURS_OFF": "-9"},
            "echo-v2": {"TEST_HOURS_OFF": "300"},
        },
    ),
    "a name that does not resolve once": Trouble(errors=None, environment={"client": {"TEST_DNS_FAILS": "1"}}),
    "a resolver that is slow once": Trouble(errors=None, environment={"client": {"TEST_DNS_SLOW": "2"}}),
    "a resolver that fails for good": Trouble(errors=True, environment={"client": {"TEST_DNS_FAILS": "100000"}}),
    "an engine that is killed": Trouble(errors=True, strike=lambda agents: agents.processes["client"].kill()),
    "an engine that is started anew": Trouble(errors=None, strike=lambda agents: agents.restart("client")),
    # No API tells of it here; the journal does.
    "a backend that is started anew": Trouble(errors=True, strike=lambda agents: agents.restart("echo-v2")),
    "a journal that overflows": Trouble(errors=None, words={"echo-v1": ("--journal", "3")}),
    "journals that overflow everywhere": Trouble(
        errors=None, words={"echo-v1": ("--journal", "3"), "echo-v2": ("--journal", "3")}
    ),
    "a relay that is cut again and again": Trouble(
        errors=None, connect=lambda agents: lambda pod: Cutting(agents.sockets[pod.name])
    ),
    "a node that has no time": Trouble(errors=None, strike=stuttering),
    "a node on which everything takes long, and something too long": Trouble(
        errors=None, delays=(0.5, 0.6, 0.7, 0.8, 1.2), deadline="1s"
    ),
}


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Callable[[str, Trouble], tuple[CheckRecord, ...]]]:
    (tmp_path / "weather").mkdir()
    (tmp_path / "weather/sitecustomize.py").write_text(WEATHER)
    ends: list[Callable[[], object]] = []

    def run(mesh: str, trouble: Trouble) -> tuple[CheckRecord, ...]:
        path = {"PYTHONPATH": str(tmp_path / "weather")}
        workloads = ("client", "echo-v1", "echo-v2")
        environment = {name: {**path, **trouble.environment.get(name, {})} for name in workloads}
        agents = Agents(tmp_path, words=trouble.words, environment=environment)
        ends.append(agents.stop)
        cluster = FakeCluster(RealClock())
        struck, slow = threading.Event(), threading.Event()
        delays = itertools.cycle(trouble.delays)

        def decide(path: str) -> str | int:
            if ("HTTPRoute", "front") not in cluster.applied_at:
                return "echo-v1"
            struck.set()
            if slow.is_set():
                time.sleep(next(delays))
            return MESHES[mesh](path)

        def wait_and_strike() -> None:
            if struck.wait(20):
                time.sleep(0.15)  # the witness was seen, and the hold is under way
                slow.set()
                trouble.strike(agents)

        proxy = Proxy(agents, decide)
        ends.append(proxy.stop)
        striker = threading.Thread(target=wait_and_strike)
        striker.start()
        ends.append(striker.join)
        settings = Settings(run_id="r1", run_dir=tmp_path, mesh=load("lab"), time_scale=0.2)
        prober = Prober(settings, pods=lambda: tuple(agents.pods), connect=trouble.connect(agents))
        ends.append(prober.close)
        played = at_proxy(proxy.port, deadline=trouble.deadline)
        for service in static_services_of(played, settings):
            cluster.apply(service)
        found = Player(settings, cluster=cluster, sender=prober).play(played).checks
        struck.set()
        return found

    yield run
    for end in reversed(ends):
        end()


@pytest.mark.parametrize("mesh", MESHES)
@pytest.mark.parametrize("name", TROUBLES)
def test_a_broken_observer_never_makes_a_wrong_verdict(play, name, mesh):
    trouble = TROUBLES[name]
    checks = play(mesh, trouble)
    verdicts = {check.check: check.verdict for check in checks}
    unseen = {check for check, verdict in verdicts.items() if verdict in (Verdict.ERROR, Verdict.NOT_RUN)}
    assert {check: verdict for check, verdict in verdicts.items() if check not in unseen} == {
        check: verdict for check, verdict in RIGHT[mesh].items() if check not in unseen
    }, [(check.reason, check.likely) for check in checks]
    if trouble.errors is not None:
        assert bool(unseen) is trouble.errors, verdicts
    for check in checks:
        if check.check in unseen:
            assert check.reason, "an error says what could not be seen"
