"""``send``: requests by hand, printed like ``curl -i`` or counted (``--tally``); the reproduction in failure texts.

It needs no engine: what it sends and how it reads the answer is what batches do.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
from collections import Counter
from collections.abc import Callable

from .batch import Batch, Request
from .exchange import Raw
from .head import Headers
from .lag import LagWatch
from .plan import plan_of
from .pool import Pool
from .tally import kind_of, table

Show = Callable[[Request, Raw], None]


def send(options: argparse.Namespace) -> int:
    """Send and print; 0 when every request was answered, 1 where one was not, 2 for a bad argument.

    Interrupted while it counts, it still prints what it counted: 130, as shells have it.
    """
    address, port = options.connect or (None, None)
    question = {
        "id_prefix": f"by-hand-{secrets.token_hex(4)}",
        "protocol": options.protocol,
        "sni": options.sni,
        "messages": options.messages,
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
    if not options.tally:
        return asyncio.run(_send(question, options.count, _show))
    counts: Counter[str] = Counter()
    try:
        return asyncio.run(_send(question, options.count, lambda _, raw: counts.update((kind_of(raw),))))
    except KeyboardInterrupt:
        return 130
    finally:
        sys.stdout.write("".join(f"{line}\n" for line in table(counts)))
        sys.stdout.flush()


async def _send(question: dict[str, object], count: int, show: Show) -> int:
    """So many requests, one after the other."""
    if question["over"] != "fresh":  # such a batch sends one after the other by itself
        return await _batch({**question, "count": count}, show)
    return max([await _batch(question, show) for _ in range(count)])


async def _batch(question: dict[str, object], show: Show) -> int:
    failed = 0

    def finished(request: Request, raw: Raw) -> None:
        nonlocal failed
        failed += bool(raw.failure)
        show(request, raw)

    plan = plan_of(question)
    one_by_one = Pool(plan.kept, multiplexed=False)  # whatever a connection could carry
    await Batch(plan, LagWatch(), finished, one_by_one).done.wait()
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
    out = sys.stdout.buffer
    if raw.status is not None:  # plain connections have no head
        head = [f"{raw.version} {raw.status} {raw.reason}".rstrip(), *_lines(raw.headers), "", ""]
        out.write("\r\n".join(head).encode("latin-1"))
    out.write(raw.body)
    if not raw.body.endswith(b"\n"):
        out.write(b"\n")
    out.write("".join(f"{line}\r\n" for line in _lines(raw.trailers)).encode("latin-1"))
    out.flush()
    call = "" if raw.grpc_status is None else f", gRPC status {raw.grpc_status}, messages: {raw.messages}"
    sys.stderr.write(f"# {place}{number}: {told}{call}\n")
    sys.stderr.flush()


def _lines(headers: Headers) -> list[str]:
    return [f"{name}: {value}" for name, value in headers]
