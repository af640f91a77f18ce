"""What clients send, and the workloads of its own that a scenario has for it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from harness.scenario.basics import Client, Duration, Name, Node, Strings

Protocol = Literal["http1", "h2c", "grpc", "websocket", "tcp", "tls"]

#: Protocols without requests that a route could match: there are connections only.
STREAM_PROTOCOLS = ("tcp", "tls")
_CONNECTIONS_AT_MOST = 64


def _connections(value: str | int) -> str | int:
    if value in ("fresh", "one") or (isinstance(value, int) and 2 <= value <= _CONNECTIONS_AT_MOST):
        return value
    raise ValueError(f"allowed: 'fresh' or 'one', or a number of connections from 2 to {_CONNECTIONS_AT_MOST}")


Over = Annotated[
    str | int,
    AfterValidator(_connections),
    WithJsonSchema(
        {"anyOf": [{"enum": ["fresh", "one"]}, {"type": "integer", "minimum": 2, "maximum": _CONNECTIONS_AT_MOST}]}
    ),
]
"""``fresh``, ``one``, or how many connections are kept."""


class Probe(Node):
    """A request, and the clients that send it. Redirects are never followed."""

    from_: Strings = Field(
        alias="from",
        description="The sending clients: one role or several; `consumer/client-b` is a second one of that namespace.",
    )
    url: str = Field(
        description="Any DNS form of a Service of this scenario: `http://NAME.gamma-producer/path`; for the protocols "
        "tcp and tls `tcp://NAME.NAMESPACE:PORT` and `tls://NAME.NAMESPACE:PORT`. "
        "`clusterip://NAME.NAMESPACE:PORT/path` and `podip://WORKLOAD.NAMESPACE:PORT/path` dial the literal address "
        "and send it as Host. With grpc the path is `/PACKAGE.SERVICE/METHOD`."
    )
    method: str = Field(
        default="GET", pattern=r"^[A-Z]+$", description="The request's method, in capitals; not written with grpc."
    )
    headers: dict[str, Strings] = Field(
        default_factory=dict,
        description="Request headers (metadata with grpc), each with a value or a list of values. "
        "`x-gamma-echo-delay: 2s` makes the backend wait before it answers, `x-gamma-echo-status: 503` makes it answer "
        "with that status; docs/architecture.md has a table of all such wishes.",
    )
    body: str | None = Field(default=None, description="The request's body, or the text of each message.")
    protocol: Protocol = Field(default="http1", description="What the client speaks; `h2c` with prior knowledge.")
    messages: int = Field(
        default=1, ge=1, le=100, description="grpc: how many messages the client sends; several on one stream."
    )
    sni: str | None = Field(default=None, description="tls: the server name asked for, instead of the URL's host.")
    count: int | None = Field(
        default=None, ge=1, description="Answers wanted in a hold from each client at least, instead of 60."
    )
    rate: float = Field(
        default=30.0,
        gt=0,
        le=1000,
        description="Requests a second and client in a hold; slow answers do not slow it.",
    )
    over: Over = Field(
        default="fresh",
        description="`fresh`: a new connection for each request; `one`: all requests over one; a number: over so many "
        "kept connections in turn.",
    )
    shares: Name | None = Field(
        default=None,
        description="Another probe of the same clients and Service port, over whose kept connections this one goes "
        "too: the requests of both alternate on each.",
    )
    carry: str | None = Field(
        default=None,
        description="What the first answer of a session set is sent along from then on: `cookies`, or the name of a "
        "header.",
    )
    carryAcross: bool = Field(
        default=False, description="One session for the whole scenario, not one for each round of an await or hold."
    )
    deadline: Duration = Field(default=10.0, description="Without an answer by then the outcome is `silent`.")

    @property
    def clients(self) -> tuple[Client, ...]:
        """The sending workloads, in the order written."""
        return tuple(Client.parse(text) for text in self.from_)

    @property
    def kept(self) -> bool:
        """Whether connections are kept from request to request."""
        return self.over != "fresh"


class OwnWorkload(Node):
    """A Deployment like the stage's echoes that belongs to one scenario, so that it may be scaled."""

    role: Literal["producer", "consumer", "consumer-b", "bystander"] = Field(
        description="In whose namespace it stands."
    )
    replicas: int = Field(default=1, ge=0, le=4, description="How many pods it starts with.")
