"""A scripted cluster, mesh and clock: the outside of the harness, small enough to be read at a glance.

Time passes only when somebody sleeps or waits for an answer. ``behave`` decides what each request gets.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from harness.cluster import SYNCED, ClusterError, Event, Obj, Ref, Selection
from harness.mesh_profile import load
from harness.observation import Answer, Echo, Failure, Hit, JournalView, Observation, Saw
from harness.play.player import Played, Player
from harness.prober import Batch, JournalMark, ProbeError
from harness.scenario.model import Client, Scenario
from harness.settings import OWNER, OWNER_LABEL, Settings
from harness.stage import static_services_of
from harness.stage.layout import WORKLOADS, endpoints_expected

T = TypeVar("T")


class FakeClock:
    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += max(0.0, seconds)

    def take(self, source: SimpleQueue[T], seconds: float) -> T | None:
        """What threads have said by now, or will in a moment; else the time passes."""
        try:
            return source.get(timeout=0.05)
        except Empty:
            self.sleep(seconds)
            return None


@dataclass(frozen=True)
class Request:
    """One request as the scripted mesh sees it."""

    client: Client
    url: str
    at: float  # by the fake clock
    number: int  # within its batch
    cluster: FakeCluster

    def since(self, kind: str, name: str) -> float | None:
        """Seconds since this object was applied; None while it is not there."""
        applied = self.cluster.applied_at.get((kind, name))
        return None if applied is None else self.at - applied


@dataclass(frozen=True)
class Reply:
    answer: Answer
    hits: tuple[Hit, ...] = ()
    elapsed: float = 0.002
    lag: float = 0.0
    copies_after: float = 0.0  # seconds until backends other than the one that answers have journalled it


def from_echo(workload: str = "echo-v1", headers: tuple[tuple[str, str], ...] = (), **more: Any) -> Reply:
    echo = Echo("gamma-producer", workload, f"{workload}-pod", Saw("GET", "/", "h", "http1", headers), 8080)
    return Reply(Answer(status=200, echo=echo), (Hit(echo.pod, echo.namespace, workload, 1),), **more)


def from_mesh(status: int = 404, *, leaks_to: str = "", **more: Any) -> Reply:
    hits = (Hit(f"{leaks_to}-pod", "gamma-producer", leaks_to, 1),) if leaks_to else ()
    return Reply(Answer(status=status), hits, **more)


def fails(failure: Failure, detail: str = "scripted", **more: Any) -> Reply:
    return Reply(Answer(failure=failure, detail=detail), **more)


@dataclass
class FakeCluster:
    """Keeps objects; endpoints are ready at once."""

    clock: FakeClock
    objects: dict[Ref, Obj] = field(default_factory=dict)
    applied_at: dict[tuple[str, str], float] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    restarts: dict[str, int] = field(default_factory=dict)
    refuse: dict[str, ClusterError] = field(default_factory=dict)  # by name of the object

    @property
    def server(self) -> str:
        return "https://scripted"

    def named(self, scenario: str) -> FakeCluster:
        return self

    def version(self) -> dict[str, str]:
        return {"gitVersion": "v1.34.0"}

    def apply(self, obj: Obj, *, dry_run: bool = False) -> Obj:
        ref = Ref.of(obj)
        if ref.name in self.refuse:
            raise self.refuse[ref.name]
        if not dry_run:
            self.objects[ref] = obj
            self.applied_at[ref.kind, ref.name] = self.clock.now()
            self.log.append(f"apply {ref.kind} {ref.name}")
        return obj

    def get(self, ref: Ref) -> Obj | None:
        found = self.objects.get(ref)
        if found is not None and ref.kind == "Service":
            return {**found, "spec": {**found.get("spec", {}), "clusterIP": _address(ref.name)}}
        return found

    def delete(self, ref: Ref) -> bool:
        self.log.append(f"delete {ref.kind} {ref.name}")
        self.applied_at.pop((ref.kind, ref.name), None)
        return self.objects.pop(ref, None) is not None

    def select(self, selection: Selection) -> list[Obj]:
        if selection.kind == "Pod":
            return [self._pod(role, name) for role, name in _pods()]
        return []

    def watch(self, selection: Selection, stop: Any) -> Iterator[Event]:
        if selection.kind == "EndpointSlice":
            for ref, service in self.objects.items():
                if ref.kind == "Service" and ref.namespace == selection.namespace:
                    yield Event("ADDED", _slice(ref, service))
        yield Event(SYNCED, {})
        while stop.remaining() > 0:
            stop.pause(1.0)

    def _pod(self, role: str, name: str) -> Obj:
        return {
            "metadata": {
                "name": name,
                "namespace": f"gamma-{role}",
                "uid": f"uid-{role}-{name}",
                "labels": {OWNER_LABEL: OWNER},
            },
            "status": {
                "podIP": "10.244.1.9",
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"restartCount": self.restarts.get(name, 0)}],
            },
        }


def _pods() -> list[tuple[str, str]]:
    return [(workload.role, f"{workload.name}-pod") for workload in WORKLOADS]


def _address(name: str) -> str:
    return f"10.96.0.{sum(name.encode()) % 250 + 1}"


def _slice(ref: Ref, service: Obj) -> Obj:
    role, selector = ref.namespace.removeprefix("gamma-"), service["spec"].get("selector") or {}
    count = endpoints_expected(role, selector)
    return {
        "metadata": {"name": ref.name, "namespace": ref.namespace, "labels": {"kubernetes.io/service-name": ref.name}},
        "endpoints": [{"addresses": [f"10.244.0.{n}"], "conditions": {"ready": True}} for n in range(count)],
    }


@dataclass
class FakeRunning:
    """The mesh is asked when the result is, so that scripts see one batch after the other."""

    batch: Batch
    begun: float
    sender: FakeSender
    stopped: float | None = None

    def stop(self) -> None:
        self.stopped = self.sender.clock.now()
        self.sender.running -= 1

    def peek(self) -> list[Observation]:
        now = self.sender.clock.now()
        observations, _ = self.sender.send(self.batch, self.begun, now)
        return [one for one in observations if self.begun + one.started + one.elapsed <= now]

    def result(self, timeout: float) -> list[Observation]:
        observations, ends = self.sender.send(self.batch, self.begun, self.stopped)
        self.sender.clock.time = max(self.sender.clock.time, ends)
        return observations


@dataclass
class FakeSender:
    """Sends on schedule to the scripted mesh, and keeps the backends' journals."""

    clock: FakeClock
    cluster: FakeCluster
    behave: Callable[[Request], Reply]
    journal_problems: tuple[str, ...] = ()
    unresolved: set[str] = field(default_factory=set)
    batches: list[Batch] = field(default_factory=list)
    resolved: list[tuple[str, str]] = field(default_factory=list)
    running: int = 0  # batches that end only when they are stopped
    _hits: dict[str, tuple[Hit, ...]] = field(default_factory=dict)
    _copies_at: dict[str, float] = field(default_factory=dict)

    def resolve(self, client: Client, host: str) -> str:
        self.resolved.append((str(client), host))
        if host in self.unresolved:
            raise ProbeError(f"{host}: no such name")
        return _address(host.partition(".")[0])

    def start(self, batch: Batch) -> FakeRunning:
        self.batches.append(batch)
        self.running += (batch.duration or 0) > 100
        return FakeRunning(batch, self.clock.now(), self)

    def send(self, batch: Batch, begun: float, stopped: float | None = None) -> tuple[list[Observation], float]:
        if batch.count is not None:
            sends = batch.count
        else:
            sends = max(batch.min_count, int((batch.duration or 0) / batch.interval + 0.5))
        if stopped is not None:
            sends = min(sends, int((stopped - begun) / batch.interval) + 1)
        seen, ends = [], begun
        for number in range(sends):
            at = begun + number * batch.interval
            if batch.probe.over == "one":  # one request at a time
                at = max(at, ends)
            if stopped is not None and at > stopped:
                break
            reply = self.behave(Request(batch.client, batch.url, at, number, self.cluster))
            name = f"{batch.id_prefix}-{number}"
            self._hits[name] = reply.hits
            self._copies_at[name] = at + reply.copies_after
            address = "" if batch.address is None else f"{batch.address[0]}:{batch.address[1]}"
            seen.append(
                Observation(name, batch.client, address, reply.answer, at - begun, reply.elapsed, number, lag=reply.lag)
            )
            ends = max(ends, at + reply.elapsed)
        return seen, ends

    def mark_journals(self, scenario: str = "") -> JournalMark:
        return JournalMark({})

    def journal(self, since: JournalMark, ids: Collection[str]) -> JournalView:
        now = self.clock.now()
        late = {name for name in ids if self._copies_at[name] > now}
        hits = {
            name: self._hits[name][:1] if name in late else self._hits[name] for name in ids if self._hits.get(name)
        }
        return JournalView(hits, frozenset(name for _, name in _pods()), self.journal_problems)


