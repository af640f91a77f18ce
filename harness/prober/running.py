"""A batch under way in an engine."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from harness.observation import Observation
from harness.prober.answers import Results
from harness.prober.session import Session
from harness.prober.types import Batch, ProbeError

QUICK = 30.0  # seconds for a question that the engine answers at once; the first one opens the session
_WAIT = 10.0  # seconds that a question for results stays open at the engine


class Running:
    """A batch under way; every method raises ProbeError."""

    def __init__(self, batch: Batch, session: Session, default_namespace: Callable[[str], str]) -> None:
        self._batch = batch
        self._session = session
        self._default_namespace = default_namespace
        # Not the id prefix: a scenario played again must not meet the results of before.
        self._name = f"{batch.id_prefix}#{secrets.token_hex(4)}"
        self._started: Future[dict[str, Any]] | None = session.submit("start", batch=self._name, **_plan(batch))
        self._until = batch.duration or 0.0
        self._finished: list[Observation] | None = None

    def result(self, timeout: float) -> list[Observation]:
        """All observations, waiting for the last one; the engine then forgets the batch."""
        deadline = time.monotonic() + timeout
        results = Results(self._batch, self._default_namespace)
        done = False
        while self._finished is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise ProbeError(f"{self._batch.client} did not finish batch {self._batch.id_prefix} in time")
            wait = min(_WAIT, left)
            page = self._ask("result", timeout=wait + QUICK, wait=wait, **results.place)
            done = _taken_in(results, page)
            if done:
                self._finished = results.observations()
                self._session.submit("forget", batch=self._name)
        return self._finished

    def extend(self, seconds: float) -> None:
        """Go on for so much longer than planned; only before the planned time is over."""
        self._until += seconds
        self._ask("extend", until=self._until)

    def stop(self) -> None:
        """Send no more; what is under way is finished."""
        if self._finished is None:
            self._ask("stop")

    def peek(self) -> list[Observation]:
        """What has come so far."""
        if self._finished is not None:
            return self._finished
        results = Results(self._batch, self._default_namespace)
        more = True
        while more:
            page = self._ask("result", partial=True, **results.place)
            _taken_in(results, page)
            more = bool(page["more"])
        return results.observations()

    def _ask(self, op: str, *, timeout: float = QUICK, **arguments: object) -> dict[str, Any]:
        if self._started is not None:  # an engine that refuses the batch says more than one that does not know it
            self._session.wait(self._started, "start", QUICK)
            self._started = None
        return self._session.ask(op, timeout, batch=self._name, **arguments)


def _taken_in(results: Results, page: dict[str, Any]) -> bool:
    """Whether that was the last page."""
    try:
        results.add(page)
        return bool(page["done"]) and not page["more"]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ProbeError(f"the agent's results make no sense: {type(error).__name__}: {error}") from error


def _plan(batch: Batch) -> dict[str, Any]:
    probe = batch.probe
    address, port = batch.address or (None, None)
    return {
        "id_prefix": batch.id_prefix,
        "url": batch.url,
        "address": address,
        "port": port,
        "protocol": probe.protocol,
        "messages": probe.messages,
        "pool": batch.pool,
        "method": probe.method,
        "headers": [(name, value) for name, values in probe.headers.items() for value in values],
        "body": probe.body,
        "over": probe.over,
        "deadline": probe.deadline,
        "interval": batch.interval,
        "count": batch.count,
        "duration": batch.duration,
        "min_count": batch.min_count,
        "keep": sorted(batch.keep),
        "sni": probe.sni,
        "carry": probe.carry,
        "carried": batch.carried,
    }
