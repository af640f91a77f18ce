"""``send``: one request by hand, printed like ``curl -i``; the reproduction in failure texts."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
from typing import Any

from .batch import Batch
from .engine import plan_of
from .lag import LagWatch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``send``."""
    parser.add_argument("url", help="http://NAME[:PORT]/PATH, as in the scenario")
    parser.add_argument("-X", "--method", default="GET")
    parser.add_argument("-H", "--header", action="append", default=[], metavar="'NAME: VALUE'")
    parser.add_argument("--body")
    parser.add_argument("--connect", metavar="ADDRESS:PORT", help="dial this instead of the URL's host")
    parser.add_argument("--over", choices=("fresh", "one"), default="fresh", help="connections (default: fresh)")
    parser.add_argument("-n", "--count", type=int, default=1, help="how many requests, one after the other")
    parser.add_argument("--deadline", type=float, default=10.0, metavar="SECONDS")


def send(arguments: argparse.Namespace) -> int:
    """Send, print, and return 0 when every request was answered; 1 where one was not, 2 for a bad argument."""
    question: dict[str, Any] = {
        "batch": f"by-hand-{secrets.token_hex(4)}",
        "url": arguments.url,
        "method": arguments.method,
        "headers": [tuple(part.strip() for part in text.split(":", 1)) for text in arguments.header],
        "body": arguments.body,
        "keep": arguments.over == "one",
        "deadline": arguments.deadline,
        "count": arguments.count,
        "interval": 0.05,
    }
    if arguments.connect:
        address, _, port = arguments.connect.rpartition(":")
        question |= {"address": address.strip("[]"), "port": port}
    try:
        plan = plan_of(question)
    except (ValueError, TypeError) as error:
        sys.stderr.write(f"send: {error}\n")
        return 2
    results = asyncio.run(_run(plan))
    for request in results["requests"]:
        sys.stdout.write(_shown(results["groups"][request[-1]], request))
    return 1 if any(results["groups"][request[-1]]["failure"] for request in results["requests"]) else 0


async def _run(plan: Any) -> dict[str, Any]:
    batch = Batch(plan, LagWatch())
    await batch.done.wait()
    return batch.results()


def _shown(sample: dict[str, Any], request: list[Any]) -> str:
    _, _, elapsed, connection, _, _, address, _ = request
    place = f"# {address}, connection {connection}, {elapsed * 1000:.1f} ms\n"
    if sample["failure"]:
        return f"{place}{sample['failure']}: {sample['detail']}\n"
    lines = [f"HTTP/1.1 {sample['status']}", *(f"{name}: {value}" for name, value in sample["headers"])]
    body = str(sample["body"]).rstrip("\n")
    return place + "\n".join(lines) + f"\n\n{body}\n"
