"""What came back for a request, seen from both ends. Pure data: no I/O, no judgement."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from harness.scenario.model import Client


class Failure(StrEnum):
    """Why a request has no answer."""

    REFUSED = "refused"  # connection refused or unreachable
    RESET = "reset"  # connection reset
    CLOSED = "closed"  # closed before the answer was complete
    MALFORMED = "malformed"  # bytes came that are no HTTP answer
    DEADLINE = "deadline"  # nothing complete within the probe's deadline
    UNRESOLVED = "unresolved"  # the name did not resolve: not the mesh's fault
    AGENT = "agent"  # engine, relay or exec failed: not the mesh's fault


@dataclass(frozen=True, slots=True)
class Saw:
    """The request as a backend saw it; header names lower-cased, one pair for each field line, in order."""

    method: str
    path: str  # with query
    host: str
    protocol: str
    headers: tuple[tuple[str, str], ...]
    body: str | None = ""  # None where it is too long to be told, or no text: it equals nothing
    sni: str = ""  # the server name of a TLS connection


@dataclass(frozen=True, slots=True)
class Echo:
    """The backend that answered, by its mark."""

    namespace: str  # with the default prefix, whatever prefix the run uses
    workload: str
    pod: str
    saw: Saw | None  # None where the answer carries the mark but no readable body (HEAD, cut body)
    port: int | None = None  # the container port that answered

    @property
    def name(self) -> str:
        """Namespace and workload: ``gamma-producer/echo-v1``."""
        return f"{self.namespace}/{self.workload}"


@dataclass(frozen=True, slots=True)
class Answer:
    """The part of an observation that many requests share. Untrusted text: whatever the mesh sent."""

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""  # at most 4 KiB
    grpc_status: str | None = None  # by name, mapped from the HTTP status where there is none; None: no gRPC call
    messages: int | None = None  # gRPC: how many came back
    echo: Echo | None = None
    failure: Failure | None = None
    detail: str = ""  # the error's own words, when there is a failure
    trailers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One journal entry: a backend saw this request."""

    pod: str
    namespace: str
    workload: str
    attempt: int
    method: str = ""
    path: str = ""  # with query
    host: str = ""
    time: float = 0.0  # of arrival, in seconds by the pod's own monotonic clock
    port: int = 0  # the container port


@dataclass(frozen=True, slots=True)
class Observation:
    """One request and what became of it. Times are seconds by the client pod's monotonic clock."""

    id: str
    client: Client
    address: str  # what was dialled, "10.96.3.7:80"
    answer: Answer
    started: float  # since the start of its batch
    elapsed: float
    connection: int  # number of the connection within the batch, from 0
    reopened: bool = False  # sent again on a fresh connection after a reused one was found closed
    lag: float = 0.0  # the longest the agent's own loop was late while this request was under way


@dataclass(frozen=True, slots=True)
class JournalView:
    """What the backends journalled for some requests, and whether that can be trusted."""

    hits: dict[str, tuple[Hit, ...]] = field(default_factory=dict)  # by request id
    pods: frozenset[str] = frozenset()  # pods that answered in full
    problems: tuple[str, ...] = ()  # overflow, gap, another pod UID, a pod that could not be asked
    restarted: tuple[str, ...] = ()  # pods whose journal was begun anew meanwhile

    @property
    def complete(self) -> bool:
        """Whether the absence of a hit means that no backend saw the request."""
        return not self.problems
