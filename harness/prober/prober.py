"""The cluster side of probing: sessions with the engines in our pods, batches, journals."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from harness.cluster import KubeCluster, Selection, load_configuration
from harness.observation import Hit, JournalView, Observation
from harness.prober.answers import observations
from harness.prober.session import Session
from harness.prober.transport import ExecTransport, Transport
from harness.prober.types import Batch, JournalMark, Pod, Position, ProbeError
from harness.scenario.model import NAMESPACE_PREFIX, ROLES, Client
from harness.settings import OWNER, OWNER_LABEL, Settings

_QUICK = 15.0  # seconds for a question that the engine answers at once
_WAIT = 10.0  # seconds that a question for results stays open at the engine
_AT_ONCE = 16  # journals asked side by side

Connect = Callable[[Pod], Transport]


class Running:
    """A batch under way."""

    def __init__(self, batch: Batch, session: Session, default_namespace: Callable[[str], str]) -> None:
        self._batch = batch
        self._session = session
        self._default_namespace = default_namespace

    def result(self, timeout: float) -> list[Observation]:
        """All observations, waiting for the last one; the engine then forgets the batch. Raises ProbeError."""
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise ProbeError(f"{self._batch.client} did not finish batch {self._batch.id_prefix} in time")
            found = self._ask("result", wait=min(_WAIT, left), timeout=min(_WAIT, left) + _QUICK)
            if found["done"]:
                self._ask("forget")
                return observations(self._batch, found, self._default_namespace)

    def stop(self) -> None:
        """Send no more; what is under way is finished. Raises ProbeError."""
        self._ask("stop")

    def peek(self) -> list[Observation]:
        """What has come so far. Raises ProbeError."""
        return observations(self._batch, self._ask("result", partial=True), self._default_namespace)

    def _ask(self, op: str, timeout: float = _QUICK, **arguments: object) -> dict[str, Any]:
        return self._session.ask({"op": op, "batch": self._batch.id_prefix, **arguments}, timeout)


class Prober:
    """Sends from the client pods of one run and reads the backends' journals. Thread-safe; sessions open when used."""

    def __init__(
        self, settings: Settings, *, pods: Callable[[], Sequence[Pod]] | None = None, connect: Connect | None = None
    ) -> None:
        self._settings = settings
        self._list_pods = pods or (lambda: stage_pods(settings))
        self._connect = connect or _exec_connect(settings)
        self._lock = threading.Lock()
        self._pods: Sequence[Pod] | None = None
        self._sessions: dict[Pod, Session] = {}
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="journals")

    def resolve(self, client: Client, host: str) -> str:
        """The first address of a name, by the client pod's own resolver. Raises ProbeError."""
        found = self._session(self._client_pod(client)).ask({"op": "resolve", "host": host}, _QUICK)
        if not found["addresses"]:
            raise ProbeError(f"{host} does not resolve in {client}: {found.get('error', 'no address')}")
        return str(found["addresses"][0])

    def start(self, batch: Batch) -> Running:
        """Begin to send; does not wait. Raises ProbeError."""
        session = self._session(self._client_pod(batch.client))
        session.ask(_question(batch), _QUICK)
        return Running(batch, session, self._default_namespace)

    def mark_journals(self) -> JournalMark:
        """Where the journal of every backend of the stage stands. Raises ProbeError where one cannot be asked."""
        echoes = [pod for pod in self._known_pods() if pod.echo]
        if not echoes:
            raise ProbeError("the stage has no backends: nobody keeps a journal")
        found = self._pool.map(lambda pod: self._session(pod).ask({"op": "mark"}, _QUICK), echoes)
        positions = {
            pod: Position(pod.uid, str(at["epoch"]), int(at["next"])) for pod, at in zip(echoes, found, strict=True)
        }
        return JournalMark(positions)

    def journal(self, since: JournalMark, ids: Collection[str]) -> JournalView:
        """Which backends saw these requests since the mark, and what stands against trusting that."""
        prefixes, wanted = sorted({one.rpartition("-")[0] for one in ids}), set(ids)
        # Told by the API anew: a pod that was replaced took its journal with it.
        uids = {pod.full_name: pod.uid for pod in self._list_pods() if pod.echo}
        parts = self._pool.map(lambda item: self._read(item[0], item[1], prefixes), since.positions.items())
        hits: dict[str, list[Hit]] = {}
        complete, problems = set(), [f"{name} appeared since" for name in uids.keys() - _names(since.positions)]
        for (pod, at), (entries, problem) in zip(since.positions.items(), parts, strict=True):
            trouble = problem or ("" if uids.get(pod.full_name) == at.uid else "the pod was replaced")
            if trouble:
                problems.append(f"journal of {pod.full_name}: {trouble}")
            else:
                complete.add(pod.name)
            for request_id, attempt in entries:
                if request_id in wanted:
                    hit = Hit(pod.name, self._default_namespace(pod.namespace), pod.workload, attempt)
                    hits.setdefault(request_id, []).append(hit)
        return JournalView({key: tuple(found) for key, found in hits.items()}, frozenset(complete), tuple(problems))

    def _read(self, pod: Pod, at: Position, prefixes: Sequence[str]) -> tuple[list[tuple[str, int]], str]:
        try:
            found = self._session(pod).ask({"op": "journal", "since": at.next, "prefixes": prefixes}, _QUICK)
        except ProbeError as error:
            return [], str(error)
        entries = [(str(request_id), int(attempt)) for request_id, attempt in found["entries"]]
        if found["epoch"] != at.epoch:
            return entries, "it was started anew"
        if found["oldest"] > at.next and found["next"] > at.next:
            return entries, "it overflowed, and entries are lost"
        return entries, ""

    def pods(self) -> tuple[Pod, ...]:
        """The pods of the stage as they were first seen. Raises ClusterError."""
        return tuple(self._known_pods())

    def close(self) -> None:
        """End all sessions."""
        with self._lock:
            sessions = list(self._sessions.values())
        for session in sessions:
            session.close()
        self._pool.shutdown(wait=False)

    def _known_pods(self) -> Sequence[Pod]:
        with self._lock:
            if self._pods is None:
                self._pods = self._list_pods()
            return self._pods

    def _client_pod(self, client: Client) -> Pod:
        namespace = self._settings.namespace(client.role)
        for pod in self._known_pods():
            if (pod.namespace, pod.workload) == (namespace, client.workload):
                return pod
        raise ProbeError(f"the stage has no pod of {client} in {namespace}")

    def _session(self, pod: Pod) -> Session:
        with self._lock:
            if pod not in self._sessions:
                self._sessions[pod] = Session(pod.full_name, lambda: self._connect(pod))
            return self._sessions[pod]

    def _default_namespace(self, namespace: str) -> str:
        """The namespace under the prefix that scenarios are written with; a foreign one as it is."""
        role = namespace.removeprefix(self._settings.namespace_prefix)
        return NAMESPACE_PREFIX + role if role != namespace and role in ROLES else namespace


