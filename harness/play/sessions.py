"""Sessions: what a client carries from the first answer on, and which pod gave it."""

from __future__ import annotations

from collections.abc import Sequence

from harness.observation import Observation
from harness.probe.carry import carried
from harness.scenario.model import Client, Probe

Headers = tuple[tuple[str, str], ...]


class Sessions:
    """Those that last for the whole scenario, one for each probe and client; any other ends with its batch."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Client], tuple[Headers, str]] = {}

    def carried(self, probe: str, client: Client) -> Headers | None:
        """What a batch of theirs sends along from its start; None where a new session begins."""
        known = self._known.get((probe, client))
        return None if known is None else known[0]

    def first_pod(self, name: str, probe: Probe, observations: Sequence[Observation]) -> str:
        """Who gave the first answer of the session of one batch's observations; empty where it was no pod of ours."""
        answered = [one for one in observations if one.answer.failure is None]
        if not answered:
            return ""
        first = answered[0]
        known = self._known.get((name, first.client))
        if known is not None:
            return known[1]
        if probe.carry is not None and probe.carryAcross:
            # Before a mesh has set anything there is no session to last: a change may come into force meanwhile.
            for one in answered:
                if session := tuple(carried(probe.carry, one.answer.headers)):
                    self._known[name, one.client] = (session, _pod(one))
                    break
        return _pod(first)


def _pod(observation: Observation) -> str:
    echo = observation.answer.echo
    return echo.pod if echo is not None else ""
