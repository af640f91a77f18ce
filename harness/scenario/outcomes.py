"""Outcomes: named classes of observations, as a scenario file declares them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from harness.scenario.basics import AnyCodes, Codes, Duration, GrpcCodes, Node, Strings

#: What an echo calls the protocol that reached it.
Spoken = Literal["http1", "http1.0", "h2c", "grpc", "websocket", "tcp", "tls"]


class BackendSees(Node):
    """What the request looked like when it reached the backend."""

    headers: dict[str, Strings] = Field(
        default_factory=dict,
        description="Headers with exactly these values, in order; field lines are joined and split at commas, names "
        "are case-insensitive.",
    )
    absent: tuple[str, ...] = Field(default=(), description="Headers that the request must not have.")
    path: str | None = Field(default=None, description="Path with query.")
    host: str | None = Field(default=None, description="The Host header, without regard to case.")
    method: str | None = Field(default=None, description="The method.")
    protocol: Spoken | None = Field(default=None, description="What the last proxy spoke to the backend.")
    body: str | None = Field(default=None, description="The request's whole body.")


class Location(Node):
    """A Location header, resolved against the request's URL; only the parts that are given are compared."""

    scheme: str | None = Field(default=None, description="The scheme.")
    host: str | None = Field(default=None, description="The host, without regard to case.")
    port: int | None = Field(default=None, ge=1, le=65535, description="The port, also where it goes without saying.")
    path: str | None = Field(default=None, description="The path, without query.")
    query: str | None = Field(default=None, description="The query; empty where there is none.")


class ClientSees(Node):
    """What the answer looked like when it reached the client."""

    status: Codes | None = Field(default=None, description="The status code: one, or a list of which any will do.")
    headers: dict[str, Strings] = Field(
        default_factory=dict,
        description="Headers with exactly these values, in order; field lines are joined and split at commas, names "
        "are case-insensitive.",
    )
    absent: tuple[str, ...] = Field(default=(), description="Headers that the answer must not have.")
    body: str | None = Field(default=None, description="The whole body.")
    grpcStatus: GrpcCodes | None = Field(
        default=None,
        description="The gRPC status by name: one, or a list of which any will do. An answer without one has what "
        "gRPC makes of its HTTP status.",
    )
    contains: dict[str, Strings] = Field(
        default_factory=dict, description="Headers whose value holds each of these texts, without regard to case."
    )
    lacks: dict[str, Strings] = Field(
        default_factory=dict, description="Headers that are absent, or hold none of these texts, case disregarded."
    )
    messages: int | None = Field(default=None, ge=0, description="grpc: how many messages came back.")
    location: Location | None = Field(default=None, description="Where the answer redirects to.")


class TimedOut(Node):
    """The mesh gave up: a time-out not before ``after - early``, and before the backend would have answered."""

    after: Duration = Field(description="The time-out that the route sets.")
    early: Duration = Field(default=0.0, description="How much sooner than `after` still counts (clock granularity).")
    status: AnyCodes = Field(
        default=(504,), description="The codes that tell a time-out, HTTP or gRPC; 504 unless written."
    )
    orBroken: bool = Field(
        default=False,
        description="An answer that is broken off in that time counts as well: a head that is out cannot be changed.",
    )


class Elapsed(Node):
    """Bounds for the time between sending and the whole answer, by the client's clock."""

    min: Duration | None = Field(default=None, description="Not sooner than this.")
    max: Duration | None = Field(default=None, description="Not later than this.")


class Hits(Node):
    """How often backends journalled the request."""

    min: int | None = Field(default=None, ge=0, description="At least so often.")
    max: int | None = Field(default=None, ge=0, description="At most so often.")


class WorkloadHits(Hits):
    """How often one workload journalled the request, and what each of these entries shows."""

    method: str | None = Field(default=None, description="The method that each of them shows.")
    path: str | None = Field(default=None, description="The path with query that each of them shows.")
    host: str | None = Field(default=None, description="The Host that each of them shows, case disregarded.")
    apart: Duration | None = Field(
        default=None, description="Between one arrival and the next at least so much, by the pod's own clock."
    )


class Outcome(Node):
    """A named class of observations; all that is given must hold. The first outcome that matches wins."""

    backend: str | None = Field(
        default=None,
        description="The workload that answered, `[ROLE/]WORKLOAD[:PORT]`: `echo-v1` (of the producer's namespace), "
        "`consumer/echo-v1`, or `echo-v1:8081` where the container port matters.",
    )
    backendSees: BackendSees | None = Field(default=None, description="What the request looked like at the backend.")
    clientSees: ClientSees | None = Field(default=None, description="What the answer looked like at the client.")
    rejected: AnyCodes | None = Field(
        default=None,
        description="The mesh answered itself: one of these codes (HTTP, or gRPC by name), without the echo's mark, "
        "and no backend journalled the request.",
    )
    cut: Literal[True] | None = Field(
        default=None,
        description="The connection was refused, reset, or closed without a whole answer, and no backend journalled "
        "the request.",
    )
    timedOut: TimedOut | None = Field(default=None, description="The mesh gave up waiting, in time.")
    elapsed: Elapsed | None = Field(default=None, description="Bounds for the time until the whole answer.")
    backendHits: Hits | None = Field(default=None, description="How often backends saw the request.")
    hits: dict[str, WorkloadHits] = Field(
        default_factory=dict,
        description="`[ROLE/]WORKLOAD` -> how often that workload saw the request, and what it saw.",
    )
    stays: bool | None = Field(
        default=None,
        description="Answered by the same pod as the first request of the session or batch, or by another.",
    )

    @property
    def negative(self) -> bool:
        """Whether the outcome asserts that something did not happen (it then needs a witness, and sensitivity)."""
        return self.rejected is not None or self.timedOut is not None or self.cut is not None