def _names(pods: Iterable[Pod]) -> set[str]:
    return {pod.full_name for pod in pods}


def _question(batch: Batch) -> dict[str, Any]:
    probe = batch.probe
    address, port = batch.address or (None, None)
    return {
        "op": "start",
        "batch": batch.id_prefix,
        "url": batch.url,
        "address": address,
        "port": port,
        "method": probe.method,
        "headers": [(name, value) for name, values in probe.headers.items() for value in values],
        "body": probe.body,
        "keep": probe.over == "one",
        "deadline": probe.deadline,
        "interval": batch.interval,
        "count": batch.count,
        "duration": batch.duration,
        "min_count": batch.min_count,
    }


def _exec_connect(settings: Settings) -> Connect:
    return lambda pod: ExecTransport(load_configuration(settings.kubeconfig, settings.context), pod)


def stage_pods(settings: Settings) -> tuple[Pod, ...]:
    """The pods of the stage that run now, by name. Raises ClusterError."""
    namespaces = {settings.namespace(role) for role in ROLES}
    cluster = KubeCluster.connect(load_configuration(settings.kubeconfig, settings.context))
    try:
        found = cluster.select(Selection("v1", "Pod", labels=f"{OWNER_LABEL}={OWNER}"))
    finally:
        cluster.close()
    pods = []
    for obj in found:
        metadata = obj["metadata"]
        labels = metadata.get("labels") or {}
        if metadata["namespace"] in namespaces and not metadata.get("deletionTimestamp"):
            pods.append(
                Pod(
                    namespace=metadata["namespace"],
                    name=metadata["name"],
                    uid=metadata["uid"],
                    workload=labels.get("app", ""),
                    echo="echo" in labels,
                )
            )
    return tuple(sorted(pods, key=lambda pod: pod.full_name))
