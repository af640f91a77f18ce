"""The cluster side of probing: sessions with the engines in our pods, batches, journals."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

from harness.cluster import load_configuration
from harness.errors import GammaError
from harness.observation import JournalView
from harness.prober.journals import Reading, prefix_of, view
from harness.prober.roster import StagePods
from harness.prober.running import QUICK, Running
from harness.prober.session import Session
from harness.prober.transport import CutError, ExecTransport, Transport
from harness.prober.types import Batch, JournalMark, Pod, Position, ProbeError
from harness.scenario.model import NAMESPACE_PREFIX, ROLES, Client
from harness.settings import Settings

_PODS_FRESH = 10.0  # seconds that the list of pods is believed where a client is looked for

Connect = Callable[[Pod], Transport]
ListPods = Callable[[], Sequence[Pod]]


class Prober:
    """Sends from the client pods of one run and reads the backends' journals. Thread-safe; sessions open when used."""

    def __init__(self, settings: Settings, *, pods: ListPods | None = None, connect: Connect | None = None) -> None:
        self._settings = settings
        self._stage = StagePods(settings)  # connects when first used
        self._list_pods = pods or self._stage
        self._connect = connect or _exec_connect(settings)
        self._lock = threading.Lock()
        self._known: Sequence[Pod] = ()
        self._known_at = -_PODS_FRESH
        self._sessions: dict[Pod, Session] = {}
        self._closed = False

    def resolve(self, client: Client, host: str) -> str:
        """The first address of a name, by the client pod's own resolver. Raises ProbeError."""
        found = self._session(self._client_pod(client)).ask("resolve", QUICK, host=host)
        if not found["addresses"]:
            raise ProbeError(f"{host} does not resolve in {client}: {found.get('error', 'no address')}")
        return str(found["addresses"][0])

    def hello(self, client: Client) -> dict[str, Any]:
        """What the engine of a client says of itself; one of another version is refused. Raises ProbeError."""
        return self._session(self._client_pod(client)).ask("hello", QUICK)

    def start(self, batch: Batch) -> Running:
        """Begin to send; does not wait: an engine that refuses is told by the result. Raises ProbeError."""
        return Running(batch, self._session(self._client_pod(batch.client)), self._default_namespace)

    def mark_journals(self, scenario: str = "") -> JournalMark:
        """Where the journal of every backend of the stage, and of this scenario, stands.

        Raises ProbeError where one cannot be asked.
        """
        asked = [(pod, self._session(pod), self._session(pod).submit("mark")) for pod in self._backends(scenario)]
        if not asked:
            raise ProbeError("the stage has no backends: nobody keeps a journal")
        found = [(pod, session.wait(answer, "mark", QUICK)) for pod, session, answer in asked]
        positions = {pod: Position(str(at["epoch"]), int(at["next"])) for pod, at in found}
        return JournalMark(positions, scenario)

    def journal(self, since: JournalMark, ids: Collection[str]) -> JournalView:
        """Which backends saw these requests since the mark, and what stands against trusting that.

        Raises ProbeError where the API does not tell which backends there are.
        """
        prefixes = sorted({prefix_of(one) for one in ids})
        backends = self._backends(since.scenario)
        asked = [(pod, self._read(pod, since.positions.get(pod), prefixes)) for pod in backends]
        readings = [reading() for _, reading in asked]
        return view(since, backends, readings, ids, self._default_namespace)

    def pods(self) -> tuple[Pod, ...]:
        """The pods of the stage as they are now. Raises ProbeError."""
        return tuple(self._pods_now())

    def close(self) -> None:
        """End all sessions."""
        with self._lock:
            sessions, self._sessions = list(self._sessions.values()), {}
            self._closed = True
        for session in sessions:
            session.close()
        self._stage.close()

    def _read(self, pod: Pod, mark: Position | None, prefixes: Sequence[str]) -> Callable[[], Reading]:
        """Ask now; the function that is returned waits for the answer."""
        since = mark.next if mark else 0
        try:
            session = self._session(pod)
            answer = session.submit("journal", since=since, prefixes=prefixes, details=True)
        except ProbeError as error:
            trouble = str(error)
            return lambda: Reading(pod, None, trouble)

        def wait() -> Reading:
            try:
                return Reading(pod, session.wait(answer, "journal", QUICK))
            except ProbeError as error:
                return Reading(pod, None, str(error))

        return wait

    def _backends(self, scenario: str) -> list[Pod]:
        return [pod for pod in self._pods_now() if pod.echo and pod.scenario in ("", scenario)]

    def _pods_now(self) -> Sequence[Pod]:
        """Told by the API anew; sessions of pods that are gone end."""
        try:
            pods = self._list_pods()
        except GammaError as error:
            raise ProbeError(f"the pods of the stage cannot be listed: {error}") from error
        with self._lock:
            self._known, self._known_at = pods, time.monotonic()
            gone = [self._sessions.pop(pod) for pod in self._sessions.keys() - set(pods)]
        for session in gone:
            session.close()
        return pods

    def _client_pod(self, client: Client) -> Pod:
        namespace = self._settings.namespace(client.role)
        with self._lock:
            pods, age = self._known, time.monotonic() - self._known_at
        for known in (pods if age < _PODS_FRESH else None, None):
            found = [
                pod
                for pod in (self._pods_now() if known is None else known)
                if (pod.namespace, pod.workload) == (namespace, client.workload)
            ]
            if found:
                return min(found, key=lambda pod: (not pod.ready, pod.name))
        raise ProbeError(f"the stage has no pod of {client} in {namespace}")

    def _session(self, pod: Pod) -> Session:
        with self._lock:
            if self._closed:
                raise ProbeError("the prober is closed")
            if pod not in self._sessions:
                self._sessions[pod] = Session(pod.full_name, lambda: self._connect(pod))
            return self._sessions[pod]

    def _default_namespace(self, namespace: str) -> str:
        """The namespace under the prefix that scenarios are written with; a foreign one as it is."""
        role = namespace.removeprefix(self._settings.namespace_prefix)
        return NAMESPACE_PREFIX + role if role != namespace and role in ROLES else namespace


def _exec_connect(settings: Settings) -> Connect:
    configuration: Any = None
    lock = threading.Lock()

    def connect(pod: Pod) -> Transport:
        nonlocal configuration
        try:
            with lock:
                configuration = configuration or load_configuration(settings.kubeconfig, settings.context)
        except GammaError as error:
            raise CutError(str(error)) from error
        return ExecTransport(configuration, pod)

    return connect
