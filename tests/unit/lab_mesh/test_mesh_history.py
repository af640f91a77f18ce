"""What the mesh remembers of routes."""

from __future__ import annotations

from lab.mesh.model.history import History
from lab.mesh.world.route import Route
from lab.mesh.world.snapshot import World
from tests.contract.lab_mesh.objects import P, parent, prefix, route, rule
from tests.contract.lab_mesh.worlds import world_of


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def world(path: str) -> World:
    return world_of([route("r", parent("front", P), rule(prefix(path)), namespace=P)])


def only(seen: World) -> Route:
    (found,) = seen.routes.values()
    return found


def test_a_route_is_remembered_as_it_was() -> None:
    clock = Clock()
    history = History(clock=clock)
    old, new = world("/old"), world("/new")
    (key,) = old.routes
    history.observe(World())
    clock.now = 110.0
    history.observe(old)
    clock.now = 120.0
    history.observe(new)
    clock.now = 123.0
    history.observe(new)
    assert (history.age(key), history.before(key)) == (3.0, only(old))
    assert [history.as_of(key, seconds) for seconds in (0, 2.9, 3.1, 12.9, 13.1)] == [
        only(new),
        only(new),
        only(old),
        only(old),
        None,
    ]
    history.observe(World())
    assert (history.age(key), history.before(key), history.as_of(key, 0)) == (0.0, only(new), None)
    assert history.keys() == {key}
    clock.now = 300.0
    history.observe(World())
    assert history.keys() == frozenset()


def test_what_was_there_at_first_has_always_been_there() -> None:
    history = History(clock=Clock())
    history.observe(world("/old"))
    (key,) = history.keys()
    assert history.age(key) == float("inf")
    assert history.as_of(key, 1e9) == history.as_of(key, 0) is not None


def test_scaled_time_passes_faster() -> None:
    clock = Clock()
    history = History(scale=0.1, clock=clock)
    history.observe(World())
    history.observe(world("/old"))
    (key,) = history.keys()
    clock.now += 1.0
    assert history.age(key) == 10.0
    assert history.as_of(key, 9.0) is not None
    assert history.as_of(key, 11.0) is None


def test_memory_is_bounded() -> None:
    clock = Clock()
    history = History(clock=clock)
    for number in range(1000):
        clock.now += 1.0
        history.observe(world(f"/{number}"))
    (kept,) = history.routes._versions.values()
    assert len(kept) <= 123
