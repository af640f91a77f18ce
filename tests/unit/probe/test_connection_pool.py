"""Which connection carries a request: kept ones in turn, shared ones until all have left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from harness.probe.exchange import Done, GiveUp
from harness.probe.pool import Pool, Slot


@dataclass
class Pretended:
    number: int
    usable: bool = True
    spent: bool = False
    closed: bool = False
    address: str = "10.0.0.1:80"
    begun: list[Any] = field(default_factory=list)

    def exchange(self, message: Any, done: Done) -> GiveUp:
        self.begun.append(message)
        return self.close

    def close(self) -> None:
        self.closed = self.spent = True
        self.usable = False


class PretendedWire:
    def __init__(self) -> None:
        self.made: list[Pretended] = []

    def connection(self, host: str, port: int, number: int) -> Pretended:
        self.made.append(Pretended(number))
        return self.made[-1]

    def message(self, request_id: str) -> str:
        return request_id


def taken(pool: Pool) -> Slot:
    slot = pool.take()
    assert slot is not None
    return slot


def test_fresh_connections_end_with_their_request() -> None:
    pool, wire = Pool(0, multiplexed=False), PretendedWire()
    slots = [taken(pool) for _ in range(3)]
    for slot in slots:
        pool.open(slot, wire, "10.0.0.1", 80)
    pool.give_back(slots[1])
    assert [(one.number, one.closed) for one in wire.made] == [(0, False), (1, True), (2, False)]


def test_kept_connections_are_used_in_turn_and_busy_ones_are_passed_over() -> None:
    pool = Pool(3, multiplexed=False)
    first, second, third = taken(pool), taken(pool), taken(pool)
    assert len({id(first), id(second), id(third)}) == 3
    assert pool.take() is None
    pool.give_back(third)
    assert pool.take() is third
    pool.give_back(second)
    pool.give_back(first)
    assert pool.take() is first
    assert pool.take() is second


def test_who_waits_is_woken_once_in_the_order_of_waiting() -> None:
    pool = Pool(1, multiplexed=False)
    woken: list[str] = []
    slot = taken(pool)
    pool.wait(lambda: woken.append("a"))
    pool.wait(lambda: woken.append("b"))
    pool.give_back(slot)
    pool.give_back(taken(pool))
    assert woken == ["a", "b"]


def test_many_exchanges_on_one_connection_until_it_takes_no_more() -> None:
    pool, wire = Pool(1, multiplexed=True), PretendedWire()
    slot = taken(pool)
    pool.open(slot, wire, "10.0.0.1", 80)
    assert pool.take() is slot
    wire.made[0].usable = False  # as many as the peer allows
    assert pool.take() is None
    wire.made[0].spent = True  # to be replaced
    assert pool.take() is slot


def test_connections_end_with_the_last_who_leaves() -> None:
    pool, wire = Pool(2, multiplexed=False), PretendedWire()
    pool.enter()
    pool.enter()
    slot = taken(pool)
    pool.open(slot, wire, "10.0.0.1", 80)
    pool.give_back(slot)
    pool.leave()
    assert not wire.made[0].closed
    pool.leave()
    assert wire.made[0].closed
