"""Outcomes: named classes of observations, as a scenario file declares them."""

from __future__ import annotations

from pydantic import Field

from harness.scenario.basics import Codes, Duration, Node, Strings


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
    protocol: str | None = Field(default=None, description="What the last proxy spoke to the backend.")


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


class TimedOut(Node):
    """The mesh gave up: a time-out not before ``after - early``, and before the backend would have answered."""

    after: Duration = Field(description="The time-out that the route sets.")
    early: Duration = Field(default=0.0, description="How much sooner than `after` still counts (clock granularity).")
    status: Codes = Field(default=(504,), description="The codes that tell a time-out; 504 unless written.")


class Elapsed(Node):
    """Bounds for the time between sending and the whole answer, by the client's clock."""

    min: Duration | None = Field(default=None, description="Not sooner than this.")
    max: Duration | None = Field(default=None, description="Not later than this.")


class Hits(Node):
    """How often backends journalled the request."""

    min: int | None = Field(default=None, ge=0, description="At least so often.")
    max: int | None = Field(default=None, ge=0, description="At most so often.")


class Outcome(Node):
    """A named class of observations; all that is given must hold. The first outcome that matches wins."""

    backend: str | None = Field(
        default=None,
        description="The workload that answered, `[ROLE/]WORKLOAD[:PORT]`: `echo-v1` (of the producer's namespace), "
        "`consumer/echo-v1`, or `echo-v1:8081` where the container port matters.",
    )
    backendSees: BackendSees | None = Field(default=None, description="What the request looked like at the backend.")
    clientSees: ClientSees | None = Field(default=None, description="What the answer looked like at the client.")
    rejected: Codes | None = Field(
        default=None,
        description="The mesh answered itself: one of these codes, without the echo's mark, and no backend journalled "
        "the request.",
    )
    timedOut: TimedOut | None = Field(default=None, description="The mesh gave up waiting, in time.")
    elapsed: Elapsed | None = Field(default=None, description="Bounds for the time until the whole answer.")
    backendHits: Hits | None = Field(default=None, description="How often backends saw the request.")

    @property
    def negative(self) -> bool:
        """Whether the outcome asserts that something did not happen (it then needs a witness, and sensitivity)."""
        return self.rejected is not None or self.timedOut is not None
