"""A batch: the same request again and again, on an open-loop schedule."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .client import DEADLINE, Connection, Raw, connect, request_bytes
from .groups import Groups
from .http1 import Headers
from .identity import ID_HEADER
from .lag import LagWatch

_NAP = 0.25  # seconds without a look at whether to stop
UNDER_WAY_AT_MOST = 4000  # requests; more means that something is wrong with us, not with the mesh


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send, where to, how often. Times in seconds. ``address`` None: the name is resolved for each request."""

    id_prefix: str
    method: str
    host: str  # the Host header
    target: str
    name: str  # what is resolved where there is no address
    port: int
    address: str | None
    headers: Headers
    body: bytes | None
    keep: bool  # one connection, kept; else a fresh one for each request
    deadline: float
    interval: float
    count: int | None
    duration: float | None
    min_count: int

    def wants_more(self, sent: int, elapsed: float) -> bool:
        """Whether another request is due after ``sent`` of them and ``elapsed`` seconds."""
        if self.count is not None:
            return sent < self.count
        return sent < self.min_count or elapsed < (self.duration or 0.0)


class Batch:
    """One running or finished batch; results wait until they are forgotten."""

    def __init__(self, plan: Plan, lag: LagWatch) -> None:
        self._plan = plan
        self._lag = lag
        self._groups = Groups()
        self._records: list[list[Any]] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._kept: tuple[int, Connection] | None = None
        self._turn = asyncio.Lock()
        self._connections = 0
        self._begun = 0.0
        self._stopped = False
        self.done = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """Send no more; what is under way is waited for."""
        self._stopped = True

    def results(self) -> dict[str, Any]:
        """Groups, and for each request so far: number, start, elapsed, connection, reopened, lag, address, group."""
        return {"done": self.done.is_set(), "groups": self._groups.samples, "requests": self._records}

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        self._lag.begin()
        self._begun = loop.time()
        sent = 0
        try:
            while not self._stopped and self._plan.wants_more(sent, loop.time() - self._begun):
                wait = self._begun + sent * self._plan.interval - loop.time()
                if wait > _NAP:
                    await asyncio.sleep(_NAP)
                    continue
                await asyncio.sleep(max(0.0, wait))
                self._launch(sent)
                sent += 1
            while self._under_way:
                await asyncio.wait(set(self._under_way))
        finally:
            if self._kept:
                self._kept[1].abort()
            self._lag.end()
            self.done.set()

    def _launch(self, number: int) -> None:
        if len(self._under_way) >= UNDER_WAY_AT_MOST:
            now = asyncio.get_running_loop().time()
            raw = Raw(failure="agent", detail=f"more than {UNDER_WAY_AT_MOST} requests under way")
            self._record(number, now, raw, -1, "", reopened=False)
            return
        task = asyncio.get_running_loop().create_task(self._one(number))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _one(self, number: int) -> None:
        """One request, from its connection to its record."""
        if self._plan.keep:
            async with self._turn:  # HTTP/1.1 carries one request at a time
                await self._attempt(number)
        else:
            await self._attempt(number)

    async def _attempt(self, number: int) -> None:
        started = asyncio.get_running_loop().time()
        state = _Attempt()
        try:
            async with asyncio.timeout(self._plan.deadline):
                raw = await self._send(number, state)
        except TimeoutError:
            raw = Raw(failure=DEADLINE, detail=f"no complete answer within {self._plan.deadline:g} s")
            if state.connection is not None:
                state.connection.abort()
        self._record(number, started, raw, state.number, state.address, reopened=state.reopened)

    async def _send(self, number: int, state: _Attempt) -> Raw:
        plan = self._plan
        headers = [*plan.headers, (ID_HEADER, f"{plan.id_prefix}-{number}")]
        message = request_bytes(plan.method, plan.target, plan.host, headers, plan.body)
        while True:
            reused = await self._open(state)
            if isinstance(reused, Raw):
                return reused
            assert state.connection is not None
            answered: asyncio.Future[Raw] = asyncio.get_running_loop().create_future()
            state.connection.exchange(plan.method, message, _resolver(answered))
            raw = await answered
            if not plan.keep and state.connection.usable:
                state.connection.abort()
            # Closing an idle connection is ordinary HTTP/1.1: a request that met it is sent again, and says so.
            if not (raw.untouched and reused):
                return raw
            state.reopened = True

    async def _open(self, state: _Attempt) -> bool | Raw:
        """Get a connection; whether it has been used before, or why there is none."""
        plan = self._plan
        if self._kept and self._kept[1].usable:
            state.number, state.connection = self._kept
            state.address = f"{plan.address or plan.name}:{plan.port}"
            return True
        address = plan.address
        if address is None:
            try:
                loop = asyncio.get_running_loop()
                found = await loop.getaddrinfo(plan.name, plan.port, type=socket.SOCK_STREAM)
                address = str(found[0][4][0])
            except OSError as error:
                return Raw(failure="unresolved", detail=f"{plan.name}: {error.strerror or error}")
        state.address = f"[{address}]:{plan.port}" if ":" in address else f"{address}:{plan.port}"
        state.number = self._connections
        self._connections += 1
        opened = await connect(address, plan.port)
        if isinstance(opened, Raw):
            return opened
        state.connection = opened
        if plan.keep:
            self._kept = (state.number, opened)
        return False

    def _record(self, number: int, started: float, raw: Raw, connection: int, address: str, *, reopened: bool) -> None:
        now = asyncio.get_running_loop().time()
        group = self._groups.number(raw, f"{self._plan.id_prefix}-{number}")
        self._records.append(
            [
                number,
                round(started - self._begun, 6),
                round(now - started, 6),
                connection,
                int(reopened),
                round(self._lag.worst_since(started), 4),
                address,
                group,
            ]
        )


@dataclass(slots=True)
class _Attempt:
    """What is known of a request while it is under way."""

    number: int = -1
    connection: Connection | None = None
    address: str = ""
    reopened: bool = False


def _resolver(answered: asyncio.Future[Raw]) -> Callable[[Raw], None]:
    def resolve(raw: Raw) -> None:
        if not answered.done():
            answered.set_result(raw)

    return resolve
