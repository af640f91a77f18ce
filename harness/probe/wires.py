"""The protocols that clients speak; each is loaded when it is first used."""

from __future__ import annotations

from .exchange import Wire
from .plan import Plan
from .pool import Pool

MULTIPLEXED = frozenset({"h2c", "grpc"})
"""Protocols whose connections carry several exchanges at once."""


def wire_for(plan: Plan) -> Wire:
    """The protocol of a plan, ready to compose its requests."""
    from .http1 import Http1Wire  # noqa: PLC0415

    return Http1Wire(plan)


def pool_for(plan: Plan) -> Pool:
    """The connections that a plan asks for."""
    return Pool(plan.kept, multiplexed=plan.protocol in MULTIPLEXED)
