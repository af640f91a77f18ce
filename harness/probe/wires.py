"""The protocols that clients speak; each is loaded when it is first used."""

from __future__ import annotations

import asyncio
import importlib

from .exchange import Wire
from .http1 import Http1Wire
from .plan import Plan
from .pool import Pool
from .websocket import WebSocketWire

MULTIPLEXED = frozenset({"h2c", "grpc"})
"""Protocols whose connections carry several exchanges at once."""


def wire_for(plan: Plan) -> Wire:
    """The protocol of a plan, ready to compose its requests."""
    if plan.protocol == "h2c":
        from .h2c import H2cWire  # noqa: PLC0415

        return H2cWire(plan)
    if plan.protocol == "grpc":
        from .grpc_call import GrpcWire  # noqa: PLC0415

        return GrpcWire(plan)
    if plan.protocol == "websocket":
        return WebSocketWire(plan)
    if plan.protocol in ("tcp", "tls"):
        from .tcp import LineWire  # noqa: PLC0415

        return LineWire(plan)
    return Http1Wire(plan)


async def load(protocol: str) -> None:
    """Load what a protocol needs, in a thread: the HTTP/2 library takes longer than the loop may stand still."""
    if protocol in MULTIPLEXED:
        await asyncio.get_running_loop().run_in_executor(None, importlib.import_module, "h2.connection")


def pool_for(plan: Plan) -> Pool:
    """The connections that a plan asks for."""
    return Pool(plan.kept, multiplexed=plan.protocol in MULTIPLEXED)
