"""Sessions: what they are told by, and what they outlive."""

from __future__ import annotations

from typing import Any

from lab.mesh.model.actions import Entry
from lab.mesh.model.decisions import CONFORMANT
from lab.mesh.model.frontend import frontend_rules
from lab.mesh.world.route import ObjectKey
from tests.contract.lab_mesh.objects import P, backend, endpoints, parent, prefix, route, rule, service
from tests.contract.lab_mesh.worlds import world_of

OBJECTS = [
    service("front", "10.96.0.1"),
    *(service(name, f"10.96.1.{number}") for number, name in enumerate(("v1", "v2"))),
    *(endpoints(name, f"10.1.0.{number}") for number, name in enumerate(("v1", "v2"))),
]
OTHER = rule(prefix("/other"), to="v1")


def kept(path: str, *weights: int) -> dict[str, Any]:
    """A rule with sessions and two backends."""
    shares = [backend(name, weight) for name, weight in zip(("v1", "v2"), weights, strict=True)]
    return rule(prefix(path), to=shares, sessionPersistence={"sessionName": "s"})


def entry_of(path: str, *rules: dict[str, Any]) -> Entry:
    """What is decided for the requests with sessions under this path."""
    world = world_of([*OBJECTS, route("r", parent("front"), *rules)])
    front = world.services[ObjectKey(P, "front")]
    table = frontend_rules(world, front, front.ports[0], CONFORMANT).producer
    assert table is not None
    return next(entry for entry in table.entries if entry.match.path.value == path)


def tokens(entry: Entry) -> list[str]:
    return [pinned.ticket.token for pinned in entry.pinned]


def test_a_session_outlives_the_weight_of_its_backend() -> None:
    before, after = entry_of("/a", kept("/a", 1, 0)), entry_of("/a", kept("/a", 0, 1))
    assert tokens(before) == tokens(after)
    assert [share.ticket.token for share in after.shares if share.ticket] == tokens(after)[1:]


def test_a_session_outlives_that_its_rule_gets_another_place() -> None:
    assert tokens(entry_of("/a", OTHER, kept("/a", 0, 1))) == tokens(entry_of("/a", kept("/a", 1, 0)))


def test_rules_have_sessions_of_their_own() -> None:
    rules = (kept("/a", 1, 1), kept("/b", 1, 1))
    assert not set(tokens(entry_of("/a", *rules))) & set(tokens(entry_of("/b", *rules)))