class World:
    """Everything outside, wired up; ``play`` plays a scenario in it."""

    def __init__(self, tmp_path: Any, behave: Callable[[Request], Reply], **profile: Any) -> None:
        self.clock = FakeClock()
        self.cluster = FakeCluster(self.clock)
        self.sender = FakeSender(self.clock, self.cluster, behave)
        mesh = load("lab").model_copy(update=profile)
        self.settings = Settings(run_id="r1", run_dir=tmp_path, mesh=mesh)
        self.said: list[str] = []
        self.player = Player(
            self.settings, cluster=self.cluster, sender=self.sender, clock=self.clock, progress=self.said.append
        )

    def play(self, scenario: Scenario) -> Played:
        for service in static_services_of(scenario, self.settings):
            self.cluster.apply(service)
        self.cluster.log.clear()
        return self.player.play(scenario)


def service(name: str, app: str = "echo-v1") -> Obj:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "gamma-producer"},
        "spec": {"selector": {"app": app}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
    }


def route(name: str, parent: str) -> Obj:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": "gamma-producer"},
        "spec": {
            "parentRefs": [{"group": "", "kind": "Service", "name": parent}],
            "rules": [{"backendRefs": [{"name": parent, "port": 80}]}],
        },
    }


def scenario(**changes: Any) -> Scenario:
    """The usual shape: a baseline, a route, a witness, a hold with one negative and one positive check."""
    content: dict[str, Any] = {
        "scenario": "front",
        "title": "A request that no rule matches is rejected",
        "why": "A mesh that forwards everything looks healthy until somebody relies on a path not being served.",
        "manifests": {
            "services": [service("front"), service("front-v2", "echo-v2")],
            "route": [route("front", "front")],
        },
        "probes": {
            "matched": {"from": "consumer", "url": "http://front.gamma-producer/known"},
            "unmatched": {"from": "consumer", "url": "http://front.gamma-producer/other"},
        },
        "outcomes": {
            "routed": {"backend": "echo-v2"},
            "direct": {"backend": "echo-v1"},
            "rejected": {"rejected": [404]},
        },
        "steps": [
            {"apply": "services"},
            {"await": {"matched": "direct", "unmatched": "direct"}},
            {"apply": "route"},
            {"await": {"matched": "routed"}},
            {
                "hold": "2s",
                "checks": [
                    {
                        "check": "unmatched-rejected",
                        "proves": ["attachment.unmatched-rejected"],
                        "probe": "unmatched",
                        "expect": "rejected",
                        "ifInstead": {"direct": "the implicit forwarding survived"},
                    },
                    {
                        "check": "matched-routed",
                        "proves": ["attachment.multi-parent-services"],
                        "probe": "matched",
                        "expect": "routed",
                    },
                ],
            },
        ],
    }
    return Scenario.model_validate({**content, **changes})


def correct(request: Request, after: float = 0.3) -> Reply:
    """A mesh that does what the usual scenario wants, this long after the route was applied."""
    since = request.since("HTTPRoute", "front")
    if since is None or since < after:
        return from_echo("echo-v1")
    return from_echo("echo-v2") if request.url.endswith("/known") else from_mesh(404)
