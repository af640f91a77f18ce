"""``send``: requests by hand, printed like ``curl -i``; the reproduction in failure texts.

It needs no engine: what it sends and how it reads the answer is what batches do.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys

from .batch import Batch, Request
from .exchange import Raw
from .lag import LagWatch
from .plan import plan_of


def send(options: argparse.Namespace) -> int:
    """Send and print; 0 when every request was answered, 1 where one was not, 2 for a bad argument."""
    address, port = options.connect or (None, None)
    question = {
        "id_prefix": f"by-hand-{secrets.token_hex(4)}",
        "url": options.url,
        "address": address,
        "port": port,
        "method": options.method,
        "headers": options.header,
        "body": options.body,
        "over": options.over,
        "deadline": options.deadline,
        "count": 1,
    }
    try:
        plan_of(question)
    except (ValueError, TypeError) as error:
        sys.stderr.write(f"send: {error}\n")
        return 2
    if options.over == "one":  # such a batch sends one after the other by itself
        return asyncio.run(_send({**question, "count": options.count}))
    return max([asyncio.run(_send(question)) for _ in range(options.count)])


async def _send(question: dict[str, object]) -> int:
    failed = 0

    def finished(request: Request, raw: Raw) -> None:
        nonlocal failed
        failed += bool(raw.failure)
        _show(request, raw)

    await Batch(plan_of(question), LagWatch(), finished).done.wait()
    return min(1, failed)


def _show(request: Request, raw: Raw) -> None:
    """The answer on stdout, what happened to it on stderr."""
    now = asyncio.get_running_loop().time()
    times = [("connected", raw.connected), ("first byte", raw.first), ("all", now)]
    told = ", ".join(f"{name} {(at - request.started) * 1000:.1f} ms" for name, at in times if at is not None)
    place = "not connected" if request.connection is None else f"{request.connection.address}, connection"
    number = "" if request.connection is None else f" {request.connection.number}"
    if raw.failure:
        sys.stdout.flush()
        sys.stderr.write(f"# {place}{number}: {told}\nsend: {raw.failure}: {raw.detail}\n")
        return
    head = [f"{raw.version} {raw.status} {raw.reason}".rstrip(), *(f"{name}: {value}" for name, value in raw.headers)]
    out = sys.stdout.buffer
    out.write("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + raw.body)
    if not raw.body.endswith(b"\n"):
        out.write(b"\n")
    out.flush()
    sys.stderr.write(f"# {place}{number}: {told}\n")
    sys.stderr.flush()
