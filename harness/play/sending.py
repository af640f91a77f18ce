"""Sends batches for pairs of probe and client, and classifies what comes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from harness.observation import Answer, Failure, JournalView, Observation
from harness.play.classify import Classified, classify
from harness.play.notebook import Notebook
from harness.play.pace import Pace
from harness.play.ports import Clock, Running, Sender
from harness.play.sessions import Sessions
from harness.play.sharing import Place, apart, pools
from harness.play.targets import Targets
from harness.prober import Batch, JournalMark, ProbeError
from harness.scenario.model import Client, Outcome, Probe

_AT_ONCE = 8  # batches that are being started
_GRACE = 30.0  # seconds beyond the last deadline until a batch without result is given up
JOURNAL_DELAY = 0.5  # seconds after the last answer before absence is concluded


@dataclass(frozen=True, slots=True)
class Pair:
    """One probe of one client, and the outcome that is wanted of it; equal where probe and client are."""

    name: str  # of the probe
    client: Client
    probe: Probe = field(compare=False)
    outcome: str = field(default="", compare=False)
    steady: bool = field(default=True, compare=False)  # not one of those whose answers differ by weight

    def __str__(self) -> str:
        return f"{self.name} from {self.client}"


@dataclass(frozen=True, slots=True)
class Load:
    """How a batch is sent: see ``harness.prober.Batch``."""

    interval: float
    count: int | None = None
    duration: float | None = None
    min_count: int = 0


@dataclass(frozen=True, slots=True)
class Got:
    """What one pair got; ``begun`` is when its batch began, in seconds since the scenario began."""

    pair: Pair
    begun: float
    observations: tuple[Observation, ...]
    first_pod: str = ""  # that gave the first answer of the session; empty where no pod did


@dataclass(frozen=True, slots=True)
class Started:
    """A batch under way, or why it could not begin; ``begun`` as in ``Got``."""

    pair: Pair
    load: Load
    running: Running | Observation
    begun: float
    pool: str = ""  # the connections that it shares with other batches

    @property
    def longest(self) -> float:
        """Seconds until a batch without result is given up."""
        sends = max(self.load.count or 0, self.load.min_count) * self.load.interval
        return max(sends, self.load.duration or 0.0) + self.pair.probe.deadline + _GRACE

    def stop(self) -> None:
        """Send no more; what is under way is finished. Raises ProbeError."""
        if not isinstance(self.running, Observation):
            self.running.stop()


@dataclass
class Sending:
    """The sending side of one scenario."""

    sender: Sender
    targets: Targets
    notebook: Notebook
    clock: Clock
    token: str  # begins every request id of this scenario
    _batches: int = 0
    _sessions: Sessions = field(default_factory=Sessions)

    def send(self, loads: Mapping[Pair, Load]) -> list[Got]:
        """Send for all pairs side by side and wait for every answer.

        What could not be sent comes back as an observation with the failure UNRESOLVED or AGENT.
        """
        return self.collect(self.start(loads))

    def start(self, loads: Mapping[Pair, Load]) -> list[Started]:
        """Begin to send for all pairs side by side; a failure to begin is told when it is collected.

        The clock is read once the agent has the batch: propagation is then measured too long rather than too short.
        """
        shared = pools({(pair.name, pair.client): pair.probe for pair in loads}, f"{self.token}.{self._batches + 1}")
        numbers = range(self._batches + 1, self._batches + 1 + len(loads))
        self._batches += len(loads)

        def start(pair: Pair, load: Load, number: int) -> Started:
            pool = shared.get((pair.name, pair.client), "")
            running = self._start(pair, load, f"{self.token}.{number}", pool)
            return Started(pair, load, running, self.notebook.at, pool)

        with ThreadPoolExecutor(min(_AT_ONCE, len(loads)), thread_name_prefix="start") as executor:
            return list(executor.map(start, loads.keys(), loads.values(), numbers))

    def collect(self, started: Iterable[Started]) -> list[Got]:
        """Wait for every answer of what was started together."""
        got, shared = [], {}
        for one in started:
            pair, begun = one.pair, one.begun
            if one.pool:
                shared[pair.name, pair.client] = one.pool
            if isinstance(one.running, Observation):
                got.append(Got(pair, begun, (one.running,)))
                continue
            try:
                observations = sorted(one.running.result(one.longest), key=lambda seen: seen.started)
                first_pod = self._sessions.first_pod(pair.name, pair.probe, observations)
                got.append(Got(pair, begun, tuple(observations), first_pod))
            except ProbeError as error:
                got.append(Got(pair, begun, (_unsent(pair, Failure.AGENT, str(error)),)))
        return _only_shared(got, shared)

    def _start(self, pair: Pair, load: Load, id_prefix: str, pool: str) -> Running | Observation:
        try:
            dial = self.targets.dial(pair.name, pair.probe, pair.client)
        except ProbeError as error:
            return _unsent(pair, Failure.UNRESOLVED, str(error))
        batch = Batch(
            client=pair.client,
            probe=pair.probe,
            url=dial.url,
            address=dial.address,
            id_prefix=id_prefix,
            interval=load.interval,
            count=load.count,
            duration=load.duration,
            min_count=load.min_count,
            pool=pool,
            carried=self._sessions.carried(pair.name, pair.client),
        )
        try:
            return self.sender.start(batch)
        except ProbeError as error:
            return _unsent(pair, Failure.AGENT, str(error))

    def mark(self) -> JournalMark:
        """Where the journals stand. Raises ProbeError."""
        return self.sender.mark_journals(self.notebook.scenario)

    def journal(self, mark: JournalMark, got: Iterable[Got]) -> JournalView:
        """What backends saw of these requests since the mark; asked half a second after the last answer."""
        self.clock.sleep(JOURNAL_DELAY)
        ids = [seen.id for one in got for seen in one.observations if seen.id]
        try:
            return self.sender.journal(mark, ids)
        except ProbeError as error:
            return JournalView(problems=(str(error),))

    def classify(
        self, got: Iterable[Got], outcomes: Mapping[str, Outcome], journal: JournalView | None = None
    ) -> dict[Pair, list[Classified]]:
        """Outcomes by pair, in the order of sending; times count from the beginning of the scenario."""
        hits = journal.hits if journal else {}
        got, pace = list(got), Pace()
        for one in got:
            pace.add(one.begun, one.pair.probe, one.observations)
        classified: dict[Pair, list[Classified]] = {}
        for one in got:
            for seen in one.observations:
                taken = pace.at(one.begun + seen.started)
                known = hits.get(seen.id, ())
                named = classify(seen, outcomes, one.pair.probe, known, one.first_pod, pace=taken)
                moved = replace(named, observation=replace(seen, started=one.begun + seen.started))
                classified.setdefault(one.pair, []).append(moved)
        return classified

    def record(self, step: int, classified: Mapping[Pair, Iterable[Classified]]) -> None:
        """Keep what came back as evidence."""
        for pair, answers in classified.items():
            self.notebook.answers(step, pair.name, answers)


def _only_shared(got: list[Got], shared: Mapping[Place, str]) -> list[Got]:
    """Answers that were to share connections and did not say nothing about routing on one connection."""
    seen = {(one.pair.name, one.pair.client): one.observations for one in got}
    separate = apart(shared, seen)
    why = "no connection carried answers of all probes that share: they were not seen to be routed apart"
    return [
        replace(one, observations=tuple(_in_vain(seen, why) for seen in one.observations))
        if (one.pair.name, one.pair.client) in separate
        else one
        for one in got
    ]


def _in_vain(seen: Observation, why: str) -> Observation:
    if seen.answer.failure is not None:
        return seen
    return replace(seen, answer=Answer(failure=Failure.AGENT, detail=why))


def _unsent(pair: Pair, failure: Failure, detail: str) -> Observation:
    return Observation("", pair.client, "", Answer(failure=failure, detail=detail), 0.0, 0.0, 0)
