"""Which connection carries a request: a fresh one each time, or some that are kept and used in turn."""

from __future__ import annotations

from collections.abc import Callable

from .exchange import Connection, Wire

KEPT_AT_MOST = 64


class Slot:
    """A place for one connection at a time, and how many requests are on it."""

    __slots__ = ("connection", "users")

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.users = 0


class Pool:
    """The connections of one batch, or of several that share them.

    With ``kept`` 0 every request gets a connection of its own. Else so many are kept, and used in turn; where all of
    them are busy the request waits. Closed when the last who entered has left.
    """

    def __init__(self, kept: int, *, multiplexed: bool) -> None:
        self.kept = kept
        self.multiplexed = multiplexed
        self._slots = [Slot() for _ in range(kept)]
        self._next = 0
        self._opened = 0
        self._members = 0
        self._waiting: dict[Callable[[], None], None] = {}

    @property
    def in_turn(self) -> bool:
        """Whether requests wait for each other: one at a time on each connection that is kept."""
        return self.kept > 0 and not self.multiplexed

    def enter(self) -> None:
        """One more batch sends here."""
        self._members += 1

    def leave(self) -> None:
        """A batch is done; with the last one the connections end."""
        self._members -= 1
        if self._members == 0:
            for slot in self._slots:
                if slot.connection is not None:
                    slot.connection.close()

    def take(self) -> Slot | None:
        """The next place in turn that can take a request now; it is given back with ``give_back``."""
        if not self.kept:
            slot = Slot()
            slot.users = 1
            return slot
        for ahead in range(self.kept):
            place = (self._next + ahead) % self.kept
            slot = self._slots[place]
            if self._is_free(slot):
                self._next = (place + 1) % self.kept
                slot.users += 1
                return slot
        return None

    def open(self, slot: Slot, wire: Wire, host: str, port: int) -> Connection:
        """A new connection in this place."""
        slot.connection = wire.connection(host, port, self._opened)
        self._opened += 1
        return slot.connection

    def give_back(self, slot: Slot) -> None:
        """A request on this place has ended."""
        slot.users -= 1
        if not self.kept:
            if slot.connection is not None:
                slot.connection.close()
            return
        waiting, self._waiting = self._waiting, {}
        for turn in waiting:
            turn()

    def wait(self, turn: Callable[[], None]) -> None:
        """Call ``turn`` once, as soon as a place may be free; who comes too late waits again."""
        self._waiting[turn] = None

    def _is_free(self, slot: Slot) -> bool:
        if not self.multiplexed:
            return slot.users == 0
        return slot.connection is None or slot.connection.spent or slot.connection.usable
