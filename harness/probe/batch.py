"""A batch: the same request again and again, on an open-loop schedule."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .carry import carried, with_carried
from .exchange import AGENT, DEADLINE, UNRESOLVED, Connection, GiveUp, Raw
from .groups import Groups
from .head import Headers
from .lag import LagWatch
from .plan import Plan
from .pool import Pool, Slot
from .wires import pool_for, wire_for

UNDER_WAY_AT_MOST = 2000  # requests of one batch; more means that we are the ones in trouble
_PAGE = 1000  # requests told at once
_PAGE_SIZE = 1 << 19  # characters of samples told at once, roughly: a long answer would make the loop late
_ROUNDING = 1e-6  # seconds: ten intervals of 0.1 s end at 1 s, not a bit before
_BURST = 20  # sends that were due before others get their turn
_REOPENED_AT_MOST = 10  # times one request meets a connection that takes no more

Finished = Callable[["Request", Raw], None]


class Request:
    """One request of a batch, from when it is due to its record."""

    __slots__ = ("connection", "give_up", "number", "reopened", "slot", "started", "timer")

    def __init__(self, number: int, started: float, slot: Slot) -> None:
        self.number = number
        self.started = started
        self.slot = slot
        self.connection: Connection | None = None
        self.give_up: GiveUp | None = None
        self.reopened = 0
        self.timer: asyncio.TimerHandle | None = None


class Batch:
    """One running or finished batch; its results wait until they are forgotten.

    On fresh connections a slow answer does not delay the next send, nor on a kept one that carries many exchanges at
    once. A kept HTTP/1.1 connection carries one at a time: there the next request is sent when it is due and a
    connection is free, and what was missed is not caught up with. Where something of the first answer is carried, the
    first request goes alone.
    """

    def __init__(self, plan: Plan, lag: LagWatch, finished: Finished | None = None, shared: Pool | None = None) -> None:
        self.plan = plan
        self._wire = wire_for(plan if plan.carried is None else _with_session(plan, list(plan.carried)))
        self._session_open = not plan.carry or plan.carried is not None
        self._pool = shared or pool_for(plan)
        self._lag = lag
        self._finished = finished
        self._loop = asyncio.get_running_loop()
        self._groups = Groups(plan.keep)
        self._records: list[tuple[Any, ...]] = []
        self._under_way: set[Request] = set()
        self._resolving: set[asyncio.Task[None]] = set()
        self._sent = 0
        self._until = plan.duration
        self._stopped = False
        self._over = False  # nothing more will be sent
        self._begun = self._due = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self.done = asyncio.Event()
        lag.begin()
        self._pool.enter()
        self._plan_next()

    def stop(self) -> None:
        """Send no more; what is under way is waited for."""
        self._stopped = True
        if not self._over:
            self._plan_next()

    def abandon(self) -> None:
        """Hang up on everything; nobody wants the results."""
        self.stop()
        for request in list(self._under_way):
            self._close(request, Raw(failure=AGENT, detail="given up"))

    def extend(self, until: float) -> None:
        """Send until so many seconds after the start, if that is later than planned; not once the batch is over."""
        if self._over:
            raise ValueError("the batch is over")
        if self._until is None:
            raise ValueError("the batch ends by count")
        self._until = max(self._until, until)
        self._plan_next()

    def results(self, after: int = 0, known_groups: int = 0) -> dict[str, Any]:
        """A page of results: requests from position ``after`` on, and samples of groups from ``known_groups`` on.

        Each request: number, start, elapsed, connection, reopened, lag, address, group; times in seconds, the start
        since the start of the batch. ``more`` says that another page is there already.
        """
        page: list[tuple[Any, ...]] = []
        groups, size = known_groups, 0
        for record in self._records[after : after + _PAGE]:
            while groups <= record[-1]:
                size += len(self._groups.samples[groups]["body"]) + len(str(self._groups.samples[groups]["headers"]))
                groups += 1
            page.append(record)
            if size > _PAGE_SIZE:
                break
        return {
            "done": self.done.is_set(),
            "more": after + len(page) < len(self._records),
            "requests": page,
            "groups": self._groups.samples[known_groups:groups],
        }

    @property
    def _wants_more(self) -> bool:
        if self._stopped:
            return False
        if self.plan.count is not None:
            return self._sent < self.plan.count
        return self._sent < self.plan.min_count or self._due - self._begun < (self._until or 0.0) - _ROUNDING

    def _given_turn(self) -> None:
        """A connection may be free."""
        if not self._over:
            self._plan_next()

    def _plan_next(self) -> None:
        """Look at the schedule when something is due, which may be at once."""
        if self._timer is not None:
            self._timer.cancel()
        when = self._due
        if not self._wants_more:  # stays open for its whole time: it may be extended
            when = 0.0 if self._stopped or self._until is None else self._begun + self._until
        self._timer = self._loop.call_at(when, self._turn)

    def _turn(self) -> None:
        """Send what is due."""
        self._timer = None
        for _ in range(_BURST):
            now = self._loop.time()
            if not self._wants_more:
                if self._stopped or now >= self._begun + (self._until or 0.0):
                    self._over = True
                    self._end_when_idle()
                    return
                break
            if self._due > now:
                break
            if not self._session_open and self._under_way:
                return  # the first answer gives the turn back
            slot = self._pool.take()
            if slot is None:
                self._pool.wait(self._given_turn)
                return
            if self._pool.in_turn and now - self._due >= self.plan.interval:
                self._due = now
            self._send(now, slot)
            self._due += self.plan.interval
        self._plan_next()

    def _send(self, now: float, slot: Slot) -> None:
        request = Request(self._sent, now, slot)
        self._sent += 1
        if len(self._under_way) >= UNDER_WAY_AT_MOST:
            self._record(request, Raw(failure=AGENT, detail=f"{UNDER_WAY_AT_MOST} requests were under way"))
            self._pool.give_back(slot)
            return
        self._under_way.add(request)
        self._set_deadline(request)
        self._dispatch(request)

    def _set_deadline(self, request: Request) -> None:
        if request.timer is not None:
            request.timer.cancel()
        request.timer = self._loop.call_at(request.started + self.plan.deadline, self._expired, request)

    def _dispatch(self, request: Request) -> None:
        """Send on a kept connection or a fresh one; a name is resolved first where no address is given."""
        kept = request.slot.connection
        if kept is not None and kept.usable:
            self._exchange(request, kept)
        elif self.plan.address is not None:
            self._open(request, self.plan.address)
        else:
            task = self._loop.create_task(self._resolve(request))
            self._resolving.add(task)
            task.add_done_callback(self._resolving.discard)

    async def _resolve(self, request: Request) -> None:
        name = self.plan.name
        try:
            found = await self._loop.getaddrinfo(name, self.plan.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            words = getattr(error, "strerror", None) or str(error)
            self._close(request, Raw(failure=UNRESOLVED, detail=f"{name}: {words}"))
            return
        if request not in self._under_way:
            return  # too late
        request.started = self._loop.time()  # the resolver's time is not the mesh's
        self._set_deadline(request)
        self._open(request, str(found[0][4][0]))

    def _open(self, request: Request, address: str) -> None:
        kept = request.slot.connection
        if kept is None or not kept.usable:  # another request may have opened it while the name was resolved
            kept = self._pool.open(request.slot, self._wire, address, self.plan.port)
        self._exchange(request, kept)

    def _exchange(self, request: Request, connection: Connection) -> None:
        request.connection = connection
        message = self._wire.message(f"{self.plan.id_prefix}-{request.number}")
        request.give_up = connection.exchange(message, lambda raw: self._ended(request, raw))

    def _ended(self, request: Request, raw: Raw) -> None:
        request.give_up = None
        if raw.untouched and self.plan.reopen and request.reopened < _REOPENED_AT_MOST:
            request.reopened += 1
            request.started = self._loop.time()
            self._set_deadline(request)
            self._dispatch(request)
            return
        self._close(request, raw)

    def _expired(self, request: Request) -> None:
        if request.connection is None:
            self._close(request, Raw(failure=UNRESOLVED, detail=f"{self.plan.name}: the resolver did not answer"))
        else:
            self._close(request, Raw(failure=DEADLINE, detail=f"no whole answer within {self.plan.deadline:g} s"))

    def _close(self, request: Request, raw: Raw) -> None:
        """The end of a request, by whatever comes first."""
        if request not in self._under_way:
            return
        self._under_way.discard(request)
        assert request.timer is not None
        request.timer.cancel()
        if request.give_up is not None:
            request.give_up()
        self._record(request, raw)
        if not self._session_open:
            self._first_answer(raw)
        self._pool.give_back(request.slot)
        if self._over:
            self._end_when_idle()

    def _first_answer(self, raw: Raw) -> None:
        """A session begins with the first answer; without one the next request tries, alone again.

        What was missed meanwhile is not caught up with.
        """
        if not raw.failure:
            self._session_open = True
            self._wire = wire_for(_with_session(self.plan, carried(self.plan.carry, raw.headers)))
        self._due = max(self._due, self._loop.time())
        self._given_turn()

    def _record(self, request: Request, raw: Raw) -> None:
        connection = request.connection
        group = self._groups.number(raw, f"{self.plan.id_prefix}-{request.number}")
        self._records.append(
            (
                request.number,
                round(request.started - self._begun, 6),
                round(self._loop.time() - request.started, 6),
                -1 if connection is None else connection.number,
                int(request.reopened > 0),
                round(self._lag.worst_since(request.started), 4),
                "" if connection is None else connection.address,
                group,
            )
        )
        if self._finished is not None:
            self._finished(request, raw)

    def _end_when_idle(self) -> None:
        if self._under_way or self.done.is_set():
            return
        self._pool.leave()
        self._lag.end()
        self.done.set()


def _with_session(plan: Plan, session: Headers) -> Plan:
    return replace(plan, headers=tuple(with_carried(plan.headers, session)))
