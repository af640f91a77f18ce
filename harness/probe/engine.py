"""The probing engine: runs batches side by side and answers what the harness asks."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from . import VERSION
from .batch import Batch
from .identity import Identity
from .journal import Journal
from .lag import LagWatch
from .plan import Plan, plan_of
from .pool import Pool
from .wires import MULTIPLEXED, load, pool_for

_BATCHES_KEPT = 2000
_UNWANTED_AFTER = 900.0  # seconds without a question about a batch: who started it is gone
_WAIT_AT_MOST = 20.0  # seconds that one question for results waits

Answer = dict[str, Any]


class BadRequestError(Exception):
    """A question that makes no sense; told to who asked, and nothing else happens."""


@dataclass(slots=True)
class _Kept:
    batch: Batch
    asked: float  # when it was last asked about
    shared: str  # the connections that it shares with other batches, by their name


class Engine:
    """Batches and journal of one pod. Every operation may be repeated: a cut session asks again.

    Operations, with their arguments: ``hello``; ``resolve`` host; ``start`` batch and the fields of a plan; ``extend``
    batch, until; ``stop`` batch; ``result`` batch, after, groups, wait, partial; ``forget`` batch; ``mark``;
    ``journal`` since, prefixes, details.
    """

    def __init__(self, identity: Identity, journal: Journal, ports: tuple[int, ...] = ()) -> None:
        self._identity = identity
        self._journal = journal
        self._ports = ports
        self._lag = LagWatch()
        self._batches: dict[str, _Kept] = {}
        self._pools: dict[str, tuple[tuple[object, ...], Pool]] = {}
        self._operations: dict[str, Callable[[Answer], Awaitable[Answer]]] = {
            "hello": self._hello,
            "resolve": self._resolve,
            "start": self._start,
            "extend": self._extend,
            "stop": self._stop,
            "result": self._result,
            "forget": self._forget,
            "mark": self._mark,
            "journal": self._journalled,
        }

    async def ask(self, question: Answer) -> Answer:
        """Answer one question. Raises BadRequestError."""
        name = str(question.get("op"))
        operation = self._operations.get(name)
        if operation is None:
            raise BadRequestError(f"unknown operation {name[:80]!r}; known: {', '.join(self._operations)}")
        try:
            return await operation(question)
        except KeyError as error:
            raise BadRequestError(f"{name}: {error} is missing") from error
        except (TypeError, ValueError, OverflowError) as error:
            raise BadRequestError(f"{name}: {error}") from error

    async def _hello(self, _: Answer) -> Answer:
        me = self._identity
        return {
            "version": VERSION,
            "pid": os.getpid(),
            "epoch": self._journal.epoch,
            "now": time.monotonic(),
            "namespace": me.namespace,
            "workload": me.workload,
            "pod": me.pod,
            "ports": self._ports,
        }

    async def _resolve(self, question: Answer) -> Answer:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        answer: Answer = {"addresses": []}
        try:
            found = await loop.getaddrinfo(str(question["host"]), None, type=socket.SOCK_STREAM)
            answer["addresses"] = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        except (OSError, UnicodeError) as error:
            answer["error"] = getattr(error, "strerror", None) or str(error)
        return {**answer, "elapsed": round(loop.time() - begun, 6)}

    async def _start(self, question: Answer) -> Answer:
        name, plan = str(question["batch"]), plan_of(question)
        await load(plan.protocol)
        known = self._batches.get(name)
        if known is None:
            self._make_room()
            shared = self._shared(plan)
            self._batches[name] = _Kept(Batch(plan, self._lag, shared=shared), time.monotonic(), plan.pool)
        elif known.batch.plan != plan:
            raise BadRequestError(f"there is another batch {name!r} already")
        return {}

    async def _extend(self, question: Answer) -> Answer:
        self._known(question).extend(float(question["until"]))
        return {}

    async def _stop(self, question: Answer) -> Answer:
        self._known(question).stop()
        return {}

    async def _result(self, question: Answer) -> Answer:
        """A page; waits for the end of the batch first, unless a part of the results is good enough."""
        batch = self._known(question)
        after, groups = int(question.get("after", 0)), int(question.get("groups", 0))
        if not question.get("partial") and not batch.done.is_set():
            try:
                await asyncio.wait_for(batch.done.wait(), min(float(question.get("wait", 0.0)), _WAIT_AT_MOST))
            except TimeoutError:
                return {"done": False, "more": False, "requests": [], "groups": []}
        return batch.results(max(0, after), max(0, groups))

    async def _forget(self, question: Answer) -> Answer:
        self._drop(str(question["batch"]))
        return {}

    async def _mark(self, _: Answer) -> Answer:
        return self._journal.position()

    async def _journalled(self, question: Answer) -> Answer:
        prefixes = [str(prefix) for prefix in question["prefixes"]]
        return self._journal.query(int(question["since"]), prefixes, details=bool(question.get("details")))

    def _known(self, question: Answer) -> Batch:
        name = str(question["batch"])
        kept = self._batches.get(name)
        if kept is None:
            raise BadRequestError(f"no batch {name!r}: the engine was started anew, or the batch was forgotten")
        kept.asked = time.monotonic()
        return kept.batch

    def _make_room(self) -> None:
        now = time.monotonic()
        for name in [name for name, kept in self._batches.items() if now - kept.asked > _UNWANTED_AFTER]:
            self._drop(name)
        if len(self._batches) >= _BATCHES_KEPT:
            raise BadRequestError(f"{_BATCHES_KEPT} batches wait to be forgotten")

    def _drop(self, name: str) -> None:
        """Forget a batch; connections that it shared end with the last of those batches."""
        kept = self._batches.pop(name, None)
        if kept is None:
            return
        kept.batch.abandon()
        if kept.shared and all(other.shared != kept.shared for other in self._batches.values()):
            self._pools.pop(kept.shared)[1].leave()

    def _shared(self, plan: Plan) -> Pool | None:
        """The connections of this name: they stand from the first batch that names them until all are forgotten."""
        if not plan.pool:
            return None
        if not plan.kept:
            raise ValueError("fresh connections cannot be shared")
        what = (plan.protocol in MULTIPLEXED or plan.protocol, plan.kept, plan.address, plan.name, plan.port)
        if plan.pool not in self._pools:
            pool = pool_for(plan)
            pool.enter()
            self._pools[plan.pool] = what, pool
        known, pool = self._pools[plan.pool]
        if known != what:
            raise ValueError(f"these are no connections to share with {plan.pool!r}: {known} and {what}")
        return pool
