"""Probes that share their connections: who shares with whom, and whether they did. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from harness.observation import Observation
from harness.scenario.model import Client, Probe

Place = tuple[str, Client]
"""A probe's name and one of its clients."""


def pools(probes: Mapping[Place, Probe], token: str) -> dict[Place, str]:
    """The name of the connections of those that share some; it begins with ``token``.

    Only what is sent now can share: a probe whose partner is not among these has connections of its own.
    """
    partners: dict[Place, list[Place]] = {}
    for place in probes:
        root = _root(place, probes)
        partners.setdefault(root, []).append(place)
    return {
        place: f"{token}:{root[0]}:{root[1]}"
        for root, places in partners.items()
        if len(places) > 1
        for place in places
    }


def apart(pool: Mapping[Place, str], got: Mapping[Place, Iterable[Observation]]) -> Collection[Place]:
    """Those of a pool of which no connection carried an answer of every member: nothing was seen of sharing."""
    connections: dict[str, list[set[int]]] = {}
    for place, name in pool.items():
        answered = {seen.connection for seen in got.get(place, ()) if seen.answer.failure is None}
        connections.setdefault(name, []).append(answered)
    separate = {name for name, sets in connections.items() if not set.intersection(*sets)}
    return [place for place, name in pool.items() if name in separate]


def _root(place: Place, probes: Mapping[Place, Probe]) -> Place:
    """Whose connections are used; a circle ends where it began to repeat."""
    met = [place]
    while True:
        name = probes[met[-1]].shares
        following = (name or "", place[1])
        if following not in probes or following in met:
            return min(met, key=lambda one: one[0]) if following in met else met[-1]
        met.append(following)
