"""The probing engine: runs batches side by side and answers what the harness asks."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from .batch import Batch, Plan
from .identity import Identity
from .journal import Journal
from .lag import LagWatch

VERSION = 1  # of the language between harness and engine
_BATCHES_KEPT = 5000
_WAIT_AT_MOST = 20.0  # seconds that one question for results waits

Answer = dict[str, Any]


class BadRequestError(Exception):
    """A question that makes no sense; told to who asked, and nothing else happens."""


class Engine:
    """Batches and journal of one pod. Every operation may be repeated: a cut session asks again."""

    def __init__(self, identity: Identity, journal: Journal) -> None:
        self._identity = identity
        self._journal = journal
        self._lag = LagWatch()
        self._batches: dict[str, Batch] = {}
        self._operations: dict[str, Callable[[Answer], Awaitable[Answer]]] = {
            "hello": self._hello,
            "resolve": self._resolve,
            "start": self._start,
            "stop": self._stop,
            "result": self._result,
            "forget": self._forget,
            "mark": self._mark,
            "journal": self._journalled,
        }

    async def ask(self, question: Answer) -> Answer:
        """Answer one question. Raises BadRequestError."""
        operation = self._operations.get(str(question.get("op")))
        if operation is None:
            raise BadRequestError(f"unknown operation {question.get('op')!r}; known: {', '.join(self._operations)}")
        try:
            return await operation(question)
        except (KeyError, TypeError, ValueError) as error:
            raise BadRequestError(f"{question.get('op')}: {type(error).__name__}: {error}") from error

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
        }

    async def _resolve(self, question: Answer) -> Answer:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(str(question["host"]), None, type=socket.SOCK_STREAM)
        except OSError as error:
            return {"addresses": [], "error": error.strerror or str(error)}
        return {"addresses": list(dict.fromkeys(str(entry[4][0]) for entry in found))}

    async def _start(self, question: Answer) -> Answer:
        name = str(question["batch"])
        if name not in self._batches:
            if len(self._batches) >= _BATCHES_KEPT:
                raise BadRequestError(f"more than {_BATCHES_KEPT} batches wait to be forgotten")
            self._batches[name] = Batch(plan_of(question), self._lag)
        return {}

    async def _stop(self, question: Answer) -> Answer:
        self._known(question).stop()
        return {}

    async def _result(self, question: Answer) -> Answer:
        batch = self._known(question)
        try:
            await asyncio.wait_for(batch.done.wait(), min(float(question.get("wait", 0.0)), _WAIT_AT_MOST))
        except TimeoutError:
            if not question.get("partial"):
                return {"done": False}
        return batch.results()

    async def _forget(self, question: Answer) -> Answer:
        batch = self._batches.pop(str(question["batch"]), None)
        if batch is not None:
            batch.stop()
        return {}

    async def _mark(self, _: Answer) -> Answer:
        return self._journal.position()

    async def _journalled(self, question: Answer) -> Answer:
        entries = self._journal.since(int(question["since"]), set(question["prefixes"]))
        return {**self._journal.position(), "entries": entries}

    def _known(self, question: Answer) -> Batch:
        batch = self._batches.get(str(question["batch"]))
        if batch is None:
            raise BadRequestError(f"no batch {question['batch']!r}: this engine was restarted, or it was forgotten")
        return batch


def plan_of(question: Answer) -> Plan:
    """The plan that a question describes. Raises KeyError, TypeError and ValueError for what is no plan."""
    parts = urlsplit(str(question["url"]))
    if not parts.hostname:
        raise ValueError(f"no host in {question['url']!r}")
    body = question.get("body")
    count, duration = question.get("count"), question.get("duration")
    if (count is None) == (duration is None):
        raise ValueError("give either a count or a duration")
    return Plan(
        id_prefix=str(question["batch"]),
        method=str(question.get("method", "GET")),
        host=parts.netloc.rpartition("@")[2],
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        name=parts.hostname,
        port=int(question["port"]) if question.get("port") else parts.port or 80,
        address=str(question["address"]) if question.get("address") else None,
        headers=[(str(name), str(value)) for name, value in question.get("headers", ())],
        body=None if body is None else str(body).encode(),
        keep=bool(question.get("keep")),
        deadline=float(question.get("deadline", 10.0)),
        interval=float(question.get("interval", 0.0)),
        count=None if count is None else int(count),
        duration=None if duration is None else float(duration),
        min_count=int(question.get("min_count", 0)),
    )
